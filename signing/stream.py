"""Hears of every new manifest at once, over Server-Sent Events (docs/token-format.md §2.6).

`open_stream` connects and yields events; `follow_event` lays one over a bundle. Nothing that arrives is believed for where it came
from, a line and an event are bounded, and a server that is silent for longer than its heartbeat allows, or lives and has no news, is
given up: who listens to it would hold an old list and ask nobody else.
"""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from signing import base64url, strict_json
from signing.connecting import Connector
from signing.documents import check_size
from signing.errors import MalformedError, SyncError, TrustError
from signing.manifest import Manifest, check_shards
from signing.statuslist import CHANGE_BYTES, Shard
from signing.trust import TrustBundle

PATH = "/trust/events"
MEDIA_TYPE = "text/event-stream"
TIMEOUT = 10.0
"""How long connecting may take, in seconds."""
SILENCE = 45.0
"""How long a server may go without a whole line, in seconds: three of its heartbeats."""
NEWS = 90.0
"""How long a server may go without a manifest, of which each minute brings one, in seconds."""
MAX_EVENT = 2**20
"""The most bytes of an event."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of one shard from number ``first`` (0 for its beginning) on, in the writing of §2.4."""

    first: int
    words: bytes = field(repr=False)

    def since(self, number: int) -> bytes | None:
        """Those from ``number`` on; None where they do not reach back so far."""
        return self.words[CHANGE_BYTES * (number - self.first) :] if number >= self.first else None


@dataclass(frozen=True, slots=True)
class TrustEvent:
    """A manifest as published, and changes that may lead to its lists, by shard."""

    manifest: bytes = field(repr=False)
    changes: Mapping[int, Changes]

    @classmethod
    def parse(cls, data: bytes) -> TrustEvent:
        """Reads the ``data`` of an event.

        Raises:
            MalformedError: not of that form.
        """
        members = strict_json.parse_object(data)
        shards = strict_json.nested(members, "changes")
        check_shards(shards)
        manifest = strict_json.text(members, "manifest").encode("utf-8", "surrogatepass")
        check_size(manifest, "manifest")
        return cls(manifest, {int(name): _parse_changes(strict_json.nested(shards, name)) for name in shards})


def follow_event(bundle: TrustBundle, event: TrustEvent, now: int) -> TrustBundle | None:
    """``bundle`` after ``event``; None where it needs something that only `signing.sync` brings: a key set, a list, changes missed.

    Args:
        bundle: what is held, complete.
        event: what was heard.
        now: seconds since 1970.

    Raises:
        TrustError: the event was refused; what is held stays.
    """
    if Manifest.parse_unverified(event.manifest).keys_sha256 != bundle.keys.sha256:
        return None
    newer = TrustBundle.accept(bundle.root, keys=bundle.keys.data, manifest=event.manifest, held=bundle, now=now)
    for number in newer.missing_lists():
        laid = _lay_over(newer, number, bundle.shards.get(number), event.changes.get(number))
        if laid is None:
            return None
        newer = laid
    return newer


class TrustStream:
    """The events of one connection, in order; ends with `SyncError` ``unreachable`` unless it was closed here."""

    def __init__(self, answer: http.client.HTTPResponse, silence: _Silence, news: float = NEWS) -> None:
        self._answer = answer
        self._silence = silence
        self._news = news
        self._connection = socket.socket(fileno=socket.dup(answer.fileno()))
        self._told, self._is_closed = 0.0, False

    def __iter__(self) -> Iterator[TrustEvent]:
        """Waits for each event.

        Raises:
            SyncError: ``unreachable`` – the connection ended or fell silent; ``too_large``; ``unexpected`` – not an event of this kind.
        """
        try:
            for name, data in self._events():
                if name == b"manifest":
                    yield TrustEvent.parse(data)
                    self._told = time.monotonic()
        except MalformedError as error:
            raise SyncError("unexpected", f"an event that is none: {error}") from error
        finally:
            self._answer.close()
        if not self._is_closed:
            raise SyncError("unreachable", "the stream ended")

    def close(self) -> None:
        """Ends the stream; another thread that waits for an event is let go."""
        self._is_closed = True
        with self._connection, suppress(OSError):  # it may have ended already
            self._connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _events(self) -> Iterator[tuple[bytes, bytes]]:
        """Name and data of each event (HTML Living Standard §9.2.6); retry, id and comments only show that the server lives."""
        name, data, size = b"message", list[bytes](), 0
        self._told = time.monotonic()
        for line in self._lines():
            if time.monotonic() - self._told > self._news:
                raise SyncError("unreachable", f"the stream lives, and has had no manifest for {self._news:g} s")
            if line.startswith(b":"):
                continue
            size += len(line)
            if size > MAX_EVENT:
                raise SyncError("too_large", f"an event of more than {MAX_EVENT} bytes")
            field_name, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if not line:
                if data:
                    yield name, b"\n".join(data)
                name, data, size = b"message", [], 0
            elif field_name == b"event":
                name = value
            elif field_name == b"data":
                data.append(value)

    def _lines(self) -> Iterator[bytes]:
        """Whole lines, without their ends."""
        rest = bytearray()
        while chunk := self._read():
            rest += chunk
            if b"\n" in chunk:
                self._silence.heard()
                *lines, rest = rest.split(b"\n")
                yield from (bytes(line.removesuffix(b"\r")) for line in lines)
            if len(rest) > MAX_EVENT:
                raise SyncError("too_large", f"a line of more than {MAX_EVENT} bytes")

    def _read(self) -> bytes:
        try:
            return self._answer.read1(2**16)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if self._is_closed:
                return b""
            raise SyncError("unreachable", f"{PATH}: {error}") from error


def open_stream(
    from_url: str,
    *,
    since: int | None = None,
    timeout: float = TIMEOUT,
    silence: float = SILENCE,
    news: float = NEWS,
) -> TrustStream:
    """Connects to the stream of ``from_url``; follows a redirect within its scheme.

    Args:
        from_url: the server's address, ``http`` or ``https``.
        since: the version of the manifest that is held, so that the first event brings the changes since.
        timeout: how long connecting may take, in seconds.
        silence: how long the server may go without a whole line, in seconds.
        news: how long it may go without a manifest, in seconds.

    Raises:
        SyncError: ``unreachable``; ``refused`` – another scheme; ``unexpected`` – another status or media type.
    """
    patience = _Silence(timeout)
    connector = Connector(from_url, timeout=timeout, patience=patience)
    headers = {"Accept": MEDIA_TYPE, "Accept-Encoding": "identity"}
    if since is not None:
        headers["Last-Event-ID"] = str(since)
    answer = connector.open(PATH, headers)
    if answer.status != http.client.OK or answer.headers.get_content_type() != MEDIA_TYPE:
        answer.close()
        raise SyncError("unexpected", f"{PATH} answered {answer.status}, {answer.headers.get_content_type()}")
    patience.allowed = silence
    patience.heard()
    return TrustStream(answer, patience, news)


class _Silence:
    """How much longer a server may go without a whole line: bytes that drip are no sign of life."""

    def __init__(self, allowed: float) -> None:
        self.allowed = allowed
        self.heard()

    def heard(self) -> None:
        """Something whole has come."""
        self._since = time.monotonic()

    def __call__(self) -> float:
        return self._since + self.allowed - time.monotonic()


def _lay_over(newer: TrustBundle, number: int, older: Shard | None, changes: Changes | None) -> TrustBundle | None:
    words = changes.since(older.changes if older else 0) if changes else None
    if words is None:
        return None
    try:
        return newer.with_changes(number, older, words)
    except TrustError as error:
        if error.code == "list_mismatch":
            return None
        raise


def _parse_changes(members: strict_json.Object) -> Changes:
    words = base64url.decode(strict_json.text(members, "words"))
    if len(words) % CHANGE_BYTES:
        raise MalformedError("a change has four bytes")
    return Changes(strict_json.integer(members, "from"), words)
