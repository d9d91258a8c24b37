"""A load generator: a few kept-alive connections, each sending its next request as soon as it was answered.

It speaks just enough HTTP/1.1 to leave the processor to the server that it measures.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
from collections.abc import Iterator, Sequence
from itertools import cycle
from time import perf_counter

from tests.provision.redis import LOOPBACK

CONNECTIONS = 8
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATIENCE = 10.0  # seconds without any answer, after which the server counts as stuck


def post(path: str, body: object, headers: dict[str, str] | None = None) -> bytes:
    """A POST request as it goes over the wire."""
    content = json.dumps(body).encode()
    fields = {"Host": LOOPBACK, "Content-Type": "application/json", "Content-Length": str(len(content))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in (fields | (headers or {})).items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def rate(port: int, requests: Sequence[bytes], *, status: int, seconds: float) -> float:
    """Answers a second of the server at ``port``, asked ``requests`` in turns for ``seconds``.

    Raises:
        AssertionError: another answer than ``status``, or none for ten seconds.
    """
    expected = f"HTTP/1.1 {status} ".encode()
    upcoming = cycle(requests)
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            connection = socket.create_connection((LOOPBACK, port), timeout=_PATIENCE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ)
            connection.sendall(next(upcoming))
        count, start = 0, perf_counter()
        while perf_counter() - start < seconds:
            for connection in _answering(selector):
                answer = _receive(connection)
                assert answer.startswith(expected), answer.decode(errors="replace")
                connection.sendall(next(upcoming))
                count += 1
        elapsed = perf_counter() - start
        for key in list(selector.get_map().values()):
            _socket(key).close()
    return count / elapsed


def _answering(selector: selectors.BaseSelector) -> Iterator[socket.socket]:
    ready = selector.select(_PATIENCE)
    assert ready, "the server is stuck"
    return (_socket(key) for key, _ in ready)


def _socket(key: selectors.SelectorKey) -> socket.socket:
    assert isinstance(key.fileobj, socket.socket)
    return key.fileobj


def _receive(connection: socket.socket) -> bytes:
    answer = connection.recv(65536)
    while (missing := _missing(answer)) > 0:
        more = connection.recv(missing)
        assert more, "the server hung up"
        answer += more
    return answer


def _missing(answer: bytes) -> int:
    """How many bytes of an answer have not come yet; 1 where its head is not complete."""
    head = answer.find(b"\r\n\r\n")
    if head < 0:
        return 1
    length = _LENGTH.search(answer, 0, head + 4)
    return head + 4 + int(length[1] if length else 0) - len(answer)
