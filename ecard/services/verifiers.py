"""A unit's verifiers: made by its administrator, enrolled once with a one-time code, known afterwards by their key."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import delete, select

from ecard.domain.actors import Actor, Role
from ecard.domain.errors import RefusedError
from ecard.domain.policies import ENROLMENT_LIFETIME
from ecard.services.sessions import end_sessions_of
from ecard.store.models import SectorKeyDelivery, Verifier
from ecard.store.unit_of_work import Transaction

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _GROUP = 3, 4


def create_verifier(tx: Transaction, actor: Actor, label: str, preset: str) -> tuple[Verifier, str]:
    """A new verifier of the administrator's unit, and the code that enrols it (shown once)."""
    verifier = Verifier(unit_id=_unit_of(actor), label=label, preset=preset, created_at=tx.now)
    code = _set_code(tx, verifier)
    tx.db.add(verifier)
    tx.db.flush()
    tx.record(actor, "verifier_created", f"verifier:{verifier.public_id}", preset=preset)
    return verifier, code


def renew_enrolment_code(tx: Transaction, actor: Actor, public_id: str) -> tuple[Verifier, str]:
    """A new code; the old key stops counting when it is used. That of a disabled verifier never counts again."""
    verifier = _own_verifier(tx, actor, public_id)
    if verifier.disabled_at is not None:
        verifier.disabled_at = verifier.public_key = verifier.enrolled_at = verifier.encryption_key = None
    code = _set_code(tx, verifier)
    tx.record(actor, "enrolment_code_renewed", f"verifier:{public_id}")
    return verifier, code


def disable_verifier(tx: Transaction, actor: Actor, public_id: str) -> None:
    """The verifier's key, code and sessions stop counting at once, and no sector key waits for it any more."""
    verifier = _own_verifier(tx, actor, public_id)
    _take_back_sector_keys(tx, verifier)
    end_sessions_of(tx, Role.VERIFIER, verifier.id)
    verifier.disabled_at, verifier.code_index, verifier.code_expires_at = tx.now, None, None
    tx.record(actor, "verifier_disabled", f"verifier:{public_id}")


def unit_verifiers(tx: Transaction, actor: Actor, *, before: int | None, limit: int) -> list[Verifier]:
    """The unit's verifiers, newest first."""
    query = select(Verifier).where(Verifier.unit_id == _unit_of(actor)).order_by(Verifier.id.desc())
    if before is not None:
        query = query.where(Verifier.id < before)
    return list(tx.db.scalars(query.limit(limit)))


def enrol_verifier(
    tx: Transaction, code: str, public_key: dict[str, Any], encryption_key: bytes | None = None
) -> Verifier:
    """Bind a key, whose possession the caller has checked, to the verifier whose code this is.

    The code is spent, the sessions of an earlier device end, and what was wrapped to it is taken back. ``encryption_key`` is an
    X25519 point.

    Raises:
        RefusedError: ``enrolment_code_wrong`` for a wrong, expired or spent code alike.
    """
    index = tx.vault.blind_index("enrolment", _normal_code(code))
    verifier = tx.db.scalars(select(Verifier).where(Verifier.code_index == index).with_for_update()).one_or_none()
    if verifier is None or verifier.code_expires_at is None or verifier.code_expires_at <= tx.now:
        raise RefusedError("enrolment_code_wrong")
    end_sessions_of(tx, Role.VERIFIER, verifier.id)
    verifier.public_key, verifier.enrolled_at, verifier.last_seen_at = public_key, tx.now, tx.now
    verifier.code_index, verifier.code_expires_at = None, None
    verifier.encryption_key = encryption_key
    _take_back_sector_keys(tx, verifier)
    tx.record(verifier_actor(verifier), "verifier_enrolled", f"verifier:{verifier.public_id}")
    return verifier


def enrolled_verifier(tx: Transaction, public_id: str) -> Verifier:
    """An enrolled verifier that is not disabled.

    Raises:
        RefusedError: ``assertion_invalid``.
    """
    verifier = tx.db.scalars(select(Verifier).where(Verifier.public_id == public_id)).one_or_none()
    if verifier is None or verifier.disabled_at is not None or verifier.public_key is None:
        raise RefusedError("assertion_invalid")
    return verifier


def set_encryption_key(tx: Transaction, actor: Actor, point: bytes) -> Verifier:
    """Sector keys are wrapped to this X25519 point from now on, whose statement the caller has checked."""
    verifier = verifier_of(tx, actor, for_change=True)
    if verifier.encryption_key != point:
        verifier.encryption_key = point
        _take_back_sector_keys(tx, verifier)
        tx.record(actor, "encryption_key_set", f"verifier:{verifier.public_id}")
    return verifier


def verifier_of(tx: Transaction, actor: Actor, *, for_change: bool = False) -> Verifier:
    """The verifier that a verifier's session belongs to; ``for_change`` holds its row until commit."""
    number = int(actor.id.removeprefix("verifier:"))
    return tx.db.get_one(Verifier, number, with_for_update=for_change or None)


def _take_back_sector_keys(tx: Transaction, verifier: Verifier) -> None:
    tx.db.execute(delete(SectorKeyDelivery).where(SectorKeyDelivery.verifier_id == verifier.id))


def _own_verifier(tx: Transaction, actor: Actor, public_id: str) -> Verifier:
    query = (
        select(Verifier).where(Verifier.public_id == public_id, Verifier.unit_id == _unit_of(actor)).with_for_update()
    )
    verifier = tx.db.scalars(query).one_or_none()
    if verifier is None:
        raise RefusedError("verifier_not_found")
    return verifier


def verifier_actor(verifier: Verifier) -> Actor:
    """The verifier as an actor."""
    return Actor(Role.VERIFIER, f"verifier:{verifier.id}", unit_id=verifier.unit_id)


def _unit_of(actor: Actor) -> int:
    if actor.unit_id is None:
        raise RefusedError("role_not_allowed")
    return actor.unit_id


def _set_code(tx: Transaction, verifier: Verifier) -> str:
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    verifier.code_index = tx.vault.blind_index("enrolment", _normal_code(code))
    verifier.code_expires_at = tx.now + ENROLMENT_LIFETIME
    return code


def _normal_code(code: str) -> str:
    return "".join(char for char in code.upper() if char in _ALPHABET)
