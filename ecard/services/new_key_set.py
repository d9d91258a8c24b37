"""What the worker does once with a key set before it publishes it."""

from __future__ import annotations

from sqlalchemy import select

from ecard.domain.actors import SYSTEM
from ecard.services.key_plan import all_keys, use_of
from ecard.store.models import AuditEntry, Publication
from ecard.store.unit_of_work import Transaction
from signing import MalformedError
from signing.jws import parse_compact
from signing.keyset import KeySet

_STATUS_LIST = "application/statuslist+jwt"


def begin_key_set(tx: Transaction, keys: KeySet) -> None:
    """Note on record that this key set is published from now on, and let no list stand that a revoked key has signed."""
    _withdraw_void_lists(tx, keys)
    _record(tx, keys)


def _withdraw_void_lists(tx: Transaction, keys: KeySet) -> None:
    """Status lists for others (token format, 2.7) are signed every few hours only; those of a void key are made anew at once."""
    for row in tx.db.scalars(select(Publication).where(Publication.media_type == _STATUS_LIST)):
        key = keys.list_keys.get(_kid_of(row.body))
        if key is None or key.revoked_at is not None:
            tx.db.delete(row)


def _kid_of(token: bytes) -> str:
    try:
        return str(parse_compact(token.decode("ascii")).header.get("kid"))
    except (MalformedError, UnicodeDecodeError):
        return ""


def _record(tx: Transaction, keys: KeySet) -> None:
    """Once for each version, however many workers begin with it, one after the other."""
    subject = f"keys:{keys.version}"
    known = select(AuditEntry.seq).where(AuditEntry.subject == subject, AuditEntry.action == "key_set_published")
    if tx.db.scalars(known).first() is not None:
        return
    named = [f"{use_of(key)} {key.public.kid}" for key in all_keys(keys) if key.revoked_at is None]
    revoked = [f"{use_of(key)} {key.public.kid}" for key in all_keys(keys) if key.revoked_at is not None]
    tx.record(SYSTEM, "key_set_published", subject, sha256=keys.sha256, keys=named, revoked=revoked)
