"""Binding an account to the card on record: only for its holder, and who guesses learns nothing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from ecard.demo.people import document_number
from ecard.domain.errors import RefusedError
from ecard.services.binding import bind_card
from ecard.services.cards import person_of_account
from ecard.services.citizen_sign_in import request_sms_code, sign_in_by_sms
from ecard.store.models import Account, AuditEntry, Card, Person
from tests.services.people import CITIZEN, done, refusal, refused
from tests.town import Holder, Town


def an_account(town: Town, holder: Holder) -> int:
    """Signed in by the holder's phone, not bound yet."""
    account_id = town.an_account(holder)
    with town.foundation.uow.write() as tx:
        account = tx.db.get_one(Account, account_id)
        account.person_id = account.bound_at = None
    return account_id


def bind(town: Town, account_id: int, holder: Holder, *, number: str | None = None, name: str | None = None) -> str:
    """The public id of the card that was bound."""
    return done(
        town,
        lambda tx: (
            bind_card(
                tx, CITIZEN, account_id, number or holder.person.document_number, name or holder.person.name
            ).public_id
        ),
    )


def bind_refused(town: Town, account_id: int, holder: Holder, number: str, name: str) -> RefusedError:
    return refusal(town, lambda tx: bind_card(tx, CITIZEN, account_id, number, name))


def test_phone_number_and_name_together_bind(any_town: Town) -> None:
    holder = any_town.a_card()
    assert bind(any_town, an_account(any_town, holder), holder) == holder.public_id


def test_number_and_name_may_be_written_as_people_write_them(town: Town) -> None:
    holder = town.a_card(name="买买提·艾力")
    number = " ".join(holder.person.document_number.lower())
    assert bind(town, an_account(town, holder), holder, number=number, name=" 买买提．艾力 ") == holder.public_id


def test_every_mismatch_gets_the_same_answer_and_is_on_record(any_town: Town) -> None:
    holder, stranger = any_town.a_card(), any_town.a_card(name="陈美玲")
    account = an_account(any_town, holder)
    unknown = document_number(date(1990, 6, 12), 999)
    attempts = {
        "another name": (holder.person.document_number, "林志运"),
        "another's number": (stranger.person.document_number, holder.person.name),
        "another's number and name, from this phone": (stranger.person.document_number, stranger.person.name),
        "a number of nobody": (unknown, holder.person.name),
    }
    answers = {
        name: bind_refused(any_town, account, holder, number, person) for name, (number, person) in attempts.items()
    }
    assert {(answer.code, tuple(answer.facts)) for answer in answers.values()} == {("binding_refused", ())}
    with any_town.foundation.uow.read() as tx:
        refused = list(tx.db.scalars(select(AuditEntry).where(AuditEntry.action == "binding_refused")))
        assert tx.db.get_one(Account, account).person_id is None
    assert len(refused) == len(attempts)
    assert all(entry.details == {} and entry.subject == CITIZEN.id for entry in refused)


def test_a_person_without_a_current_card_gets_the_same_answer(town: Town) -> None:
    holder = town.a_card()
    with town.foundation.uow.write() as tx:
        tx.db.get_one(Card, holder.card_id).is_current = False
    account = an_account(town, holder)
    answer = bind_refused(town, account, holder, holder.person.document_number, holder.person.name)
    assert answer.code == "binding_refused"


@pytest.mark.parametrize("number", ["", "44010019900612001", "440100199006120011"])
def test_a_number_that_cannot_be_is_named_without_asking_the_register(town: Town, number: str) -> None:
    holder = town.a_card()
    answer = bind_refused(town, an_account(town, holder), holder, number, holder.person.name)
    assert answer.code == "document_number_malformed"


def test_an_account_is_bound_once(town: Town) -> None:
    holder, other = town.a_card(), town.a_card()
    account = an_account(town, holder)
    bind(town, account, holder)
    answer = bind_refused(town, account, holder, other.person.document_number, other.person.name)
    assert answer.code == "already_bound"


def test_a_number_that_changed_hands_does_not_open_its_last_owner_s_card(any_town: Town) -> None:
    """A carrier gives a number away again after 90 days: who gets it must name the card's holder himself."""
    holder = any_town.a_card()
    account = any_town.an_account(holder)
    any_town.clock.forward(days=89)
    sign_in_by_phone(any_town, holder)
    assert done(any_town, lambda tx: person_of_account(tx, account)) == holder.person_id
    any_town.clock.forward(days=90)
    sign_in_by_phone(any_town, holder)
    assert refused(any_town, lambda tx: person_of_account(tx, account)) == "not_bound"
    assert bind(any_town, account, holder) == holder.public_id


def test_a_phone_that_is_no_longer_on_record_opens_nothing(any_town: Town) -> None:
    """The register learnt another phone; the old one's account is free for whoever has that number on his own record."""
    holder, heir = any_town.a_card(), any_town.a_card(name="陈美玲")
    account = any_town.an_account(holder)
    with any_town.foundation.uow.write() as tx:
        old, new = tx.db.get_one(Person, holder.person_id), tx.db.get_one(Person, heir.person_id)
        old.phone_index, new.phone_index = new.phone_index, old.phone_index
    assert refused(any_town, lambda tx: person_of_account(tx, account)) == "not_bound"
    assert bind(any_town, account, heir) == heir.public_id


def sign_in_by_phone(town: Town, holder: Holder) -> None:
    code = done(town, lambda tx: request_sms_code(tx, holder.phone))[1]
    done(town, lambda tx: sign_in_by_sms(tx, holder.phone, code).id)
