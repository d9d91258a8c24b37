"""Online verification: what offline cannot do.

A code counts once, the state of card and phone is the live one, and the holder's attributes are shown to a unit as far as its grant goes,
for a purpose and an operator on record (Art. 16, 20).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select

from ecard.domain.actors import Actor
from ecard.domain.errors import RefusedError
from ecard.domain.purposes import VerificationPurpose
from ecard.domain.scenes import SCENES, Concession, concession_of
from ecard.domain.units import UnitKind
from ecard.services.cards import details_of
from ecard.services.devices import made_by_live_device
from ecard.services.follow import StatusIndices
from ecard.services.publish import KEYS, MANIFEST, list_name
from ecard.services.serials import card_of_serial
from ecard.store.models import Card, Publication, Unit
from ecard.store.unit_of_work import Transaction
from signing import (
    OUTCOME_OF,
    Claims,
    Policy,
    RootFile,
    TrustBundle,
    UnverifiedCode,
    Verdict,
    parse_unverified,
    shard_of,
    verify,
)

_USED = "ecard:used:"
_KEPT_AFTER_EXPIRY = 600
_TIME_BYTES = 8
_POLICY = Policy.from_json({"preset": "counter", "max_list_age": 604_800})


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict, and of a valid code what the unit may know of its holder."""

    verdict: Verdict
    holder: dict[str, Any] | None = None


class UsedCodes:
    """Single use, in Redis: a token number is remembered until its code has expired."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def was_used(self, token_id: bytes, expires_at: int) -> bool:
        """Remember a token number; True if it was there already.

        Raises:
            RefusedError: ``single_use_unavailable`` while Redis is away: better asked again than accepted twice.
        """
        try:
            fresh = self._redis.set(_USED + token_id.hex(), b"1", nx=True, exat=expires_at + _KEPT_AFTER_EXPIRY)
        except RedisError as error:
            raise RefusedError("single_use_unavailable") from error
        return not fresh

    def was_code_used(self, code: Claims) -> bool:
        """Remember a code by its number and time, for a credential gives many codes of one number; True if it was there already.

        Raises:
            RefusedError: ``single_use_unavailable``.
        """
        return self.was_used(code.token_id + code.issued_at.to_bytes(_TIME_BYTES, "big"), code.expires_at)


class OnlineVerifier:
    """Verifies against what is published, then against the card itself; one instance a process."""

    def __init__(self, root: RootFile, indices: StatusIndices, used: UsedCodes) -> None:
        self._root = root
        self._indices = indices
        self._used = used
        self._trust: TrustBundle | None = None
        self._lock = Lock()

    def verify(
        self,
        tx: Transaction,
        actor: Actor,
        text: str,
        purpose: VerificationPurpose,
        operator: str,
        *,
        challenge: int | None = None,
    ) -> Verification:
        """Judge a code, note the look, and return what the unit's grant allows. ``challenge`` is the number that the site showed."""
        now = int(tx.now.timestamp())
        verdict = verify(text, trust=self._current_trust(tx), policy=_POLICY, now=now, challenge=challenge)
        code = parse_unverified(text) if verdict.outcome in {"valid", "revoked"} else None
        card = card_of_serial(tx, self._serial_behind(code)) if code else None
        if code is None or card is None:
            tx.record(actor, "code_refused", actor.id, code=verdict.code, purpose=purpose.value, operator=operator)
            return Verification(verdict)
        verdict = self._against_register(tx, code, verdict, card)
        tx.record(
            actor,
            "code_verified",
            f"card:{card.public_id}",
            code=verdict.code,
            purpose=purpose.value,
            operator=operator,
        )
        return Verification(verdict, self._granted(tx, actor, card, verdict) if verdict.outcome == "valid" else None)

    def _against_register(self, tx: Transaction, code: UnverifiedCode, verdict: Verdict, card: Card) -> Verdict:
        """The live state decides over the published list; then the code is used up.

        A serial that is no longer the card's died with a loss report, and a phone's code counts while the phone does.
        """
        counts = card.status.is_usable and card.status_serial == self._serial_behind(code)
        if code.presentation is not None:
            counts = counts and made_by_live_device(tx, card.person_id, code.token_id)
        if not counts or verdict.claims is None:
            return _judged(verdict, "revoked")
        return _judged(verdict, "replayed" if self._used.was_code_used(verdict.claims) else "ok")

    def _serial_behind(self, code: UnverifiedCode) -> int:
        return self._indices.serial(code.index, shard_of(code.expires_at))

    def _granted(self, tx: Transaction, actor: Actor, card: Card, verdict: Verdict) -> dict[str, Any]:
        """What the unit's grant and the scene that the holder chose both allow."""
        unit = tx.db.get(Unit, actor.unit_id)
        scene = SCENES.get(verdict.claims.scene.name) if verdict.claims else None
        if unit is None or scene is None:
            return {}
        details = details_of(tx, card.person)
        concession = concession_of(Concession(card.person.concession), card.person.born_on, tx.today)
        known = {
            "name": details.name,
            "document_number": details.document_number,
            "card_number": card.number,
            "concession": int(concession),
            "insurance": card.person.insurance,
        }
        return {name: known[name] for name in scene.discloses_to(UnitKind(unit.kind), unit.attributes)}

    def _current_trust(self, tx: Transaction) -> TrustBundle | None:
        """The published trust material, read and parsed once a manifest."""
        newest = tx.db.execute(
            select(Publication.version, Publication.digest).where(Publication.name == MANIFEST)
        ).first()
        if newest is None:
            return None
        version, digest = newest
        with self._lock:
            held = self._trust
            if held is None or sha256(held.manifest.data).digest() != digest:
                forward = held if held is not None and held.manifest.version < version else None
                self._trust = self._read_trust(tx, forward)
            return self._trust

    def _read_trust(self, tx: Transaction, held: TrustBundle | None) -> TrustBundle:
        needed = Publication.name.in_((MANIFEST, KEYS)) | Publication.name.like(list_name("%"))
        rows = dict(tx.db.execute(select(Publication.name, Publication.body).where(needed)).all())
        bundle = TrustBundle.accept(self._root, keys=rows[KEYS], manifest=rows[MANIFEST], held=held)
        for shard in bundle.missing_lists():
            bundle = bundle.with_list(shard, rows[list_name(shard)])
        return bundle


def _judged(verdict: Verdict, code: str) -> Verdict:
    return verdict._replace(outcome=OUTCOME_OF[code], code=code)
