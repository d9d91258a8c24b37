"""The outbox: what a transaction promised to tell the outside is told, in order of age, again and again until it is acknowledged."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import select

from ecard.gateways.http import GatewayError
from ecard.gateways.orders import OrderGateway
from ecard.store.models import OutboxMessage
from ecard.store.unit_of_work import UnitOfWork

_BATCH = 100
_LADDER = (5, 15, 60, 300, 900, 3600)
"""Seconds until the next attempt, by attempts made; the last one repeats."""

_log = structlog.get_logger()


def dispatch_due(uow: UnitOfWork, orders: OrderGateway) -> int:
    """Deliver what is due; returns how many were acknowledged. Each message has a transaction of its own."""
    with uow.read() as tx:
        due = tx.db.scalars(
            select(OutboxMessage.id)
            .where(OutboxMessage.next_attempt_at <= tx.now)
            .order_by(OutboxMessage.next_attempt_at)
            .limit(_BATCH)
        ).all()
    return sum(_dispatch_one(uow, orders, number) for number in due)


def _dispatch_one(uow: UnitOfWork, orders: OrderGateway, number: int) -> bool:
    """Deliver outside any transaction (a partner may be slow), then note the result."""
    with uow.read() as tx:
        message = tx.db.get_one(OutboxMessage, number)
        payload, done = dict(message.payload), message.delivered_at is not None
    if done:
        return False
    try:
        orders.deliver(number, payload)
    except GatewayError as error:
        _note_failure(uow, number, error.reason)
        return False
    with uow.write() as tx:
        message = tx.db.get_one(OutboxMessage, number)
        message.delivered_at, message.next_attempt_at, message.last_error = tx.now, None, None
        message.attempts += 1
    return True


def _note_failure(uow: UnitOfWork, number: int, reason: str) -> None:
    with uow.write() as tx:
        message = tx.db.get_one(OutboxMessage, number)
        wait = _LADDER[min(message.attempts, len(_LADDER) - 1)]
        message.attempts += 1
        message.next_attempt_at, message.last_error = tx.now + timedelta(seconds=wait), reason
    _log.warning("order_not_acknowledged", number=number, reason=reason, retry_in=wait)
