"""The counter finds a card (Art. 6, 16): masked until a purpose is chosen, and every look is on record."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from ecard.domain.actors import Actor, Role
from ecard.domain.cards import CardEvent, Condition, decide
from ecard.domain.errors import RefusedError
from ecard.domain.policies import LOOK_LIFETIME
from ecard.domain.purposes import LookupPurpose
from ecard.services.cards import card_by_public_id, card_of_person, person_by_document, photo_of
from ecard.services.transitions import own_bank
from ecard.store.models import AuditEntry, Card
from ecard.store.unit_of_work import Transaction

_COUNTER_EVENTS = (CardEvent.REPORT_LOSS, CardEvent.WITHDRAW_LOSS_REPORT, CardEvent.CANCEL)
_AT_THE_DESK = {Condition.DOCUMENT_SEEN, Condition.CALLER_VERIFIED, Condition.SECOND_PERSON}


@dataclass(frozen=True, slots=True)
class PossibleAction:
    """Something that this actor may, or may not, do to the card now, with the code of the reason."""

    event: CardEvent
    reason: str | None

    @property
    def allowed(self) -> bool:
        """Whether the table allows it."""
        return self.reason is None


def look_up_card(tx: Transaction, actor: Actor, document_number: str, purpose: LookupPurpose | None) -> Card:
    """The current card of the person with that document number.

    A bank's staff see only cards of their own bank (Art. 6) in full; of others, that they exist. A look that finds nothing, or
    is refused, is on record too: who tries numbers out should be seen.

    Raises:
        RefusedError: ``document_number_malformed``, ``person_not_found``, ``no_card``, ``other_bank``.
    """
    try:
        card = card_of_person(tx, person_by_document(tx, document_number).id)
    except RefusedError as refusal:
        if refusal.code != "document_number_malformed":
            refusal.keep = True
            tx.record(actor, "look_refused", actor.id, code=refusal.code, purpose=purpose)
        raise
    subject = f"card:{card.public_id}"
    if purpose is not None and not may_see(actor, card):
        tx.record(actor, "look_refused", subject, code="other_bank", purpose=purpose)
        raise RefusedError("other_bank", keep=True)
    tx.record(actor, "card_looked_up", subject, purpose=purpose, seen="masked" if purpose is None else "full")
    return card


def see_photo(tx: Transaction, actor: Actor, card_id: str) -> tuple[str, bytes]:
    """Media type and bytes of the holder's photo, for who has chosen a purpose for this card: another look, on record.

    Raises:
        RefusedError: ``card_not_found``, ``other_bank``, ``purpose_missing``, ``no_photo``.
    """
    card = card_by_public_id(tx, card_id)
    if not may_see(actor, card):
        raise RefusedError("other_bank")
    purpose = _purpose_on_record(tx, actor, card)
    photo = photo_of(tx, card.person_id)
    tx.record(actor, "photo_seen", f"card:{card.public_id}", purpose=purpose)
    return photo


def _purpose_on_record(tx: Transaction, actor: Actor, card: Card) -> str:
    looks = select(AuditEntry).where(
        AuditEntry.subject == f"card:{card.public_id}",
        AuditEntry.action == "card_looked_up",
        AuditEntry.actor == actor.id,
        AuditEntry.at > tx.now - LOOK_LIFETIME,
    )
    for look in tx.db.scalars(looks.order_by(AuditEntry.seq.desc())):
        if look.details["purpose"] is not None:
            return str(look.details["purpose"])
    raise RefusedError("purpose_missing")


def may_see(actor: Actor, card: Card) -> bool:
    """Whether the actor's remit covers the card: bank staff their own bank's, the agency and the hotline all."""
    if actor.role is Role.BANK_CLERK or (actor.role is Role.PHONE_OPERATOR and actor.bank_id is not None):
        return actor.bank_id == card.bank_id
    return actor.role in {Role.AGENCY_OFFICER, Role.PHONE_OPERATOR}


def possible_actions(tx: Transaction, actor: Actor, card: Card) -> list[PossibleAction]:
    """What the table allows this actor now, given that documents are shown and a second person is there."""
    actions = []
    for event in _COUNTER_EVENTS:
        try:
            decide(event, card.status, actor, on=tx.today, fulfilled=_AT_THE_DESK | own_bank(card, actor))
        except RefusedError as refusal:
            actions.append(PossibleAction(event, refusal.code))
        else:
            actions.append(PossibleAction(event, None))
    return actions
