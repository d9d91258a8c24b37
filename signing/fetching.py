"""Fetches documents over HTTP from a server that may be slow, wrong or hostile: bounded, and nothing but what was asked for."""

from __future__ import annotations

import http.client
import time
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

from signing.connecting import Connector, within
from signing.errors import SyncError

_CHUNK = 64 * 1024
_DEADLINE_FACTOR = 6
_OK, _PARTIAL, _NOT_MODIFIED = 200, 206, 304


class Fetched(NamedTuple):
    """The body of an answer and its entity tag, if it has one."""

    body: bytes
    etag: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document. ``most``: how many bytes it may have."""

    path: str
    media_type: str
    most: int


class Fetcher:
    """Gets documents below one address.

    Args:
        base_url: ``http`` or ``https``; a slash at its end is ignored.
        timeout: how long the server may stay silent, in seconds; all requests together may take six times that.
        max_bytes: how much all answers together may hold.

    Raises:
        SyncError: ``refused`` – an address of another scheme.
    """

    def __init__(self, base_url: str, *, timeout: float, max_bytes: int) -> None:
        whole = _DEADLINE_FACTOR * timeout
        self._deadline = time.monotonic() + whole
        self._connector = Connector(base_url, timeout=timeout, patience=within(timeout, whole))
        self._max_bytes = max_bytes
        self.downloaded = 0

    def get(self, wanted: Wanted) -> Fetched:
        """The document.

        Raises:
            SyncError: ``unreachable``; ``refused`` – redirected to another scheme; ``too_large`` – more bytes than it may have, or than
                all may have; ``unexpected`` – another status or media type, or compressed.
        """
        with closing(self._open(wanted, {})) as answer:
            return self._document(answer, wanted)

    def get_unless(self, wanted: Wanted, etag: str) -> Fetched | None:
        """The document; None where it still has ``etag``.

        Raises:
            SyncError: as `get`.
        """
        with closing(self._open(wanted, {"If-None-Match": etag})) as answer:
            return None if answer.status == _NOT_MODIFIED else self._document(answer, wanted)

    def get_range(self, wanted: Wanted, first: int, last: int) -> bytes:
        """The bytes ``first`` … ``last`` of the document (RFC 9110 §14), from a server that knows ranges or cuts nothing.

        Raises:
            SyncError: as `get`; ``unexpected`` also for another range, or a document that has not so many bytes.
        """
        with closing(self._open(wanted, {"Range": f"bytes={first}-{last}"})) as answer:
            if answer.status == _OK:
                body = self._document(answer, wanted).body[first : last + 1]
            else:
                _check_status(answer, wanted, _PARTIAL)
                _check_range(answer, first, last)
                body = self._read(answer, Wanted(wanted.path, wanted.media_type, last - first + 1))
        if len(body) != last - first + 1:
            raise SyncError("unexpected", f"{wanted.path} has not the bytes {first} to {last}")
        return body

    def _open(self, wanted: Wanted, headers: dict[str, str]) -> http.client.HTTPResponse:
        self._check_deadline()
        return self._connector.open(
            wanted.path, {"Accept": wanted.media_type, "Accept-Encoding": "identity", **headers}
        )

    def _document(self, answer: http.client.HTTPResponse, wanted: Wanted) -> Fetched:
        _check_status(answer, wanted, _OK)
        return Fetched(self._read(answer, wanted), answer.headers.get("ETag"))

    def _read(self, answer: http.client.HTTPResponse, wanted: Wanted) -> bytes:
        most = min(wanted.most, self._max_bytes - self.downloaded)
        length = answer.length  # None where the server does not tell
        if length is not None and length > most:
            raise SyncError("too_large", f"{wanted.path}: more than {most} bytes")
        body = bytearray()
        while (length is None or len(body) < length) and (chunk := self._read_chunk(answer, wanted)):
            body += chunk
            if len(body) > most:
                raise SyncError("too_large", f"{wanted.path}: more than {most} bytes")
        if length is not None and len(body) < length:
            raise SyncError("unreachable", f"{wanted.path}: the answer was cut short")
        self.downloaded += len(body)
        return bytes(body)

    def _read_chunk(self, answer: http.client.HTTPResponse, wanted: Wanted) -> bytes:
        """What there is: a plain read would wait for all of it, however slowly it drips."""
        self._check_deadline()
        try:
            return answer.read1(_CHUNK)
        except (
            OSError,
            http.client.HTTPException,
            ValueError,
        ) as error:  # ValueError: a chunk whose length is no number
            raise SyncError("unreachable", f"{wanted.path}: {error}") from error

    def _check_deadline(self) -> None:
        if time.monotonic() > self._deadline:
            raise SyncError("unreachable", "the server is too slow")


def _check_status(answer: http.client.HTTPResponse, wanted: Wanted, status: int) -> None:
    if answer.status != status:
        raise SyncError("unexpected", f"{wanted.path} answered {answer.status}")
    found = answer.headers.get_content_type()
    if found != wanted.media_type:
        raise SyncError("unexpected", f"{found} where {wanted.media_type} was expected; a captive portal perhaps")
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if coding != "identity":
        raise SyncError("unexpected", f"{wanted.path} came in the coding {coding}, which was not asked for")


def _check_range(answer: http.client.HTTPResponse, first: int, last: int) -> None:
    span, _, _ = answer.headers.get("Content-Range", "").partition("/")
    if span.split() != ["bytes", f"{first}-{last}"]:
        raise SyncError("unexpected", f"the range {span!r} where bytes {first}-{last} were asked for")
