"""The town, as services see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.town import Clock, Town, build_town


@pytest.fixture
def clock() -> Clock:
    """A clock that stands."""
    return Clock()


@pytest.fixture
def town(sqlite_database_url: str, embedded_redis_url: str, keys: Path, clock: Clock) -> Iterator[Town]:
    """A town on SQLite, with an embedded Redis."""
    yield from build_town(sqlite_database_url, embedded_redis_url, keys, clock)


@pytest.fixture
def any_town(database_url: str, embedded_redis_url: str, keys: Path, clock: Clock) -> Iterator[Town]:
    """For what depends on the database: a town on SQLite, and one on PostgreSQL."""
    yield from build_town(database_url, embedded_redis_url, keys, clock)


@pytest.fixture
def listed_town(sqlite_database_url: str, redis_url: str, keys: Path, clock: Clock) -> Iterator[Town]:
    """For what depends on Redis: a town with an embedded Redis, and one with a separate server."""
    yield from build_town(sqlite_database_url, redis_url, keys, clock)
