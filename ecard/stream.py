"""The stream process: `/trust/events` for many idle verifiers at once (token format, 2.6).

A bare ASGI application, because a stream would hold a thread of a WSGI server. One thread waits for the bell and reads the newest
publication; every connection gets from memory what it has not been told yet.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy.exc import SQLAlchemyError

from ecard.app import configure_logging
from ecard.config import Settings
from ecard.services.news import News, Published, read_published
from ecard.services.trouble import Trouble
from ecard.store.database import Database, DatabaseBusyError
from ecard.store.redis_link import Bells, connect
from ecard.store.schema import check_deployment

_HEARTBEAT = 15.0
_PATIENCE = 30.0  # seconds until a listener that takes nothing is let go
_VERSION = re.compile(r"[0-9]{1,16}")
_POLL = timedelta(seconds=1)
_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"access-control-allow-origin", b"*"),
    (b"x-accel-buffering", b"no"),
]
_MOST_LISTENERS = 20_000

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Broadcast:
    """The news, and everybody who waits for them. All of it happens in one event loop."""

    def __init__(self) -> None:
        self._news = News()
        self._changed = asyncio.Event()

    @property
    def version(self) -> int | None:
        """The version of the newest manifest."""
        return self._news.version

    def put(self, published: Published) -> None:
        """Wake all listeners, unless they were told already."""
        if published.version == self.version:
            return
        self._news.put(published)
        self._changed.set()
        self._changed = asyncio.Event()

    async def next(self, told: int | None, since: int | None) -> tuple[int | None, bytes]:
        """The version told and the bytes to send to somebody who was told ``told`` on this connection, and knows ``since``.

        Somebody who has missed several is told the newest alone: a slow listener costs one event, not a queue of them.
        """
        changed = self._changed
        if self.version is None or self.version == told:
            try:
                await asyncio.wait_for(changed.wait(), _HEARTBEAT)
            except TimeoutError:
                return told, b": alive\n\n"
        return self.version, self._news.since(since) or b": waiting\n\n"


class StreamApp:
    """The ASGI application. It opens no key and no secret: what it hands on is public."""

    def __init__(self, database: Database, bells: Bells) -> None:
        self._database = database
        self._bells = bells
        self._listeners = 0
        self._broadcast: Broadcast | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        broadcast = self._started()
        if scope["path"] == "/healthz":
            await _plain(send, 200, b"ok")
        elif scope["path"] != "/trust/events" or scope["method"] != "GET":
            await _plain(send, 404, b"not found")
        elif self._listeners >= _MOST_LISTENERS:
            await _plain(send, 503, b"too many listeners")
        else:
            await self._listen(broadcast, scope, receive, send)

    async def _listen(self, broadcast: Broadcast, scope: Scope, receive: Receive, send: Send) -> None:
        self._listeners += 1
        gone = asyncio.ensure_future(_until_gone(receive))
        told, since = None, _version_known(scope)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await _write(send, b"retry: 2000\n\n")
            while not gone.done():
                waiting = asyncio.ensure_future(broadcast.next(told, since))
                await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    waiting.cancel()
                    break
                told, event = waiting.result()
                since = told if told is not None else since
                await _write(send, event)
        except OSError:
            return  # the client went away while we wrote, or reads nothing any more (TimeoutError is one too)
        finally:
            gone.cancel()
            self._listeners -= 1

    def _started(self) -> Broadcast:
        """The broadcast of this event loop; its feeder thread starts with the first request."""
        if self._broadcast is None:
            self._broadcast = Broadcast()
            Thread(
                target=self._feed, args=(self._broadcast, asyncio.get_running_loop()), name="ecard-feed", daemon=True
            ).start()
        return self._broadcast

    def _feed(self, broadcast: Broadcast, loop: asyncio.AbstractEventLoop) -> None:
        asked = 0.0
        trouble = Trouble("feed_failed", consequence="listeners hear nothing new")
        while not loop.is_closed():
            try:
                due = time.monotonic() - asked >= _POLL.total_seconds()
                if due or "published" in self._bells.wait(_POLL):
                    asked = time.monotonic()
                    newest = read_published(self._database, broadcast.version)
                    trouble.over()
                    if newest is not None:
                        loop.call_soon_threadsafe(broadcast.put, newest)
            except (DatabaseBusyError, SQLAlchemyError) as error:
                trouble.met(error)
                time.sleep(_POLL.total_seconds())
            except RuntimeError:
                return  # the loop closed between two looks


def create_stream() -> StreamApp:
    """For the server's factory mode."""
    settings = Settings()  # type: ignore[call-arg]
    configure_logging(settings.log_level)
    database = Database(settings.sqlalchemy_url)
    check_deployment(database, settings.mode.value)
    return StreamApp(database, Bells(connect(settings.redis_url)))


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _version_known(scope: Scope) -> int | None:
    """What the client says that it knows. The header is newer than the address, which a browser repeats when it connects again."""
    header = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1")
    query = parse_qs(scope["query_string"].decode("latin-1")).get("since", [""])[0]
    return next((int(text) for text in (header, query) if _VERSION.fullmatch(text)), None)


async def _write(send: Send, data: bytes) -> None:
    """Raises TimeoutError where the client takes nothing any more."""
    await asyncio.wait_for(send({"type": "http.response.body", "body": data, "more_body": True}), _PATIENCE)


async def _plain(send: Send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})
