"""A server on the loopback that publishes a bundle, and can be told to misbehave."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.vectors.bundles import Bundle

_MEDIA_TYPES = {"keys": "application/jose+json", "manifest": "application/jose", "delta": "application/octet-stream"}


@dataclass(slots=True)
class Publisher:
    """``requests`` are the paths asked for; an ``answer`` instead of the document's own is status, headers, body."""

    bundle: Bundle
    url: str = ""
    requests: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    before: Callable[[str], object] = str

    def documents(self) -> dict[str, bytes]:
        """What is published, by path."""
        documents = {"/trust/keys": self.bundle.keys, "/trust/manifest": self.bundle.manifest}
        for number, snapshot in self.bundle.snapshots.items():
            documents[f"/trust/status/{number}"] = snapshot
            documents[f"/trust/status/{number}/delta"] = self.bundle.deltas[number]
        return documents


@contextmanager
def publishing(bundle: Bundle) -> Iterator[Publisher]:
    """A server for as long as the block."""
    publisher = Publisher(bundle)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.requests.append(self.path)
            publisher.before(self.path)
            status, headers, body = publisher.answers.get(self.path) or _answer(
                publisher, self.path, self.headers["If-None-Match"]
            )
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(publisher: Publisher, path: str, known: str | None) -> tuple[int, dict[str, str], bytes]:
    document = publisher.documents().get(path)
    if document is None:
        return 404, {}, b""
    etag = f'"{hashlib.sha256(document).hexdigest()}"'
    if known == etag:
        return 304, {"ETag": etag}, b""
    media_type = _MEDIA_TYPES.get(path.rsplit("/", 1)[-1], "application/statuslist+jwt")
    return 200, {"ETag": etag, "Content-Type": media_type}, document
