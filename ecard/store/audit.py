"""The tamper-evident record (Art. 30–32): every entry carries a keyed digest over itself and the entry before.

Who can only write to the database cannot forge a digest; who removes the end is found by the head, or, if the head was turned back too, by
any anchor (``seq:digest``) noted elsewhere: the worker logs one each hour and ``ecard audit verify --anchor`` compares it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ecard.domain.actors import Actor
from ecard.store.heads import lock_head, read_head
from ecard.store.models import AuditEntry

HEAD = "audit"
_BATCH = 1000


def append(
    db: Session, key: bytes, *, at: datetime, actor: Actor, action: str, subject: str, details: dict[str, Any]
) -> AuditEntry:
    """Add one entry at the end of the chain; ``details`` holds JSON values, never personal data."""
    head = lock_head(db, HEAD)
    entry = AuditEntry(
        seq=head.value + 1,
        at=at,
        actor=actor.id,
        role=actor.role.value,
        action=action,
        subject=subject,
        details=details,
    )
    entry.digest = _digest(key, head.digest, entry)
    head.value, head.digest = entry.seq, entry.digest
    db.add(entry)
    return entry


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk along the chain found. ``fault`` is None, ``changed``, ``removed``, ``reordered`` or ``anchor``."""

    entries: int
    fault: str | None = None
    first_bad: int | None = None
    head: str = ""

    @property
    def ok(self) -> bool:
        """Whether the chain is whole."""
        return self.fault is None


def verify(db: Session, key: bytes, anchor: tuple[int, bytes] | None = None) -> Verification:
    """Walk the whole chain; stops at the first fault.

    ``anchor`` is a sequence number and digest noted earlier outside the database.
    """
    previous, count, digests_seen = b"", 0, 0
    for entry in _entries(db):
        count += 1
        if entry.seq != count:
            return Verification(count - 1, "removed", count)
        if not hmac.compare_digest(entry.digest, _digest(key, previous, entry)):
            return Verification(count - 1, _fault_of(db, key, previous, entry), entry.seq)
        if anchor and entry.seq == anchor[0]:
            digests_seen += 1
            if not hmac.compare_digest(entry.digest, anchor[1]):
                return Verification(count, "anchor", entry.seq)
        previous = entry.digest
    head = read_head(db, HEAD)
    if (head.value, head.digest) != (count, previous):
        return Verification(count, "removed", count + 1)
    if anchor and not digests_seen:
        return Verification(count, "removed", count + 1)
    return Verification(count, head=f"{count}:{previous.hex()}")


def _fault_of(db: Session, key: bytes, previous: bytes, entry: AuditEntry) -> str:
    """Whether a bad entry is genuine but in another's place (re-ordered) or no genuine entry at all (changed)."""
    for other in _entries(db):
        if other.seq != entry.seq and hmac.compare_digest(_digest(key, previous, other, seq=entry.seq), other.digest):
            return "reordered"
    return "changed"


def _entries(db: Session) -> Iterator[AuditEntry]:
    yield from db.scalars(select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=_BATCH))


def _digest(key: bytes, previous: bytes, entry: AuditEntry, seq: int | None = None) -> bytes:
    content = [
        entry.seq if seq is None else seq,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.role,
        entry.action,
        entry.subject,
        entry.details,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, previous + text.encode(), hashlib.sha256)
