"""Serials: the numbers from which a card's status indices are computed (decision 14).

Every new card takes the next one, and so does a card that becomes usable again: what was issued under the old serial stays revoked for
ever. Numbers have no gaps; they are taken under a lock that lasts until commit, so whoever brings in cards by the million does it
in batches.
"""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ecard.domain.errors import RefusedError
from ecard.domain.status_index import SHARD_SIZE
from ecard.store.heads import lock_head
from ecard.store.models import Card, StatusChange
from ecard.store.unit_of_work import Transaction

_RUNNING_OUT = SHARD_SIZE - SHARD_SIZE // 16

_log = structlog.get_logger()


def next_serial(tx: Transaction, size: int = SHARD_SIZE) -> int:
    """A serial that no card ever had, 1 ≤ serial < ``size``.

    Raises:
        RefusedError: ``serials_exhausted``: a shard has no index left; nothing but larger shards helps.
    """
    head = lock_head(tx.db, "serial")
    if head.value + 1 >= size:
        _log.error("serials_exhausted", taken=head.value, size=size)
        raise RefusedError("serials_exhausted")
    head.value += 1
    if head.value > _RUNNING_OUT:
        _log.warning("serials_running_out", taken=head.value, size=size)
    return head.value


def card_of_serial(tx: Transaction, serial: int) -> Card | None:
    """The card that has the serial, or had it until its loss was reported."""
    found = select(Card).options(joinedload(Card.person))
    card = tx.db.scalars(found.where(Card.status_serial == serial)).one_or_none()
    if card is not None:
        return card
    lost = select(StatusChange.card_id).where(StatusChange.serial == serial).limit(1)
    return tx.db.scalars(found.where(Card.id == lost.scalar_subquery())).one_or_none()
