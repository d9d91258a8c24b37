"""Loss report, its withdrawal, and the request for a replacement (Art. 21–23)."""

from __future__ import annotations

from ecard.domain.actors import Actor
from ecard.domain.cards import CardEvent, Condition
from ecard.services.cards import card_by_public_id, card_of_account
from ecard.services.transitions import change_card, own_bank
from ecard.store.models import Card
from ecard.store.unit_of_work import Transaction


def report_own_loss(tx: Transaction, actor: Actor, account_id: int) -> Card:
    """The holder reports the card lost online (Art. 21): every code dies, both accounts are suspended."""
    card = card_of_account(tx, account_id, lock=True)
    change_card(tx, card, CardEvent.REPORT_LOSS, actor)
    return card


def report_loss(
    tx: Transaction, actor: Actor, card_id: str, *, document_seen: bool = False, caller_verified: bool = False
) -> Card:
    """Staff take a loss report (Art. 21): outlet with the document seen, hotline and bank phone with the caller verified."""
    card = card_by_public_id(tx, card_id, lock=True)
    change_card(tx, card, CardEvent.REPORT_LOSS, actor, _fulfilled(card, actor, document_seen, caller_verified))
    return card


def withdraw_loss_report(tx: Transaction, actor: Actor, card_id: str, *, document_seen: bool) -> Card:
    """A clerk at an outlet of the card's own bank withdraws the loss report, before a replacement is requested (Art. 22)."""
    card = card_by_public_id(tx, card_id, lock=True)
    change_card(tx, card, CardEvent.WITHDRAW_LOSS_REPORT, actor, _fulfilled(card, actor, document_seen))
    return card


def request_replacement(tx: Transaction, actor: Actor, account_id: int) -> Card:
    """The holder asks for a new card (Art. 23); from now on the loss report cannot be withdrawn (Art. 22)."""
    card = card_of_account(tx, account_id, lock=True)
    change_card(tx, card, CardEvent.REQUEST_REPLACEMENT, actor)
    return card


def _fulfilled(card: Card, actor: Actor, document_seen: bool, caller_verified: bool = False) -> set[Condition]:
    return (
        own_bank(card, actor)
        | ({Condition.DOCUMENT_SEEN} if document_seen else set())
        | ({Condition.CALLER_VERIFIED} if caller_verified else set())
    )
