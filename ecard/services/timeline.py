"""What happened to a card, as its holder may read it (Art. 20): every act and every look, without the names of staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ecard.domain.actors import Role
from ecard.services.device_ends import DeviceEnd
from ecard.services.transitions import ACTIONS
from ecard.store.models import AuditEntry, Outlet, Staff, Unit, Verifier
from ecard.store.unit_of_work import Transaction

_DEVICES = ("device_enrolled", *(end.value for end in DeviceEnd))
_LOOKS = ("card_looked_up", "photo_seen", "code_verified")
SHOWN = (*ACTIONS.values(), "card_ordered", "card_bound", *_DEVICES, *_LOOKS)
"""What the holder reads, by its name in the audit log."""
_BY = {
    Role.CITIZEN: "holder",
    Role.BANK_CLERK: "bank",
    Role.AGENCY_OFFICER: "agency",
    Role.SYSTEM: "system",
    Role.VERIFIER: "unit",
}


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One line: when, what, who in general, where if it was an outlet or a unit, and for what if somebody looked."""

    seq: int
    at: datetime
    event: str
    by: str
    place: str | None
    place_en: str | None
    purpose: str | None


def card_timeline(tx: Transaction, card_public_id: str, *, before: int | None, limit: int) -> list[TimelineItem]:
    """The newest ``limit`` items with a number below ``before``."""
    query = select(AuditEntry).where(AuditEntry.subject == f"card:{card_public_id}", AuditEntry.action.in_(SHOWN))
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    return [_item(tx, entry) for entry in tx.db.scalars(query.order_by(AuditEntry.seq.desc()).limit(limit))]


def _item(tx: Transaction, entry: AuditEntry) -> TimelineItem:
    role = Role(entry.role)
    place = _place(tx, role, entry.actor)
    return TimelineItem(
        seq=entry.seq,
        at=entry.at,
        event=entry.action,
        by=_by(tx, role, entry.actor),
        place=place.name if place else None,
        place_en=place.name_en if place else None,
        purpose=entry.details.get("purpose"),
    )


def _by(tx: Transaction, role: Role, actor: str) -> str:
    """Who in general; a phone operator belongs to a bank or to the city's hotline."""
    if role is not Role.PHONE_OPERATOR:
        return _BY.get(role, "agency")
    staff = _staff(tx, actor)
    return "bank" if staff and staff.bank_id is not None else "hotline"


def _staff(tx: Transaction, actor: str) -> Staff | None:
    return tx.db.get(Staff, int(actor.removeprefix("staff:")))


def _place(tx: Transaction, role: Role, actor: str) -> Outlet | Unit | None:
    kind, _, key = actor.partition(":")
    if kind == "verifier" and role is Role.VERIFIER:
        verifier = tx.db.scalars(select(Verifier).where(Verifier.id == int(key))).one_or_none()
        return verifier.unit if verifier else None
    if kind == "staff":
        staff = _staff(tx, actor)
        return staff.outlet if staff else None
    return None
