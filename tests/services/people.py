"""Parties at the services' door."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from ecard.domain.actors import Actor, Role
from ecard.domain.errors import RefusedError
from ecard.store.unit_of_work import Transaction
from tests.town import Town

T = TypeVar("T")
CITIZEN = Actor(Role.CITIZEN, "account:1")
AGENCY = Actor(Role.AGENCY_OFFICER, "staff:1")
HOTLINE = Actor(Role.PHONE_OPERATOR, "staff:2")


def clerk(town: Town, bank: str = "own") -> Actor:
    """At an outlet of that bank."""
    return Actor(Role.BANK_CLERK, "staff:3", bank_id=town.banks[bank])


def bank_operator(town: Town, bank: str = "own") -> Actor:
    """On that bank's phone."""
    return Actor(Role.PHONE_OPERATOR, "staff:4", bank_id=town.banks[bank])


def done(town: Town, work: Callable[[Transaction], T]) -> T:
    """The result of a use case in a transaction of its own."""
    with town.foundation.uow.write() as tx:
        return work(tx)


def refusal(town: Town, work: Callable[[Transaction], object]) -> RefusedError:
    """The refusal of a use case in a transaction of its own."""
    with pytest.raises(RefusedError) as refused:
        done(town, work)
    return refused.value


def refused(town: Town, work: Callable[[Transaction], object]) -> str:
    """The code of that refusal."""
    return refusal(town, work).code
