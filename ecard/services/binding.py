"""Binding an account to the card on record (Art. 19: the card is for its holder only)."""

from __future__ import annotations

import hmac

from ecard.domain.actors import Actor, Role
from ecard.domain.errors import RefusedError
from ecard.domain.names import normal_name
from ecard.domain.policies import NUMBER_REST
from ecard.services.cards import bound_person, card_of_person, details_of, person_by_document
from ecard.services.device_ends import DeviceEnd, end_devices, live_devices
from ecard.store.models import Account, Card
from ecard.store.unit_of_work import Transaction


def bind_card(tx: Transaction, actor: Actor, account_id: int, document_number: str, name: str) -> Card:
    """Bind an account whose phone is the one on record, once document number and name match it.

    Every mismatch gets the same answer: who guesses learns nothing. Attempts are on record.

    Raises:
        RefusedError: ``document_number_malformed``, ``already_bound``, ``binding_refused``.
    """
    account = tx.db.get_one(Account, account_id, with_for_update=True)
    if bound_person(tx, account_id) is not None:
        raise RefusedError("already_bound")
    card = _match(tx, account, document_number, name)
    if card is None:
        tx.record(actor, "binding_refused", actor.id)
        raise RefusedError("binding_refused", keep=True)
    _end_devices(tx, actor, account)
    end_devices(tx, actor, live_devices(tx, person_id=card.person_id), DeviceEnd.UNBOUND)
    account.person_id, account.bound_at = card.person_id, tx.now
    tx.record(actor, "card_bound", f"card:{card.public_id}")
    return card


def end_rested_binding(tx: Transaction, account: Account) -> None:
    """Undo the binding of an account that nobody used for so long that its phone number may be somebody else's by now."""
    last_used = account.last_signed_in_at or account.bound_at or account.created_at
    if account.person_id is None or last_used + NUMBER_REST > tx.now:
        return
    actor = Actor(Role.CITIZEN, f"account:{account.id}")
    _end_devices(tx, actor, account)
    account.person_id = account.bound_at = None
    tx.record(actor, "binding_ended", f"account:{account.id}")


def _end_devices(tx: Transaction, actor: Actor, account: Account) -> None:
    """Phones were linked for whom the account was bound to; whoever comes after links his own."""
    end_devices(tx, actor, live_devices(tx, account_id=account.id), DeviceEnd.UNBOUND)


def _match(tx: Transaction, account: Account, document_number: str, name: str) -> Card | None:
    try:
        person = person_by_document(tx, document_number)
        card = card_of_person(tx, person.id)
    except RefusedError as refusal:
        if refusal.code == "document_number_malformed":
            raise
        return None
    same_phone = hmac.compare_digest(person.phone_index, account.phone_index)
    on_record = normal_name(details_of(tx, person).name).encode()
    same_name = hmac.compare_digest(on_record, normal_name(name).encode())
    return card if same_phone and same_name else None
