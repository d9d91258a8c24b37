"""Sector keys on their way: a hospital that reads sealed claims offline needs the sector's private key (token format, 1.5).

Only the worker holds sector keys. It wraps each to the key of every enrolled verifier of the sector, and the web process hands out what it
cannot read itself. A key that begins later travels early, so a rotation is noticed by nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.sql import Select

from ecard.domain.actors import SYSTEM, Actor
from ecard.domain.policies import MAX_TOKEN_LIFETIME
from ecard.domain.scenes import SECTORS
from ecard.keystore import KeyStoreError
from ecard.services.verifiers import verifier_of
from ecard.store.models import SectorKeyDelivery, Unit, Verifier
from ecard.store.unit_of_work import Transaction, UnitOfWork
from signing.keyset import KeySet, SealKey
from signing.seal import seal_bytes
from signing.sealing_keys import SealingKey, sealing_kid

_INFO = b"ecard sector key 1\0"
_AT_ONCE = 100
_READ_FOR = MAX_TOKEN_LIFETIME + timedelta(days=1)
"""How long after a key's end something that was sealed to it can still be shown."""


def deliver_sector_keys(uow: UnitOfWork, keys: KeySet, open_key: Callable[[str], X25519PrivateKey]) -> int:
    """Wrap what verifiers of a sector lack, and take back what no longer counts; returns how many keys were wrapped.

    ``open_key`` gives the private key of a ``kid``.

    Raises:
        KeyStoreError: a private key is not on this machine; the others are wrapped all the same.
    """
    with uow.read() as tx:
        due = [key for key in _live(keys, tx.now) if tx.db.scalars(_lacking(key).limit(1)).first() is not None]
        is_stale = tx.db.scalars(select(SectorKeyDelivery.id).where(_stale(keys, tx.now)).limit(1)).first() is not None
        moved = [key for key in _readable(keys, tx.now) if tx.db.scalars(_moved(key).limit(1)).first() is not None]
    if is_stale or moved:
        with uow.write() as tx:
            tx.db.execute(delete(SectorKeyDelivery).where(_stale(keys, tx.now)))
            for key in moved:
                for row in tx.db.scalars(_moved(key)):
                    row.expires_at = _utc(key.expires_at)
    wrapped, missing = 0, None
    for key in due:
        try:
            private = open_key(key.public.kid)
        except KeyStoreError as error:
            missing = error
            continue
        with uow.write() as tx:
            wrapped += _wrap_for_those_who_lack(tx, key, private)
    if missing is not None:
        raise missing
    return wrapped


def sector_keys_of(tx: Transaction, actor: Actor) -> list[SectorKeyDelivery]:
    """What has been wrapped to a verifier, the first to begin first."""
    verifier = verifier_of(tx, actor)
    query = select(SectorKeyDelivery).where(SectorKeyDelivery.verifier_id == verifier.id)
    return list(tx.db.scalars(query.order_by(SectorKeyDelivery.not_before, SectorKeyDelivery.kid)))


def _live(keys: KeySet, now: datetime) -> list[SealKey]:
    """Keys that something is, or will be, sealed to."""
    at = int(now.timestamp())
    return [key for key in keys.seal_keys.values() if key.revoked_at is None and key.expires_at > at]


def _lacking(key: SealKey) -> Select[Verifier]:
    """Enrolled verifiers of the key's sector that it was not wrapped to yet."""
    has_it = (
        select(SectorKeyDelivery.id)
        .where(SectorKeyDelivery.verifier_id == Verifier.id, SectorKeyDelivery.kid == key.public.kid)
        .exists()
    )
    return (
        select(Verifier)
        .join(Unit, Verifier.unit_id == Unit.id)
        .where(
            Unit.kind.in_([kind.value for kind in SECTORS.get(key.scene, ())]),
            Verifier.enrolled_at.is_not(None),
            Verifier.disabled_at.is_(None),
            Verifier.encryption_key.is_not(None),
            ~has_it,
        )
        .order_by(Verifier.id)
    )


def _readable(keys: KeySet, now: datetime) -> list[SealKey]:
    """Keys that something alive may have been sealed to, or will be."""
    oldest = int((now - _READ_FOR).timestamp())
    return [key for key in keys.seal_keys.values() if key.revoked_at is None and key.expires_at >= oldest]


def _stale(keys: KeySet, now: datetime) -> ColumnElement[bool]:
    """Deliveries of keys that are revoked, or that nothing alive can be sealed to any more."""
    return SectorKeyDelivery.kid.not_in([key.public.kid for key in _readable(keys, now)])


def _moved(key: SealKey) -> Select[SectorKeyDelivery]:
    """Deliveries that name another end of the key than the key set does since its rotation."""
    end = _utc(key.expires_at)
    return select(SectorKeyDelivery).where(SectorKeyDelivery.kid == key.public.kid, SectorKeyDelivery.expires_at != end)


def _wrap_for_those_who_lack(tx: Transaction, key: SealKey, private: X25519PrivateKey) -> int:
    """Each verifier's row is held meanwhile: one that is enrolled anew or disabled at this moment waits, or is not found."""
    verifiers = tx.db.scalars(_lacking(key).limit(_AT_ONCE).with_for_update(of=Verifier)).all()
    for verifier in verifiers:
        tx.db.add(_delivery(tx, key, private, verifier))
    for verifier in verifiers:
        tx.record(SYSTEM, "sector_key_delivered", f"verifier:{verifier.public_id}", kid=key.public.kid, scene=key.scene)
    return len(verifiers)


def _delivery(tx: Transaction, key: SealKey, private: X25519PrivateKey, verifier: Verifier) -> SectorKeyDelivery:
    point = X25519PublicKey.from_public_bytes(verifier.encryption_key or b"")
    recipient = SealingKey(sealing_kid(point), point)
    return SectorKeyDelivery(
        verifier_id=verifier.id,
        kid=key.public.kid,
        scene=key.scene,
        not_before=_utc(key.not_before),
        expires_at=_utc(key.expires_at),
        wrapped=seal_bytes(private.private_bytes_raw(), recipient, _INFO + verifier.public_id.encode()),
        created_at=tx.now,
    )


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
