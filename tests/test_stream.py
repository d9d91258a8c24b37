"""The stream process: many who only wait, some who are slow, some who are gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest

from ecard import stream
from ecard.services.news import Published
from ecard.store.database import Database
from ecard.stream import Broadcast, StreamApp

EVENT = b"event: manifest\nid: %d\n"


class Silence:
    """Bells that never ring."""

    def wait(self, _timeout: timedelta) -> set[str]:
        raise RuntimeError  # ends the feeder: these tests put the news in by hand


class Client:
    """A connection, and what was sent over it."""

    def __init__(self, **scope: Any) -> None:
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": "/trust/events",
            "headers": [],
            "query_string": b"",
            **scope,
        }
        self.status = 0
        self.sent: list[bytes] = []
        self.news = asyncio.Event()
        self.gone = asyncio.Event()
        self.is_slow = False

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        if self.is_slow:
            await asyncio.Event().wait()
        self.sent.append(message["body"])
        self.news.set()

    async def events(self, count: int) -> list[bytes]:
        """The first ``count`` events, once they are there; comments and the reconnection time do not count."""
        while len(found := [body for body in self.sent if body.startswith(b"event")]) < count:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 5)
        return found

    def connect(self, app: StreamApp) -> asyncio.Task[None]:
        """Be served."""
        return asyncio.create_task(app(self.scope, self.receive, self.send))


def publication(version: int) -> Published:
    """A publication with as many changes as its number."""
    return Published(version, b"manifest", {7: b"\0\0\0\7" * version})


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> StreamApp:
    return StreamApp(Database(f"sqlite:///{tmp_path}/none.db"), Silence())  # type: ignore[arg-type]


def runs(test: Callable[[StreamApp], Coroutine[Any, Any, None]]) -> Callable[[StreamApp], None]:
    """A test inside an event loop."""

    def run(app: StreamApp) -> None:
        asyncio.run(asyncio.wait_for(test(app), 20))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def broadcast_of(app: StreamApp) -> Broadcast:
    return app._started()


@runs
async def test_the_newest_is_told_on_connecting_and_each_that_follows(app: StreamApp) -> None:
    broadcast_of(app).put(publication(1))
    client = Client()
    task = client.connect(app)
    assert (await client.events(1))[0].startswith(EVENT % 1)
    broadcast_of(app).put(publication(2))
    second = (await client.events(2))[1]
    assert second.startswith(EVENT % 2)
    assert b'"changes":{"7":{"from":1,"words":"AAAABw"}}' in second
    client.gone.set()
    await task
    assert client.status == 200


@runs
async def test_who_connects_before_the_first_publication_waits_for_it(app: StreamApp) -> None:
    client = Client()
    client.connect(app)
    await asyncio.sleep(0.05)
    broadcast_of(app).put(publication(1))
    assert len(await client.events(1)) == 1


@pytest.mark.parametrize(
    ("scope", "changes"),
    [
        ({"headers": [(b"last-event-id", b"1")]}, b'{"7":{"from":1,"words":"AAAABwAAAAc"}}'),
        ({"query_string": b"since=2"}, b'{"7":{"from":2,"words":"AAAABw"}}'),
        ({"headers": [(b"last-event-id", b"2")], "query_string": b"since=1"}, b'{"7":{"from":2,"words":"AAAABw"}}'),
        ({"headers": [(b"last-event-id", b"3")]}, b"{}"),
        ({"headers": [(b"last-event-id", b"\xb2")], "query_string": b"since=-1"}, b"{}"),
        ({"query_string": b"since=" + b"9" * 5000}, b"{}"),
    ],
    ids=["header", "address", "both", "the newest", "nonsense", "endless"],
)
def test_who_says_what_it_knows_is_told_the_rest(app: StreamApp, scope: dict[str, Any], changes: bytes) -> None:
    @runs
    async def test(app: StreamApp) -> None:
        for version in (1, 2, 3):
            broadcast_of(app).put(publication(version))
        client = Client(**scope)
        client.connect(app)
        (event,) = await client.events(1)
        assert b'"changes":' + changes + b"}\n\n" in event

    test(app)


@runs
async def test_who_is_slow_is_told_the_newest_alone(app: StreamApp) -> None:
    """Nothing queues up for a listener: it comes from what it was told to what is newest."""
    client = Client()
    client.connect(app)
    broadcast_of(app).put(publication(1))
    await client.events(1)
    for version in range(2, 50):
        broadcast_of(app).put(publication(version))
    last = (await client.events(2))[1]
    assert last.startswith(EVENT % 49)
    assert b'"from":1,' in last


def test_who_takes_nothing_is_let_go(app: StreamApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_PATIENCE", 0.05)

    @runs
    async def test(app: StreamApp) -> None:
        broadcast_of(app).put(publication(1))
        client = Client()
        client.is_slow = True
        await client.connect(app)
        assert app._listeners == 0

    test(app)


def test_the_connection_is_known_to_be_alive(app: StreamApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_HEARTBEAT", 0.05)

    @runs
    async def test(app: StreamApp) -> None:
        broadcast_of(app).put(publication(1))
        client = Client()
        client.connect(app)
        await asyncio.sleep(0.3)
        assert client.sent.count(b": alive\n\n") >= 2
        assert len(await client.events(1)) == 1

    test(app)


@runs
async def test_listeners_come_and_go(app: StreamApp) -> None:
    broadcast_of(app).put(publication(1))
    clients = [Client() for _ in range(500)]
    tasks = [client.connect(app) for client in clients]
    for client in clients:
        await client.events(1)
    assert app._listeners == 500
    broadcast_of(app).put(publication(2))
    events = [(await client.events(2))[1] for client in clients]
    assert len({id(event) for event in events}) == 1, "one event is written, and shared"
    for client in clients:
        client.gone.set()
    await asyncio.gather(*tasks)
    assert app._listeners == 0


def test_too_many_are_refused(app: StreamApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_MOST_LISTENERS", 1)

    @runs
    async def test(app: StreamApp) -> None:
        broadcast_of(app).put(publication(1))
        first, second = Client(), Client()
        first.connect(app)
        await first.events(1)
        await second.connect(app)
        assert second.status == 503

    test(app)


@pytest.mark.parametrize("scope", [{"path": "/trust"}, {"method": "POST"}], ids=["path", "method"])
def test_nothing_else_is_there(app: StreamApp, scope: dict[str, str]) -> None:
    @runs
    async def test(app: StreamApp) -> None:
        client = Client(**scope)
        await client.connect(app)
        assert client.status == 404

    test(app)
