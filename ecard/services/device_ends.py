"""A phone ceases to count: unlinked, replaced by a newer one, or because the card or the binding that it stood for ended.

It gets no new credential. Those that it has are accepted offline until they expire, unless their serial is revoked: a lost
phone is a case for a loss report (Art. 21), which acts at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import select

from ecard.domain.actors import Actor
from ecard.store.models import Card, Device
from ecard.store.unit_of_work import Transaction


class DeviceEnd(StrEnum):
    """Why a phone ended; the value is what the audit log and the holder's timeline call it."""

    UNLINKED = "device_unlinked"
    RETIRED = "device_retired"
    CARD_UNUSABLE = "device_ended_with_card"
    UNBOUND = "device_ended_with_binding"


def live_devices(tx: Transaction, *, person_id: int | None = None, account_id: int | None = None) -> list[Device]:
    """The phones that count of a holder, or of an account whoever it was bound to: the oldest first, locked."""
    whose = Device.account_id == account_id if person_id is None else Device.person_id == person_id
    query = select(Device).where(whose, Device.ended_at.is_(None)).with_for_update()
    devices = tx.db.scalars(query.execution_options(populate_existing=True))
    return sorted(devices, key=lambda device: device.id)


def end_devices(tx: Transaction, actor: Actor, devices: Iterable[Device], why: DeviceEnd) -> None:
    """End phones (locked by the caller), each on record."""
    for device in devices:
        device.ended_at, device.ended_by, device.thumbprint = tx.now, why.value, None
        tx.record(actor, why.value, _subject(tx, device), device=device.public_id)


def _subject(tx: Transaction, device: Device) -> str:
    """The holder's card, in whose timeline it is read."""
    card = tx.db.scalar(select(Card.public_id).where(Card.person_id == device.person_id, Card.is_current))
    return f"card:{card}" if card else f"account:{device.account_id}"
