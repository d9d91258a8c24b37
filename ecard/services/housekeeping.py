"""Rows that have served their time."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import delete

from ecard.domain.policies import MISUSE_FLAGS_KEPT, SCANS_KEPT
from ecard.store.heads import read_head
from ecard.store.models import (
    DemoMessage,
    Device,
    IdempotencyRecord,
    MisuseFlag,
    OutboxMessage,
    Scan,
    Session,
    SmsCode,
)
from ecard.store.unit_of_work import UnitOfWork

ANSWERS_KEPT = timedelta(hours=24)
_SESSIONS_KEPT = timedelta(days=7)
_CODES_KEPT = timedelta(days=1)  # as long as they are counted
_DEMO_MESSAGES_KEPT = timedelta(hours=1)
_ORDERS_KEPT = timedelta(days=90)
_ENDED_DEVICES_KEPT = timedelta(days=90)  # whose phone's app is told so meanwhile; the record keeps that it was

_log = structlog.get_logger()


def tidy(uow: UnitOfWork) -> None:
    """Delete what no rule needs any more, and note the audit chain's head where the database cannot change it: in the log."""
    with uow.write() as tx:
        tx.db.execute(delete(IdempotencyRecord).where(IdempotencyRecord.created_at < tx.now - ANSWERS_KEPT))
        tx.db.execute(delete(Session).where(Session.expires_at < tx.now - _SESSIONS_KEPT))
        tx.db.execute(delete(SmsCode).where(SmsCode.expires_at < tx.now - _CODES_KEPT))
        tx.db.execute(delete(Device).where(Device.ended_at < tx.now - _ENDED_DEVICES_KEPT))
        tx.db.execute(delete(OutboxMessage).where(OutboxMessage.delivered_at < tx.now - _ORDERS_KEPT))
        tx.db.execute(delete(DemoMessage).where(DemoMessage.at < tx.now - _DEMO_MESSAGES_KEPT))
        tx.db.execute(delete(Scan).where(Scan.received_at < tx.now - SCANS_KEPT))
        tx.db.execute(delete(MisuseFlag).where(MisuseFlag.created_at < tx.now - MISUSE_FLAGS_KEPT))
        head = read_head(tx.db, "audit")
        anchor = f"{head.value}:{head.digest.hex()}"
    _log.info("audit_anchor", anchor=anchor)
