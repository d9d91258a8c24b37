"""The transition table against an independent statement of the law, over every combination that there is."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import pytest

from ecard.domain.accounts import AccountState, account_after
from ecard.domain.actors import Actor, Role
from ecard.domain.cards import (
    TRANSITIONS,
    AccountEffect,
    CardEvent,
    CardState,
    CardStatus,
    Condition,
    Permit,
    decide,
)
from ecard.domain.errors import RefusedError
from tests.domain.law import CALLER, EFFECTS, EVERYBODY, LAW, OWN, SECOND, SEEN, is_lawful

ON = date(2026, 11, 23)
WORDS = {
    OWN: Condition.OWN_BANK,
    SEEN: Condition.DOCUMENT_SEEN,
    CALLER: Condition.CALLER_VERIFIED,
    SECOND: Condition.SECOND_PERSON,
}
ENDED = {CardState.REPLACED, CardState.CANCELLED}


class Case(NamedTuple):
    """One combination of everything that the rules look at."""

    event: CardEvent
    status: CardStatus
    who: str
    fulfilled: frozenset[str]

    @property
    def lawful(self) -> bool:
        """What the law says."""
        return is_lawful(
            self.event.value,
            self.status.state.value,
            locked=self.status.locked,
            requested=self.status.replacement_requested,
            who=self.who,
            fulfilled=self.fulfilled,
        )

    def decide(self) -> CardStatus | str:
        """What the table says: the status after, or the code of the refusal."""
        conditions = {WORDS[word] for word in self.fulfilled}
        try:
            row = decide(self.event, self.status, actor(self.who), on=ON, fulfilled=conditions)
        except RefusedError as refusal:
            return refusal.code
        return row.apply(self.status)


def actor(who: str) -> Actor:
    """Somebody of that kind."""
    role, bank, channel = EVERYBODY[who]
    made = Actor(Role(role), f"{who}:1", bank_id=bank)
    assert made.channel.value == channel
    return made


def matrix() -> Iterator[Case]:
    """Events × states × locked × replacement requested × parties × sets of conditions."""
    subsets = [frozenset(chosen) for count in range(5) for chosen in itertools.combinations(WORDS, count)]
    yes_no = (False, True)
    for event, state, locked, requested, who, fulfilled in itertools.product(
        CardEvent, CardState, yes_no, yes_no, EVERYBODY, subsets
    ):
        yield Case(event, CardStatus(state, locked, requested), who, fulfilled)


def test_the_whole_matrix_agrees_with_the_law() -> None:
    wrong = [case for case in matrix() if isinstance(case.decide(), CardStatus) is not case.lawful]
    assert wrong == []


def test_the_matrix_is_complete_and_its_lawful_part_is_known() -> None:
    """The counts change only with the law: whoever changes a row sees here how far it reaches."""
    lawful = Counter(case.event.value for case in matrix() if case.lawful)
    assert sum(1 for _ in matrix()) == 9 * 6 * 2 * 2 * 11 * 16 == 38_016
    assert lawful == {
        "make": 128,
        "activate": 16,
        "report_loss": 192,
        "withdraw_loss_report": 8,
        "request_replacement": 40,
        "replace": 256,
        "cancel": 384,
        "lock": 72,
        "unlock": 40,
    }


def test_every_lawful_event_has_the_effect_that_the_law_gives_it() -> None:
    for case in matrix():
        if not case.lawful:
            continue
        state, accounts, locked = EFFECTS[case.event.value]
        after = case.decide()
        assert isinstance(after, CardStatus)
        assert after.state.value == (state or case.status.state.value), case
        assert after.locked is (case.status.locked if locked is None else locked), case
        assert TRANSITIONS[case.event].accounts.value == accounts


def test_a_cancelled_or_replaced_card_never_comes_back() -> None:
    for case in matrix():
        if case.status.state in ENDED:
            assert isinstance(case.decide(), str), case


def test_only_an_active_unlocked_card_is_usable() -> None:
    usable = {(case.status.state, case.status.locked) for case in matrix() if case.status.is_usable}
    assert usable == {(CardState.ACTIVE, False)}


def test_a_stranger_learns_nothing_about_the_state() -> None:
    """Who may never cause an event gets one and the same answer for every card."""
    for event, who in itertools.product(CardEvent, EVERYBODY):
        if who in LAW[event.value].who:
            continue
        answers = {
            Case(event, CardStatus(state, locked, requested), who, frozenset(WORDS)).decide()
            for state, locked, requested in itertools.product(CardState, (False, True), (False, True))
        }
        assert len(answers) == 1, (event, who, answers)


CITIZEN, CLERK, AGENCY, HOTLINE = "holder online", "clerk at an outlet", "agency", "hotline"
REFUSALS = [
    ("report_loss", "suspended", CITIZEN, {}, "loss_already_reported"),
    ("report_loss", "made", CITIZEN, {}, "card_not_active"),
    ("report_loss", "cancelled", CITIZEN, {}, "card_cancelled"),
    ("report_loss", "replaced", CITIZEN, {}, "card_replaced"),
    ("report_loss", "active", CLERK, {OWN}, "document_not_seen"),
    ("report_loss", "active", CLERK, {SEEN}, "other_bank"),
    ("report_loss", "active", HOTLINE, {}, "caller_not_verified"),
    ("report_loss", "active", "auditor", {}, "role_not_allowed"),
    ("withdraw_loss_report", "suspended", CITIZEN, {}, "not_at_outlet"),
    ("withdraw_loss_report", "suspended", "bank phone", {OWN, CALLER}, "not_at_outlet"),
    ("withdraw_loss_report", "suspended", HOTLINE, {CALLER}, "not_at_outlet"),
    ("withdraw_loss_report", "suspended", AGENCY, {}, "not_at_outlet"),
    ("withdraw_loss_report", "suspended", CLERK, {SEEN}, "other_bank"),
    ("withdraw_loss_report", "suspended", CLERK, {OWN}, "document_not_seen"),
    ("withdraw_loss_report", "active", CLERK, {OWN, SEEN}, "card_not_suspended"),
    ("withdraw_loss_report", "cancelled", CLERK, {OWN, SEEN}, "card_cancelled"),
    ("request_replacement", "active", CITIZEN, {}, "card_not_suspended"),
    ("request_replacement", "suspended", AGENCY, {}, "role_not_allowed"),
    ("activate", "active", CLERK, {OWN, SEEN}, "card_not_made"),
    ("make", "made", AGENCY, {}, "card_not_ordered"),
    ("cancel", "active", AGENCY, {}, "second_person_required"),
    ("cancel", "cancelled", AGENCY, {SECOND}, "card_cancelled"),
    ("cancel", "active", CITIZEN, {SECOND}, "role_not_allowed"),
    ("lock", "suspended", AGENCY, {}, "card_not_active"),
    ("unlock", "active", AGENCY, {}, "card_not_locked"),
]


@pytest.mark.parametrize(("event", "state", "who", "fulfilled", "code"), REFUSALS)
def test_a_refusal_names_its_reason(event: str, state: str, who: str, fulfilled: set[str], code: str) -> None:
    case = Case(CardEvent(event), CardStatus(CardState(state)), who, frozenset(fulfilled))
    assert case.decide() == code


@pytest.mark.parametrize(
    ("event", "who", "code"),
    [
        ("withdraw_loss_report", CLERK, "replacement_requested"),
        ("request_replacement", CLERK, "replacement_already_requested"),
        ("request_replacement", CITIZEN, "replacement_already_requested"),
    ],
)
def test_a_requested_replacement_stands_in_the_way(event: str, who: str, code: str) -> None:
    status = CardStatus(CardState.SUSPENDED, replacement_requested=True)
    assert Case(CardEvent(event), status, who, frozenset({OWN, SEEN})).decide() == code


def test_a_locked_card_is_not_locked_again() -> None:
    assert Case(CardEvent.LOCK, CardStatus(CardState.ACTIVE, locked=True), AGENCY, frozenset()).decide() == (
        "card_already_locked"
    )


@pytest.mark.parametrize(
    ("day", "in_force"),
    [(date(2022, 1, 31), False), (date(2022, 2, 1), True), (date(2030, 5, 31), True), (date(2030, 6, 1), False)],
)
def test_a_permit_counts_from_its_first_day_until_the_day_before_its_end(day: date, in_force: bool) -> None:
    permit = Permit(Role.CITIZEN, actor(CITIZEN).channel, until=date(2030, 6, 1))
    assert permit.is_in_force(day) is in_force


def test_before_the_regulation_came_into_force_nobody_may_do_anything() -> None:
    for event, who in itertools.product(CardEvent, EVERYBODY):
        with pytest.raises(RefusedError, match="role_not_allowed"):
            decide(event, CardStatus(CardState.ACTIVE), actor(who), on=date(2022, 1, 31), fulfilled=set(Condition))


ACCOUNTS = [
    ("pending", "open", "open"),
    ("open", "suspend", "suspended"),
    ("suspended", "restore", "open"),
    ("open", "close", "closed"),
    ("suspended", "close", "closed"),
    ("pending", "close", "closed"),
    ("closed", "open", "closed"),
    ("closed", "restore", "closed"),
    ("closed", "suspend", "closed"),
    ("suspended", "none", "suspended"),
]


@pytest.mark.parametrize(("state", "effect", "after"), ACCOUNTS)
def test_accounts_follow_their_card_and_a_closed_one_stays_closed(state: str, effect: str, after: str) -> None:
    assert account_after(AccountState(state), AccountEffect(effect)).value == after
