"""A database of each kind, and units of work on it whose bells are written down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecard.store.database import Database
from ecard.store.unit_of_work import UnitOfWork
from ecard.store.vault import Vault
from tests.town import Clock

AUDIT_KEY = bytes(range(32))


@pytest.fixture
def clock() -> Clock:
    """A clock that stands."""
    return Clock()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database, on SQLite and on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def rung() -> list[set[str]]:
    """What was rung, in the order of commits."""
    return []


@pytest.fixture
def uow(database: Database, clock: Clock, rung: list[set[str]]) -> UnitOfWork:
    """Transactions on the fresh database."""
    return UnitOfWork(database, Vault(bytes(32), bytes(32)), AUDIT_KEY, clock=clock, ring=rung.append)
