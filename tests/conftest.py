"""What every test may ask for: databases, Redis servers and a browser, as real as in production.

The sources stand in `tests/provision/`, the fixtures in CONTRIBUTING.md. Servers live as long as the session (under pytest-xdist:
as long as the worker), what a test wrote into them as long as the test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import settings

from ecard.config import Settings
from ecard.keystore import KeyStore
from ecard.services.keyset import init_keys
from ecard.store import schema
from ecard.store.database import Database
from ecard.store.unit_of_work import system_clock
from tests.provision import chromium as browsers
from tests.provision import redis as redis_servers
from tests.provision.databases import (
    Migrate,
    postgres_database,
    postgres_template,
    sqlite_database,
    sqlite_template,
)
from tests.provision.postgres import postgres

settings.register_profile("shared", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("shared")


@pytest.fixture(scope="session")
def migrate() -> Migrate:
    """Brings an empty database to the newest schema, and leaves no connection open."""

    def run(url: str) -> None:
        database = Database(url)
        try:
            schema.migrate(database)
        finally:
            database.dispose()

    return run


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server's maintenance database, where databases can be created and dropped."""
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def _postgres_template(postgres_url: str, migrate: Migrate) -> Iterator[str]:
    with postgres_template(postgres_url, migrate) as name:
        yield name


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory, migrate: Migrate) -> Path:
    return sqlite_template(tmp_path_factory.mktemp("sqlite"), migrate)


@pytest.fixture
def postgres_database_url(postgres_url: str, _postgres_template: str) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    with postgres_database(postgres_url, template=_postgres_template) as url:
        yield url


@pytest.fixture
def sqlite_database_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """A fresh, migrated SQLite database."""
    return sqlite_database(tmp_path / "ecard.db", template=_sqlite_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database; the test runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(
        {"sqlite": "sqlite_database_url", "postgresql": "postgres_database_url"}[request.param]
    )
    return url


@pytest.fixture(scope="session", params=["embedded", "separate"])
def _redis_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    serve = {"embedded": redis_servers.embedded, "separate": redis_servers.separate}[request.param]
    with serve(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_url(_redis_server: str) -> str:
    """An empty Redis; the test runs once on the embedded and once on a separate server, both of the tests' own."""
    with redis.Redis.from_url(_redis_server) as client:
        client.flushall()
    return _redis_server


@pytest.fixture(scope="session")
def _embedded_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_servers.embedded(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def embedded_redis_url(_embedded_redis: str) -> str:
    """An empty embedded Redis, for tests that are about something else."""
    with redis.Redis.from_url(_embedded_redis) as client:
        client.flushall()
    return _embedded_redis


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all keys of an issuer."""
    folder = tmp_path_factory.mktemp("keys")
    init_keys(KeyStore(folder, folder / "passphrase"), Settings.model_fields["issuer"].default, system_clock())
    return folder


@pytest.fixture
def quick_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase is slow to try on purpose; a test of many ceremonies need not wait for it at each key."""

    def derive(store: KeyStore, salt: bytes) -> bytes:
        return hashlib.sha256(salt + store._passphrase()).digest()

    monkeypatch.setattr(KeyStore, "_derive", derive)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's program; start it with the arguments `tests.provision.chromium.QUIET`."""
    return browsers.find_chromium()
