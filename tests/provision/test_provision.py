"""The provision itself: what one test leaves, no other finds; and a PostgreSQL of our own comes up for every user."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
from sqlalchemy import NullPool, create_engine, text

from tests.provision import chromium as browsers
from tests.provision import postgres as servers
from tests.provision.missing import Missing


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_has_an_empty_database(database_url: str, time: str) -> None:
    with create_engine(database_url, poolclass=NullPool).begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (id INTEGER)"))


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_has_an_empty_redis(redis_url: str, time: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_the_browser_is_there(chromium: Path) -> None:
    assert chromium.exists()


@pytest.mark.parametrize("programs", ["found", "shipped"])
def test_a_postgresql_of_our_own_comes_up(programs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ECARD_TEST_POSTGRES_URL", raising=False)
    monkeypatch.setattr(servers, "_answering_here", lambda: None)
    if programs == "shipped":
        monkeypatch.setattr(servers, "_installed_programs", list)
    with servers.postgres() as url, create_engine(url, poolclass=NullPool).connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_missing_browser_is_named_with_its_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browsers, "_ON_A_MAC", str(tmp_path / "absent"))
    with pytest.raises(Missing, match="apt-get install chromium"):
        browsers.find_chromium()
