"""Sequences without gaps, in commit order: the row of a sequence is locked from taking a number until commit."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ecard.store.models import Head

NAMES = ("audit", "revocation", "manifest", "serial")


def create_heads(db: Session) -> None:
    """Start every sequence at zero; run once, by the first migration's seed."""
    for name in NAMES:
        if db.get(Head, name) is None:
            db.add(Head(name=name, value=0, digest=b""))


def lock_head(db: Session, name: str) -> Head:
    """The sequence's row, locked for this transaction; add one to ``value`` to take a number."""
    return db.scalars(
        select(Head).where(Head.name == name).with_for_update().execution_options(populate_existing=True)
    ).one()


def read_head(db: Session, name: str) -> Head:
    """The sequence's row as last committed."""
    return db.scalars(select(Head).where(Head.name == name).execution_options(populate_existing=True)).one()
