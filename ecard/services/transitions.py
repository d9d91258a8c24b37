"""The one way in which a card's state changes: asks the table, then writes state, accounts, list, outbox and audit together."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from ecard.domain.accounts import AccountState, account_after
from ecard.domain.actors import Actor
from ecard.domain.cards import AccountEffect, CardEvent, Condition, decide
from ecard.services.device_ends import DeviceEnd, end_devices, live_devices
from ecard.services.serials import next_serial
from ecard.store.heads import lock_head
from ecard.store.models import Card, StatusChange
from ecard.store.unit_of_work import Transaction

ACTIONS: dict[CardEvent, str] = {
    CardEvent.MAKE: "card_made",
    CardEvent.ACTIVATE: "card_activated",
    CardEvent.REPORT_LOSS: "loss_reported",
    CardEvent.WITHDRAW_LOSS_REPORT: "loss_report_withdrawn",
    CardEvent.REQUEST_REPLACEMENT: "replacement_requested",
    CardEvent.REPLACE: "card_replaced",
    CardEvent.CANCEL: "card_cancelled",
    CardEvent.LOCK: "application_locked",
    CardEvent.UNLOCK: "application_unlocked",
}
"""What each event is called in the audit log and the holder's timeline."""


def change_card(
    tx: Transaction, card: Card, event: CardEvent, actor: Actor, fulfilled: Iterable[Condition] = (), **details: object
) -> None:
    """Let ``event`` happen to ``card`` (locked by the caller), with everything that belongs to it.

    Raises:
        RefusedError: the table does not allow it.
    """
    before = card.status
    transition = decide(event, before, actor, on=tx.today, fulfilled=fulfilled)
    after = transition.apply(before)
    card.state, card.locked, card.replacement_requested = after.state.value, after.locked, after.replacement_requested
    card.version += 1
    if event is CardEvent.ACTIVATE:
        card.activated_on = tx.today
    _change_accounts(tx, card, transition.accounts)
    if before.is_usable != after.is_usable:
        _change_list(tx, card, revoked=not after.is_usable)
    tx.record(actor, ACTIONS[event], f"card:{card.public_id}", channel=actor.channel.value, **details)
    if not after.is_usable:
        end_devices(tx, actor, live_devices(tx, person_id=card.person_id), DeviceEnd.CARD_UNUSABLE)


def own_bank(card: Card, actor: Actor) -> set[Condition]:
    """The condition of Art. 6 that a clerk serves cards of his own bank, where it holds."""
    return {Condition.OWN_BANK} if actor.bank_id is not None and actor.bank_id == card.bank_id else set()


def _change_accounts(tx: Transaction, card: Card, effect: AccountEffect) -> None:
    """Art. 13, 21, 22: both accounts follow the card, and bank and medical fund are told."""
    if effect is AccountEffect.NONE:
        return
    for account in card.accounts:
        account.state = account_after(AccountState(account.state), effect).value
        tx.send("account_order", card=card.public_id, account=account.kind, order=effect.value, bank=card.bank.code)


def _change_list(tx: Transaction, card: Card, *, revoked: bool) -> None:
    """A serial dies with its loss report; a card that is usable again lives on under a new one, and the list does not change.

    The number of the entry in the truth that the list follows is taken under a lock, so none is skipped.
    """
    if not revoked:
        if _is_spent(tx, card.status_serial):
            card.status_serial = next_serial(tx)
        return
    head = lock_head(tx.db, "revocation")
    head.value += 1
    tx.db.add(StatusChange(version=head.value, card_id=card.id, serial=card.status_serial, revoked=True, at=tx.now))
    tx.rings.add("status")


def _is_spent(tx: Transaction, serial: int) -> bool:
    """Not that of a card that is activated for the first time: room is for one serial a card and one a withdrawal."""
    return tx.db.scalar(select(StatusChange.serial).where(StatusChange.serial == serial).limit(1)) is not None
