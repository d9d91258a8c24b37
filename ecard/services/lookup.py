"""The counter finds a card (Art. 6, 16): masked until a purpose is chosen, and every look is on record."""

from __future__ import annotations

from dataclasses import dataclass

from ecard.domain.actors import Actor, Role
from ecard.domain.cards import CardEvent, Condition, decide
from ecard.domain.errors import RefusedError
from ecard.domain.purposes import LookupPurpose
from ecard.services.cards import card_of_person, person_by_document
from ecard.services.transitions import own_bank
from ecard.store.models import Card
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

    A bank's staff see only cards of their own bank (Art. 6) in full; of others, that they exist.

    Raises:
        RefusedError: ``document_number_malformed``, ``person_not_found``, ``no_card``, ``other_bank``.
    """
    person = person_by_document(tx, document_number)
    card = card_of_person(tx, person.id)
    if purpose is not None and not may_see(actor, card):
        raise RefusedError("other_bank")
    seen = "masked" if purpose is None else "full"
    tx.record(actor, "card_looked_up", f"card:{card.public_id}", purpose=purpose and purpose.value, seen=seen)
    return card


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
