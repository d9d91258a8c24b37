"""How things look from outside: rows to JSON, masked unless a purpose is on record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ecard.domain.accounts import USES, AccountKind
from ecard.domain.cards import CardState
from ecard.domain.masking import mask_document, mask_name, mask_phone
from ecard.domain.phones import national_phone
from ecard.domain.scenes import SCENES
from ecard.services.cancellation import proposal_note, proposal_state
from ecard.services.cards import details_of
from ecard.services.credentials import IssuedCredential
from ecard.services.devices import Enrolled, device_label
from ecard.services.lookup import PossibleAction
from ecard.services.timeline import TimelineItem
from ecard.store.models import (
    AuditEntry,
    Bank,
    CancellationProposal,
    Card,
    Device,
    Outlet,
    SectorKeyDelivery,
    Staff,
    Unit,
    Verifier,
)
from ecard.store.unit_of_work import Transaction
from signing import base64url

Body = dict[str, Any]


def rfc3339(at: datetime | None) -> str | None:
    """A time in UTC with ``Z``, to the second."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def present_own_card(tx: Transaction, card: Card, *, reveal: bool = False) -> Body:
    """The card face, for its holder (Art. 17: visible information)."""
    return {
        **_card(tx, card, full=reveal),
        "scenes": [{"name": name} for name in SCENES],
        "photo": "/api/v1/me/card/photo",
    }


def present_counter_card(tx: Transaction, card: Card, actions: list[PossibleAction], *, full: bool) -> Body:
    """The card as the counter sees it."""
    details = details_of(tx, card.person)
    phone = national_phone(details.phone)
    return {
        **_card(tx, card, full=full),
        "phone": phone if full else mask_phone(phone),
        "photo": f"/api/v1/counter/cards/{card.public_id}/photo" if full else None,
        "actions": [
            {"event": action.event.value, "allowed": action.allowed, "reason": action.reason} for action in actions
        ],
    }


def _card(tx: Transaction, card: Card, *, full: bool) -> Body:
    details = details_of(tx, card.person)
    status = card.status
    return {
        "id": card.public_id,
        "number": card.number,
        "holder_name": details.name if full else mask_name(details.name),
        "document_number": details.document_number if full else mask_document(details.document_number),
        "masked": not full,
        "state": status.state.value,
        "locked": status.locked,
        "usable": status.is_usable,
        "bank": present_bank(card.bank),
        "issued_on": card.issued_on.isoformat(),
        "activated_on": card.activated_on and card.activated_on.isoformat(),
        "accounts": [
            {"kind": account.kind, "state": account.state, "uses": list(USES[AccountKind(account.kind)])}
            for account in card.accounts
        ],
        "replacement_requested": status.replacement_requested and status.state is CardState.SUSPENDED,
        "version": card.version,
    }


def present_bank(bank: Bank) -> Body:
    """A bank, short."""
    return {"id": bank.id, "code": bank.code, "name": bank.name, "name_en": bank.name_en, "hotline": bank.hotline}


def present_outlet(outlet: Outlet) -> Body:
    """An outlet, as published."""
    return {
        "id": outlet.id,
        "name": outlet.name,
        "name_en": outlet.name_en,
        "district": outlet.district,
        "address": outlet.address,
    }


def present_unit(unit: Unit) -> Body:
    """A unit, short."""
    return {"id": unit.id, "kind": unit.kind, "name": unit.name, "name_en": unit.name_en}


def present_device(tx: Transaction, device: Device, session_id: str) -> Body:
    """A linked phone, for its holder."""
    return {
        "id": device.public_id,
        "label": device_label(tx, device),
        "enrolled_at": rfc3339(device.enrolled_at),
        "last_seen_at": rfc3339(device.last_seen_at),
        "is_current": device.session_id == session_id,
        "credentials_until": rfc3339(device.credentials_until),
        "ended_at": rfc3339(device.ended_at),
    }


def present_enrolled(tx: Transaction, enrolled: Enrolled, session_id: str) -> Body:
    """A phone just linked, and those that ended for it."""
    retired = [present_device(tx, device, session_id) for device in enrolled.retired]
    return present_device(tx, enrolled.device, session_id) | {"retired": retired}


def present_credential(issued: IssuedCredential) -> Body:
    """A credential, for the phone that keeps it."""
    return {
        "scene": issued.scene,
        "slot": issued.slot,
        "issued_at": rfc3339(datetime.fromtimestamp(issued.issued_at, UTC)),
        "expires_at": rfc3339(datetime.fromtimestamp(issued.expires_at, UTC)),
        "credential": base64url.encode(issued.credential),
    }


def present_timeline_item(item: TimelineItem) -> Body:
    """One line of the holder's timeline."""
    return {
        "at": rfc3339(item.at),
        "event": item.event,
        "by": item.by,
        "place": item.place,
        "place_en": item.place_en,
        "purpose": item.purpose,
    }


def present_proposal(tx: Transaction, proposal: CancellationProposal, staff_id: int) -> Body:
    """A proposal of cancellation, for officers."""
    proposer = tx.db.get(Staff, proposal.proposed_by)
    decider = tx.db.get(Staff, proposal.decided_by) if proposal.decided_by else None
    return {
        "id": proposal.public_id,
        "card_id": proposal.card.public_id,
        "card_number": proposal.card.number,
        "holder_name": mask_name(details_of(tx, proposal.card.person).name),
        "reason": proposal.reason,
        "note": proposal_note(proposal, tx),
        "state": proposal_state(proposal, tx).value,
        "proposed_by": proposer.name if proposer else None,
        "proposed_at": rfc3339(proposal.proposed_at),
        "expires_at": rfc3339(proposal.expires_at),
        "decided_by": decider.name if decider else None,
        "decided_at": rfc3339(proposal.decided_at),
        "own": proposal.proposed_by == staff_id,
    }


def present_verifier(verifier: Verifier) -> Body:
    """A verifier, for its unit's administrator."""
    state = "disabled" if verifier.disabled_at else "enrolled" if verifier.enrolled_at else "waiting"
    return {
        "id": verifier.public_id,
        "label": verifier.label,
        "preset": verifier.preset,
        "state": state,
        "enrolled_at": rfc3339(verifier.enrolled_at),
        "last_seen_at": rfc3339(verifier.last_seen_at),
    }


def present_sector_key(delivery: SectorKeyDelivery) -> Body:
    """A sector key as only the verifier can open it."""
    return {
        "kid": delivery.kid,
        "scene": delivery.scene,
        "not_before": rfc3339(delivery.not_before),
        "expires_at": rfc3339(delivery.expires_at),
        "wrapped": base64url.encode(delivery.wrapped),
    }


def present_audit_entry(entry: AuditEntry) -> Body:
    """An entry of the audit chain, for the auditor."""
    return {
        "seq": entry.seq,
        "at": rfc3339(entry.at),
        "actor": entry.actor,
        "role": entry.role,
        "action": entry.action,
        "subject": entry.subject,
        "purpose": entry.details.get("purpose"),
        "details": entry.details,
        "hash": entry.digest.hex(),
    }
