"""Loss, withdrawal, replacement, cancellation: who may, what follows, and that nothing follows from a refusal (Art. 21-26)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from ecard.domain.actors import Actor, Role
from ecard.domain.cards import CardEvent, Condition
from ecard.domain.purposes import LookupPurpose
from ecard.services.cancellation import (
    CancellationReason,
    cancellation_proposals,
    confirm_cancellation,
    proposal_note,
    proposal_state,
    propose_cancellation,
    reject_cancellation,
)
from ecard.services.cards import card_by_public_id
from ecard.services.lookup import look_up_card, possible_actions
from ecard.services.loss import report_loss, report_own_loss, request_replacement, withdraw_loss_report
from ecard.services.transitions import change_card
from ecard.store.models import AuditEntry, Card, OutboxMessage, StatusChange
from ecard.store.unit_of_work import Transaction
from tests.services.people import AGENCY, CITIZEN, HOTLINE, bank_operator, clerk, done, refused
from tests.town import Holder, Town

Work = Callable[[Transaction], object]


def traces(town: Town) -> tuple[int, int, int]:
    """Rows that a change leaves: audit entries, messages, changes of the list."""
    with town.foundation.uow.read() as tx:
        counts = [
            tx.db.scalar(select(func.count()).select_from(table)) for table in (AuditEntry, OutboxMessage, StatusChange)
        ]
    return counts[0] or 0, counts[1] or 0, counts[2] or 0


def state_of(town: Town, holder: Holder) -> tuple[str, set[str], int]:
    """State, states of the accounts, version."""
    with town.foundation.uow.read() as tx:
        card = tx.db.get_one(Card, holder.card_id)
        return card.state, {account.state for account in card.accounts}, card.version


def withdrawal(holder: Holder, actor: Actor, *, document_seen: bool = True) -> Work:
    return lambda tx: withdraw_loss_report(tx, actor, holder.public_id, document_seen=document_seen)


def proposal(holder: Holder, staff_id: int = 1) -> Callable[[Transaction], str]:
    return lambda tx: (
        propose_cancellation(
            tx, AGENCY, staff_id, holder.public_id, reason=CancellationReason.DEATH, note="公安注销户籍"
        ).public_id
    )


def test_a_loss_report_suspends_card_and_accounts_and_tells_both_institutions(any_town: Town) -> None:
    holder = any_town.a_card()
    account = any_town.an_account(holder)
    done(any_town, lambda tx: report_own_loss(tx, CITIZEN, account))
    assert state_of(any_town, holder) == ("suspended", {"suspended"}, 2)
    assert traces(any_town) == (1, 2, 1)
    with any_town.foundation.uow.read() as tx:
        orders = [message.payload for message in tx.db.scalars(select(OutboxMessage))]
    assert sorted((order["account"], order["order"], order["bank"]) for order in orders) == [
        ("financial", "suspend", "own"),
        ("medical", "suspend", "own"),
    ]


def test_a_second_loss_report_is_refused_and_changes_nothing(any_town: Town) -> None:
    holder = any_town.a_card()
    account = any_town.an_account(holder)
    done(any_town, lambda tx: report_own_loss(tx, CITIZEN, account))
    before = traces(any_town), state_of(any_town, holder)
    assert refused(any_town, lambda tx: report_own_loss(tx, CITIZEN, account)) == "loss_already_reported"
    assert refused(any_town, lambda tx: report_loss(tx, AGENCY, holder.public_id)) == "loss_already_reported"
    assert (traces(any_town), state_of(any_town, holder)) == before


@pytest.mark.parametrize(
    ("actor", "facts", "code"),
    [
        ("hotline", {}, "caller_not_verified"),
        ("hotline", {"document_seen": True}, "caller_not_verified"),
        ("own bank's phone", {}, "caller_not_verified"),
        ("other bank's phone", {"caller_verified": True}, "other_bank"),
        ("own clerk", {"caller_verified": True}, "document_not_seen"),
        ("other clerk", {"document_seen": True}, "other_bank"),
        ("auditor", {"document_seen": True, "caller_verified": True}, "role_not_allowed"),
    ],
)
def test_a_loss_report_by_staff_needs_its_condition(town: Town, actor: str, facts: dict[str, bool], code: str) -> None:
    parties = {
        "hotline": HOTLINE,
        "own bank's phone": bank_operator(town),
        "other bank's phone": bank_operator(town, "other"),
        "own clerk": clerk(town),
        "other clerk": clerk(town, "other"),
        "auditor": Actor(Role.AUDITOR, "staff:5"),
    }
    holder = town.a_card()
    assert refused(town, lambda tx: report_loss(tx, parties[actor], holder.public_id, **facts)) == code
    assert (state_of(town, holder), traces(town)) == (("active", {"open"}, 1), (0, 0, 0))


def test_a_withdrawal_restores_card_and_accounts_under_a_new_serial(any_town: Town) -> None:
    holder = any_town.a_card("suspended")
    lost = any_town.serial_of(holder)
    done(any_town, withdrawal(holder, clerk(any_town)))
    assert state_of(any_town, holder) == ("active", {"open"}, 2)
    assert any_town.serial_of(holder) == lost + 1
    with any_town.foundation.uow.read() as tx:
        assert [(change.serial, change.revoked) for change in tx.db.scalars(select(StatusChange))] == [(lost, True)]


def test_a_withdrawal_is_for_the_clerk_of_the_own_bank_with_the_document_before_a_replacement(town: Town) -> None:
    holder, requested = town.a_card("suspended"), town.a_card("suspended", replacement_requested=True)
    cases: list[tuple[Work, str]] = [
        (withdrawal(holder, CITIZEN), "not_at_outlet"),
        (withdrawal(holder, HOTLINE), "not_at_outlet"),
        (withdrawal(holder, bank_operator(town)), "not_at_outlet"),
        (withdrawal(holder, AGENCY), "not_at_outlet"),
        (withdrawal(holder, clerk(town, "other")), "other_bank"),
        (withdrawal(holder, clerk(town), document_seen=False), "document_not_seen"),
        (withdrawal(requested, clerk(town)), "replacement_requested"),
    ]
    assert [refused(town, work) for work, _ in cases] == [code for _, code in cases]
    assert state_of(town, holder) == state_of(town, requested) == ("suspended", {"suspended"}, 1)


def test_a_request_for_a_new_card_closes_the_way_back(town: Town) -> None:
    holder = town.a_card()
    account = town.an_account(holder)
    assert refused(town, lambda tx: request_replacement(tx, CITIZEN, account)) == "card_not_suspended"
    done(town, lambda tx: report_own_loss(tx, CITIZEN, account))
    done(town, lambda tx: request_replacement(tx, CITIZEN, account))
    assert refused(town, withdrawal(holder, clerk(town))) == "replacement_requested"
    assert refused(town, lambda tx: request_replacement(tx, CITIZEN, account)) == "replacement_already_requested"


def test_lock_and_loss_report_cross_each_other_without_a_gap(town: Town) -> None:
    """The list changes exactly when usability does, in whatever order locks and reports come and go."""
    holder = town.a_card()

    def change(event: CardEvent, actor: Actor, *conditions: Condition) -> None:
        done(
            town,
            lambda tx: change_card(tx, card_by_public_id(tx, holder.public_id, lock=True), event, actor, conditions),
        )

    at_counter = (Condition.OWN_BANK, Condition.DOCUMENT_SEEN)
    revoked = []
    for event, actor in [
        (CardEvent.LOCK, AGENCY),
        (CardEvent.REPORT_LOSS, AGENCY),
        (CardEvent.WITHDRAW_LOSS_REPORT, clerk(town)),
        (CardEvent.UNLOCK, AGENCY),
        (CardEvent.LOCK, clerk(town)),
        (CardEvent.CANCEL, AGENCY),
    ]:
        conditions = (Condition.SECOND_PERSON,) if event is CardEvent.CANCEL else at_counter
        change(event, actor, *conditions)
        town.publisher().publish_if_due()
        revoked.append(town.revoked_in(town.trust(), holder))
    assert revoked == [{True}, {True}, {True}, {False}, {True}, {True}]
    assert traces(town)[2] == 2, "the list learns of nothing but ends"


def test_a_cancellation_takes_two_persons_and_is_for_ever(any_town: Town) -> None:
    holder = any_town.a_card()
    first, second = any_town.staff(Role.AGENCY_OFFICER), any_town.staff(Role.AGENCY_OFFICER)
    number = done(any_town, proposal(holder, first.id))
    assert state_of(any_town, holder)[0] == "active"
    assert refused(any_town, lambda tx: confirm_cancellation(tx, AGENCY, first.id, number)) == "same_person"
    done(any_town, lambda tx: confirm_cancellation(tx, AGENCY, second.id, number))
    assert state_of(any_town, holder) == ("cancelled", {"closed"}, 2)
    assert refused(any_town, lambda tx: confirm_cancellation(tx, AGENCY, second.id, number)) == "proposal_closed"
    assert refused(any_town, withdrawal(holder, clerk(any_town))) == "card_cancelled"
    assert refused(any_town, lambda tx: report_loss(tx, AGENCY, holder.public_id)) == "card_cancelled"
    assert refused(any_town, proposal(holder, first.id)) == "card_cancelled"


def test_a_note_is_sealed_and_can_be_read_by_officers(town: Town) -> None:
    holder = town.a_card()
    done(town, proposal(holder, town.staff(Role.AGENCY_OFFICER).id))
    with town.foundation.uow.read() as tx:
        (row,) = cancellation_proposals(tx, only_open=True, before=None, limit=10)
        assert proposal_note(row, tx) == "公安注销户籍"
        assert "公安".encode() not in row.note_sealed


def test_one_proposal_a_card_is_open_at_a_time(any_town: Town) -> None:
    holder, officer = any_town.a_card(), any_town.staff(Role.AGENCY_OFFICER)
    first = done(any_town, proposal(holder, officer.id))
    assert refused(any_town, proposal(holder, officer.id)) == "proposal_exists"
    done(any_town, lambda tx: reject_cancellation(tx, AGENCY, officer.id, first))
    assert refused(any_town, lambda tx: reject_cancellation(tx, AGENCY, officer.id, first)) == "proposal_closed"
    assert done(any_town, proposal(holder, officer.id)) != first


def test_a_proposal_expires_after_three_days_and_makes_room_for_another(any_town: Town) -> None:
    holder = any_town.a_card()
    first, second = any_town.staff(Role.AGENCY_OFFICER), any_town.staff(Role.AGENCY_OFFICER)
    number = done(any_town, proposal(holder, first.id))
    any_town.clock.now += timedelta(days=3)
    assert refused(any_town, lambda tx: confirm_cancellation(tx, AGENCY, second.id, number)) == "proposal_closed"
    with any_town.foundation.uow.read() as tx:
        assert cancellation_proposals(tx, only_open=True, before=None, limit=10) == []
        (row,) = cancellation_proposals(tx, only_open=False, before=None, limit=10)
        assert proposal_state(row, tx).value == "expired"
    assert done(any_town, proposal(holder, second.id)) != number
    assert state_of(any_town, holder)[0] == "active"


def test_an_unknown_proposal_is_not_found(town: Town) -> None:
    assert refused(town, lambda tx: confirm_cancellation(tx, AGENCY, 1, 32 * "0")) == "proposal_not_found"


def offered(holder: Holder, actor: Actor) -> Callable[[Transaction], dict[CardEvent, str | None]]:
    """What the counter says beforehand: event and reason of its refusal."""

    def work(tx: Transaction) -> dict[CardEvent, str | None]:
        card = card_by_public_id(tx, holder.public_id)
        return {action.event: action.reason for action in possible_actions(tx, actor, card)}

    return work


def loss_at_a_desk(holder: Holder, actor: Actor) -> Work:
    return lambda tx: report_loss(tx, actor, holder.public_id, document_seen=True, caller_verified=True)


def test_the_counter_says_beforehand_what_would_be_refused(town: Town) -> None:
    """For every state and everybody at a counter, the reason given is the refusal that follows."""
    parties = [clerk(town), clerk(town, "other"), HOTLINE, bank_operator(town), AGENCY]
    for state, actor in itertools.product(("made", "active", "suspended", "cancelled"), parties):
        holder = town.a_card(state)
        reasons = done(town, offered(holder, actor))
        for event, work in {
            CardEvent.WITHDRAW_LOSS_REPORT: withdrawal(holder, actor),
            CardEvent.REPORT_LOSS: loss_at_a_desk(holder, actor),
        }.items():
            if reasons[event] is None:
                done(town, work)
                break
            assert refused(town, work) == reasons[event]


def test_another_bank_s_clerk_learns_that_a_card_exists_and_no_more(town: Town) -> None:
    holder = town.a_card()
    number, stranger = holder.person.document_number, clerk(town, "other")
    assert done(town, lambda tx: look_up_card(tx, stranger, number, None).public_id) == holder.public_id
    assert refused(town, lambda tx: look_up_card(tx, stranger, number, LookupPurpose.STATUS_QUERY)) == "other_bank"
