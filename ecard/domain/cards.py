"""The life of a card: states, events, and the one table that says what is lawful.

Everything that changes a card asks `decide`. The table can be read beside the regulation: a row is an event, the states it starts from,
the state it leads to, who may cause it through which channel and under which conditions, and what it does to the fund accounts.
Whether codes die or revive is not a column: a code lives exactly as long as its card `is_usable` (Art. 35: the electronic and the
physical card have the same effect in the same second).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from ecard.domain.actors import Actor, Channel, Role
from ecard.domain.errors import RefusedError


class CardState(StrEnum):
    """Where a card stands between order and end."""

    ORDERED = "ordered"
    MADE = "made"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REPLACED = "replaced"
    CANCELLED = "cancelled"


class CardEvent(StrEnum):
    """What can happen to a card."""

    MAKE = "make"
    ACTIVATE = "activate"
    REPORT_LOSS = "report_loss"
    WITHDRAW_LOSS_REPORT = "withdraw_loss_report"
    REQUEST_REPLACEMENT = "request_replacement"
    REPLACE = "replace"
    CANCEL = "cancel"
    LOCK = "lock"
    UNLOCK = "unlock"


class AccountEffect(StrEnum):
    """What an event does to the two fund accounts of the card (Art. 13, 21, 22)."""

    NONE = "none"
    OPEN = "open"
    SUSPEND = "suspend"
    RESTORE = "restore"
    CLOSE = "close"


class Condition(StrEnum):
    """What must hold besides state and role; the value is the code of its refusal."""

    OWN_BANK = "other_bank"
    DOCUMENT_SEEN = "document_not_seen"
    CALLER_VERIFIED = "caller_not_verified"
    NO_REPLACEMENT_REQUESTED = "replacement_requested"
    SECOND_PERSON = "second_person_required"


@dataclass(frozen=True, slots=True)
class CardStatus:
    """The part of a card that rules look at."""

    state: CardState
    locked: bool = False
    replacement_requested: bool = False

    @property
    def is_usable(self) -> bool:
        """Whether the card, plastic or electronic, may be accepted (Art. 35)."""
        return self.state is CardState.ACTIVE and not self.locked


@dataclass(frozen=True, slots=True)
class Permit:
    """One way in which an event may be caused, in force from ``since`` until the day before ``until``."""

    role: Role
    channel: Channel
    conditions: tuple[Condition, ...] = ()
    since: date = date(2022, 2, 1)
    until: date | None = None

    def is_in_force(self, on: date) -> bool:
        """Whether the permit counts on that day (Art. 36)."""
        return self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table. ``target`` or ``locked`` None: left as it is."""

    event: CardEvent
    sources: frozenset[CardState]
    target: CardState | None
    permits: tuple[Permit, ...]
    accounts: AccountEffect = AccountEffect.NONE
    locked: bool | None = None
    requests_replacement: bool = False
    article: str = ""

    def apply(self, status: CardStatus) -> CardStatus:
        """The status after the event."""
        return replace(
            status,
            state=self.target or status.state,
            locked=status.locked if self.locked is None else self.locked,
            replacement_requested=status.replacement_requested or self.requests_replacement,
        )


_CLERK = (Condition.OWN_BANK, Condition.DOCUMENT_SEEN)
_AGENCY = Permit(Role.AGENCY_OFFICER, Channel.AGENCY)
_COUNTER = Permit(Role.BANK_CLERK, Channel.OUTLET, _CLERK)
_ONLINE = Permit(Role.CITIZEN, Channel.ONLINE)
_SYSTEM = Permit(Role.SYSTEM, Channel.FEED)

TRANSITIONS: dict[CardEvent, Transition] = {
    row.event: row
    for row in (
        Transition(
            CardEvent.MAKE,
            frozenset({CardState.ORDERED}),
            CardState.MADE,
            (_AGENCY, _SYSTEM),
            article="Art. 10",
        ),
        Transition(
            CardEvent.ACTIVATE,
            frozenset({CardState.MADE}),
            CardState.ACTIVE,
            (_COUNTER,),
            AccountEffect.OPEN,
            article="Art. 6",
        ),
        Transition(
            CardEvent.REPORT_LOSS,
            frozenset({CardState.ACTIVE}),
            CardState.SUSPENDED,
            (
                _ONLINE,
                _COUNTER,
                Permit(Role.PHONE_OPERATOR, Channel.HOTLINE, (Condition.CALLER_VERIFIED,)),
                Permit(Role.PHONE_OPERATOR, Channel.BANK_PHONE, (Condition.OWN_BANK, Condition.CALLER_VERIFIED)),
                _AGENCY,
            ),
            AccountEffect.SUSPEND,
            article="Art. 21",
        ),
        Transition(
            CardEvent.WITHDRAW_LOSS_REPORT,
            frozenset({CardState.SUSPENDED}),
            CardState.ACTIVE,
            (Permit(Role.BANK_CLERK, Channel.OUTLET, (*_CLERK, Condition.NO_REPLACEMENT_REQUESTED)),),
            AccountEffect.RESTORE,
            article="Art. 22",
        ),
        Transition(
            CardEvent.REQUEST_REPLACEMENT,
            frozenset({CardState.SUSPENDED}),
            None,
            (
                Permit(Role.CITIZEN, Channel.ONLINE, (Condition.NO_REPLACEMENT_REQUESTED,)),
                Permit(Role.BANK_CLERK, Channel.OUTLET, (*_CLERK, Condition.NO_REPLACEMENT_REQUESTED)),
            ),
            requests_replacement=True,
            article="Art. 23",
        ),
        Transition(
            CardEvent.REPLACE,
            frozenset({CardState.ACTIVE, CardState.SUSPENDED}),
            CardState.REPLACED,
            (_AGENCY, _SYSTEM),
            AccountEffect.CLOSE,
            article="Art. 23, 24",
        ),
        Transition(
            CardEvent.CANCEL,
            frozenset({CardState.ORDERED, CardState.MADE, CardState.ACTIVE, CardState.SUSPENDED}),
            CardState.CANCELLED,
            (Permit(Role.AGENCY_OFFICER, Channel.AGENCY, (Condition.SECOND_PERSON,)), _SYSTEM),
            AccountEffect.CLOSE,
            article="Art. 26",
        ),
        Transition(
            CardEvent.LOCK,
            frozenset({CardState.ACTIVE}),
            None,
            (_COUNTER, _AGENCY, _SYSTEM),
            locked=True,
            article="Art. 6",
        ),
        Transition(
            CardEvent.UNLOCK,
            frozenset({CardState.ACTIVE}),
            None,
            (_COUNTER, _AGENCY),
            locked=False,
            article="Art. 6",
        ),
    )
}


def decide(
    event: CardEvent,
    status: CardStatus,
    actor: Actor,
    *,
    on: date,
    fulfilled: Iterable[Condition] = (),
) -> Transition:
    """The table's row for this event, if it is lawful here and now.

    ``fulfilled`` are the conditions that the caller has established; `NO_REPLACEMENT_REQUESTED` is read from the status. Who may ask
    is settled before the state is looked at, so that a stranger learns nothing about a card.

    Raises:
        RefusedError: ``role_not_allowed``, ``not_at_outlet``, the code of an unfulfilled condition, or the code of the state.
    """
    transition = TRANSITIONS[event]
    permit = _permit(transition, actor, on)
    known = set(fulfilled)
    if not status.replacement_requested:
        known.add(Condition.NO_REPLACEMENT_REQUESTED)
    for condition in permit.conditions:
        if condition is not Condition.NO_REPLACEMENT_REQUESTED and condition not in known:
            raise RefusedError(condition.value)
    if status.state not in transition.sources or status.locked is transition.locked:
        raise RefusedError(_state_refusal(event, status))
    if Condition.NO_REPLACEMENT_REQUESTED in permit.conditions and status.replacement_requested:
        raise RefusedError(_REQUESTED[event])
    return transition


def _permit(transition: Transition, actor: Actor, on: date) -> Permit:
    for permit in transition.permits:
        if (permit.role, permit.channel) == (actor.role, actor.channel) and permit.is_in_force(on):
            return permit
    only_outlet = {permit.channel for permit in transition.permits if permit.is_in_force(on)} == {Channel.OUTLET}
    raise RefusedError("not_at_outlet" if only_outlet else "role_not_allowed")


_REQUESTED = {
    CardEvent.WITHDRAW_LOSS_REPORT: "replacement_requested",
    CardEvent.REQUEST_REPLACEMENT: "replacement_already_requested",
}
_ENDED = {CardState.CANCELLED: "card_cancelled", CardState.REPLACED: "card_replaced"}
_WRONG_STATE = {
    CardEvent.MAKE: "card_not_ordered",
    CardEvent.ACTIVATE: "card_not_made",
    CardEvent.REPORT_LOSS: "card_not_active",
    CardEvent.WITHDRAW_LOSS_REPORT: "card_not_suspended",
    CardEvent.REQUEST_REPLACEMENT: "card_not_suspended",
    CardEvent.REPLACE: "card_not_active",
    CardEvent.CANCEL: "card_not_active",
    CardEvent.LOCK: "card_not_active",
    CardEvent.UNLOCK: "card_not_locked",
}


def _state_refusal(event: CardEvent, status: CardStatus) -> str:
    if status.state in _ENDED:
        return _ENDED[status.state]
    if event is CardEvent.REPORT_LOSS and status.state is CardState.SUSPENDED:
        return "loss_already_reported"
    if event is CardEvent.LOCK and status.locked:
        return "card_already_locked"
    return _WRONG_STATE[event]
