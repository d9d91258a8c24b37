"""Reading the record (Art. 30–32)."""

from __future__ import annotations

from sqlalchemy import select

from ecard.store import audit
from ecard.store.models import AuditEntry
from ecard.store.unit_of_work import Transaction


def audit_entries(tx: Transaction, *, before: int | None, limit: int) -> list[AuditEntry]:
    """The newest ``limit`` entries with a number below ``before``."""
    query = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(limit)
    return list(tx.db.scalars(query if before is None else query.where(AuditEntry.seq < before)))


def verify_audit(tx: Transaction, anchor: tuple[int, bytes] | None = None) -> audit.Verification:
    """Walk the chain; ``anchor`` is a number and digest noted outside the database."""
    return audit.verify(tx.db, tx.audit_key, anchor)
