"""The town, on SQLite and on PostgreSQL, with every answer held against the contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.town import Clock, Town, build_town
from tests.web.ledger import held


@pytest.fixture
def clock() -> Clock:
    """A clock that stands."""
    return Clock()


@pytest.fixture
def town(database_url: str, embedded_redis_url: str, keys: Path, clock: Clock) -> Iterator[Town]:
    """A town on SQLite and on PostgreSQL, with an embedded Redis."""
    yield from held(build_town(database_url, embedded_redis_url, keys, clock))


@pytest.fixture
def small_town(sqlite_database_url: str, embedded_redis_url: str, keys: Path, clock: Clock) -> Iterator[Town]:
    """For what does not depend on the database: a town on SQLite."""
    yield from held(build_town(sqlite_database_url, embedded_redis_url, keys, clock))
