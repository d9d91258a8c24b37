"""The stream process: `/trust/events` for many idle verifiers at once (token format, 2.6).

A bare ASGI application, because a stream would hold a thread of a WSGI server. One thread waits for the bell and reads the newest
publication; every connection gets it from memory.
"""

from __future__ import annotations

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from threading import Thread
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ecard.app import configure_logging
from ecard.config import Settings
from ecard.services.publish import MANIFEST
from ecard.services.trouble import Trouble
from ecard.store.database import Database, DatabaseBusyError
from ecard.store.models import Publication
from ecard.store.redis_link import Bells, connect
from ecard.store.schema import check_deployment

_HEARTBEAT = 15.0
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


def newest_event(database: Database) -> tuple[int, bytes] | None:
    """The manifest with its deltas as one server-sent event, and its version; read by one statement, so that they belong together."""
    with database.read() as db:
        rows = {
            row.name: row
            for row in db.scalars(select(Publication).where(Publication.media_type != "application/statuslist+jwt"))
        }
    manifest = rows.get(MANIFEST)
    if manifest is None:
        return None
    deltas = {
        name.split("/")[1]: urlsafe_b64encode(row.body).rstrip(b"=").decode()
        for name, row in rows.items()
        if name.endswith("/delta")
    }
    data = json.dumps({"manifest": manifest.body.decode(), "deltas": deltas}, separators=(",", ":"))
    return manifest.version, f"event: manifest\nid: {manifest.version}\ndata: {data}\n\n".encode()


class Broadcast:
    """The newest event, and everybody who waits for the next one."""

    def __init__(self) -> None:
        self.version = 0
        self.event: bytes | None = None
        self._changed = asyncio.Event()

    def put(self, version: int, event: bytes) -> None:
        """Called in the event loop: wake all listeners."""
        if version == self.version:
            return
        self.version, self.event = version, event
        self._changed.set()
        self._changed = asyncio.Event()

    async def next(self, version: int) -> tuple[int, bytes]:
        """The newest event once its version differs from ``version``; a heartbeat comment if that takes long."""
        changed = self._changed
        if self.event is None or self.version == version:
            try:
                await asyncio.wait_for(changed.wait(), _HEARTBEAT)
            except TimeoutError:
                return version, b": alive\n\n"
        return self.version, self.event or b": waiting\n\n"


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
            await self._listen(broadcast, receive, send)

    async def _listen(self, broadcast: Broadcast, receive: Receive, send: Send) -> None:
        self._listeners += 1
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
            version = -1
            while not gone.done():
                waiting = asyncio.ensure_future(broadcast.next(version))
                await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    waiting.cancel()
                    break
                version, event = waiting.result()
                await send({"type": "http.response.body", "body": event, "more_body": True})
        except OSError:
            return  # the client went away while we wrote
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
                    newest = newest_event(self._database)
                    trouble.over()
                    if newest is not None:
                        loop.call_soon_threadsafe(broadcast.put, *newest)
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


async def _plain(send: Send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})
