"""Fetches documents over HTTP from a server that may be slow, wrong or hostile: bounded in time and size, one scheme only."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from typing import IO, NamedTuple
from urllib.parse import urlsplit

from signing.errors import SyncError

_SCHEMES = ("http", "https")
_CHUNK = 64 * 1024
_DEADLINE_FACTOR = 6


class Fetched(NamedTuple):
    """The body of an answer and its entity tag, if it has one."""

    body: bytes
    etag: str | None


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
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._deadline = time.monotonic() + _DEADLINE_FACTOR * timeout
        self._max_bytes = max_bytes
        self._opener = _opener(_scheme_of(base_url))
        self.downloaded = 0

    def get(self, path: str, *, media_type: str, most: int, etag: str | None = None) -> Fetched | None:
        """The document at ``path``; None where it still has ``etag``.

        Raises:
            SyncError: ``unreachable``; ``refused`` – redirected to another scheme; ``too_large`` – more than ``most`` bytes, or than
                all may have; ``unexpected`` – another status or media type.
        """
        headers = {"Accept": media_type, "Accept-Encoding": "identity"}
        request = urllib.request.Request(self._base_url + path, headers=headers)  # noqa: S310 (see `_scheme_of`)
        if etag is not None:
            request.add_header("If-None-Match", etag)
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                _check_media_type(response.headers.get_content_type(), media_type)
                return Fetched(self._read(response, most), response.headers.get("ETag"))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == http.client.NOT_MODIFIED:
                return None
            raise SyncError("unexpected", f"{request.full_url} answered {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            raise SyncError("unreachable", f"{request.full_url}: {error}") from error

    def _read(self, response: http.client.HTTPResponse, most: int) -> bytes:
        most = min(most, self._max_bytes - self.downloaded)
        length = response.length  # None where the server does not tell
        body = bytearray()
        while length is None or len(body) < length:
            chunk = response.read1(
                _CHUNK
            )  # what there is: a plain read would wait for all of it, however slowly it drips
            if not chunk:
                break
            body += chunk
            if len(body) > most:
                raise SyncError("too_large", f"more than {most} bytes")
            if time.monotonic() > self._deadline:
                raise SyncError("unreachable", "the server is too slow")
        if length is not None and len(body) < length:
            raise SyncError("unreachable", "the answer was cut short")
        self.downloaded += len(body)
        return bytes(body)


class _SameScheme(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from one scheme to another."""

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme

    def redirect_request(  # noqa: PLR0917 (the library's signature)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != self._scheme:
            raise SyncError("refused", f"redirected to {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _scheme_of(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.netloc:
        raise SyncError("refused", f"'{url}' is no http or https address")
    return parts.scheme


def _opener(scheme: str) -> urllib.request.OpenerDirector:
    """An opener that knows no other scheme: the library's own would open files."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _SameScheme(scheme),
    ):
        opener.add_handler(handler)
    return opener


def _check_media_type(found: str, wanted: str) -> None:
    if found != wanted:
        raise SyncError("unexpected", f"{found} where {wanted} was expected; a captive portal perhaps")
