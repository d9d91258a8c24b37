"""Finding cards, and reading what belongs to one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ecard.domain.cards import CardState
from ecard.domain.documents import parse_document
from ecard.domain.errors import RefusedError
from ecard.store.models import Account, Card, Person, Photo
from ecard.store.unit_of_work import Transaction
from ecard.store.vault import PersonalDetails

_NOT_USABLE = {
    CardState.SUSPENDED: "card_suspended",
    CardState.CANCELLED: "card_cancelled",
    CardState.REPLACED: "card_replaced",
}


def bound_person(tx: Transaction, account_id: int) -> int | None:
    """The person whom an account is bound to, as long as its phone is the one on that person's record."""
    same_phone = Account.phone_index == Person.phone_index
    return tx.db.scalar(
        select(Person.id).join(Account, Account.person_id == Person.id).where(Account.id == account_id, same_phone)
    )


def person_of_account(tx: Transaction, account_id: int) -> int:
    """The person whom an account is bound to.

    Raises:
        RefusedError: ``not_bound``.
    """
    person_id = bound_person(tx, account_id)
    if person_id is None:
        raise RefusedError("not_bound")
    return person_id


def card_of_account(tx: Transaction, account_id: int, *, lock: bool = False) -> Card:
    """The current card of an account's person.

    Raises:
        RefusedError: ``not_bound``, ``no_card``.
    """
    return card_of_person(tx, person_of_account(tx, account_id), lock=lock)


def card_of_person(tx: Transaction, person_id: int, *, lock: bool = False) -> Card:
    """A person's current card.

    Raises:
        RefusedError: ``no_card``.
    """
    query = select(Card).where(Card.person_id == person_id, Card.is_current)
    card = tx.db.scalars(query.with_for_update(of=Card) if lock else query.options(joinedload(Card.bank))).one_or_none()
    if card is None:
        raise RefusedError("no_card")
    return card


def check_usable(card: Card) -> None:
    """Refuse a card for which no code may be shown.

    Raises:
        RefusedError: ``card_not_active``, ``card_locked``, ``card_suspended``, ``card_cancelled``, ``card_replaced``.
    """
    if card.status.is_usable:
        return
    if card.locked:
        raise RefusedError("card_locked")
    raise RefusedError(_NOT_USABLE.get(CardState(card.state), "card_not_active"))


def card_by_public_id(tx: Transaction, public_id: str, *, lock: bool = False) -> Card:
    """A card by its outside identifier.

    Raises:
        RefusedError: ``card_not_found``.
    """
    query = select(Card).where(Card.public_id == public_id)
    card = tx.db.scalars(query.with_for_update(of=Card) if lock else query).one_or_none()
    if card is None:
        raise RefusedError("card_not_found")
    return card


def person_by_document(tx: Transaction, text: str) -> Person:
    """A person by document number.

    Raises:
        RefusedError: ``document_number_malformed``, ``person_not_found``.
    """
    document = parse_document(text, today=tx.today)
    index = tx.vault.blind_index("document", document.number)
    person = tx.db.scalars(select(Person).where(Person.document_index == index)).one_or_none()
    if person is None:
        raise RefusedError("person_not_found")
    return person


def details_of(tx: Transaction, person: Person) -> PersonalDetails:
    """A person's details, opened; who calls this has a purpose on record."""
    return tx.vault.open_details(person.sealed, f"person:{person.id}")


def photo_of(tx: Transaction, person_id: int) -> tuple[str, bytes]:
    """Media type and bytes of a holder's photo (Art. 17).

    Raises:
        RefusedError: ``no_photo``.
    """
    photo = tx.db.get(Photo, person_id)
    if photo is None:
        raise RefusedError("no_photo")
    return photo.media_type, tx.vault.open(photo.sealed, f"photo:{person_id}")
