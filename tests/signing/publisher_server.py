"""A server on the loopback that publishes a bundle, and can be told to misbehave."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.vectors.bundles import Bundle

_MEDIA_TYPES = {"keys": "application/jose+json", "manifest": "application/jose"}


Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


@dataclass(slots=True)
class Publisher:
    """``requests`` are the paths asked for, ``headers`` those of the requests; an ``answer`` stands in for a document's own."""

    bundle: Bundle
    url: str = ""
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    before: Callable[[str], object] = str

    def documents(self) -> dict[str, bytes]:
        """What is published, by path."""
        documents = {"/trust/keys": self.bundle.keys, "/trust/manifest": self.bundle.manifest}
        for number, data in self.bundle.lists.items():
            documents[f"/trust/status/{number}/list"] = data
            documents[f"/trust/status/{number}/changes"] = self.bundle.changes[number]
        return documents


@contextmanager
def publishing(bundle: Bundle, tls: ssl.SSLContext | None = None) -> Iterator[Publisher]:
    """A server for as long as the block, which speaks TLS where it has keys for it."""
    publisher = Publisher(bundle)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.requests.append(self.path)
            publisher.headers.append(dict(self.headers.items()))
            publisher.before(self.path)
            status, headers, body = publisher.answers.get(self.path) or _answer(
                publisher, self.path, self.headers["If-None-Match"], self.headers["Range"]
            )
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    publisher.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def pouring(start: bytes, drop: bytes, *, pause: float = 0) -> Iterator[str]:
    """The address of a server that answers everybody ``start`` and then one ``drop`` after the other; without any, it hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stopped = threading.Event()
        thread = threading.Thread(target=_pour, args=(listening, start, drop, pause, stopped), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        stopped.set()
        with suppress(OSError):  # wakes a server that still waits for somebody
            socket.create_connection(listening.getsockname(), timeout=1).close()
        thread.join()


def _pour(listening: socket.socket, start: bytes, drop: bytes, pause: float, stopped: threading.Event) -> None:
    while not stopped.is_set():
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.settimeout(1)
            connection.recv(65_536)
            connection.sendall(start)
            while drop and not stopped.wait(pause):
                connection.sendall(drop)


def _answer(publisher: Publisher, path: str, known: str | None, span: str | None) -> Answer:
    document = publisher.documents().get(path)
    if document is None:
        return 404, {}, b""
    etag = f'"{hashlib.sha256(document).hexdigest()}"'
    if known == etag:
        return 304, {"ETag": etag}, b""
    headers = {"ETag": etag, "Content-Type": _MEDIA_TYPES.get(path.rsplit("/", 1)[-1], "application/octet-stream")}
    if span is None:
        return 200, headers, document
    first, last = map(int, span.removeprefix("bytes=").split("-"))
    if first >= len(document):
        return 416, {"Content-Range": f"bytes */{len(document)}"}, b""
    part = document[first : last + 1]
    return 206, {**headers, "Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(document)}"}, part
