"""The published registers (Art. 6, 18)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ecard.store.models import Bank
from ecard.store.unit_of_work import Transaction


def published_banks(tx: Transaction) -> list[Bank]:
    """The partner banks with their outlets."""
    return list(tx.db.scalars(select(Bank).options(selectinload(Bank.outlets)).order_by(Bank.id)))
