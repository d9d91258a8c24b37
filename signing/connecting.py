"""Opens HTTP addresses of a server that may be slow, wrong or hostile: one scheme only, every wait bounded.

The library's own time-out bounds the silence between two bytes, so that a server which drips could hold a verifier for ever, in the head of
an answer too; here every read is bounded by what is left of the whole as well.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from typing import IO, Any
from urllib.parse import urlsplit

from signing.errors import SyncError

_SCHEMES = ("http", "https")

Patience = Callable[[], float]
"""How long the next read may wait, in seconds; nothing or less: not at all."""


class Connector:
    """Opens addresses below ``base_url``, following redirects within its scheme.

    Args:
        base_url: ``http`` or ``https``; a slash at its end is ignored.
        timeout: how long connecting may take, in seconds.
        patience: how long each read of an answer may wait.

    Raises:
        SyncError: ``refused`` – an address of another scheme.
    """

    def __init__(self, base_url: str, *, timeout: float, patience: Patience) -> None:
        scheme = _scheme_of(base_url)
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._opener = _opener(scheme, patience)

    def open(self, path: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """The answer to a GET of ``path``, whatever its status.

        Raises:
            SyncError: ``unreachable``; ``refused`` – redirected to another scheme; ``unexpected`` – redirected to nowhere.
        """
        request = urllib.request.Request(self._base_url + path, headers=dict(headers))  # noqa: S310 (see `_scheme_of`)
        try:
            answer: http.client.HTTPResponse = self._opener.open(request, timeout=self._timeout)
        except urllib.error.HTTPError as error:
            error.close()
            raise SyncError("unexpected", f"{request.full_url} answered {error.code}") from error
        except (
            OSError,
            http.client.HTTPException,
            ValueError,
        ) as error:  # ValueError: a redirect to what is no address
            raise SyncError("unreachable", f"{request.full_url}: {error}") from error
        return answer


class _BoundedReads(io.RawIOBase):
    """The bytes of a socket, each read within ``patience``."""

    def __init__(self, sock: socket.socket, patience: Patience) -> None:
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)
        self._patience = patience

    def fileno(self) -> int:
        return self._file.fileno()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._patience()
        if left <= 0:
            raise TimeoutError("the server is too slow")
        self._sock.settimeout(left)
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer that is read through `_BoundedReads`."""

    def __init__(self, sock: socket.socket, *arguments: Any, patience: Patience, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_BoundedReads(sock, patience))


class _Handler(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Opens connections of both schemes whose answers are bounded."""

    def __init__(self, patience: Patience) -> None:
        urllib.request.HTTPSHandler.__init__(self)
        self._patience = patience

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(self._connect, http.client.HTTPConnection), req)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(self._connect, http.client.HTTPSConnection), req)

    def _connect(self, kind: type[http.client.HTTPConnection], host: str, **options: Any) -> http.client.HTTPConnection:
        connection = kind(host, **options)
        connection.response_class = partial(_Response, patience=self._patience)  # type: ignore[assignment]
        return connection


class _AnyStatus(urllib.request.HTTPErrorProcessor):
    """Follows redirects and leaves every other answer to the caller."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        if response.code in {301, 302, 303, 307, 308}:
            return super().http_response(request, response)
        return response

    https_response = http_response


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


def within(timeout: float, whole: float) -> Patience:
    """Waits of ``timeout`` seconds each, all of them ending ``whole`` seconds from now."""
    deadline = time.monotonic() + whole
    return lambda: min(timeout, deadline - time.monotonic())


def _scheme_of(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.netloc:
        raise SyncError("refused", f"'{url}' is no http or https address")
    return parts.scheme


def _opener(scheme: str, patience: Patience) -> urllib.request.OpenerDirector:
    """An opener that knows no other scheme: the library's own would open files."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        _Handler(patience),
        urllib.request.HTTPDefaultErrorHandler(),
        _AnyStatus(),
        _SameScheme(scheme),
    ):
        opener.add_handler(handler)
    return opener
