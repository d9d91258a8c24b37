"""The localhost bridge: a hospital's own program posts what its scanner read, and gets the verdict.

What listens on this machine can be reached by every page in its browser. So a request must name this machine in ``Host`` (against DNS
rebinding), and one that a page sent is refused unless the site named the page's origin. Bodies, headers, times and connections are bounded.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from threading import BoundedSemaphore, Event
from time import monotonic
from typing import Any, NamedTuple

from signing import strict_json
from signing.errors import MalformedError
from signing.gate.addresses import Address
from signing.gate.desk import Answer
from signing.gate.output import Members

MAX_BODY = 64 * 1024
MAX_CONNECTIONS = 32

_SILENT_SECONDS = 5.0
_WHOLE_SECONDS = 15.0
_LOOK = 0.25
_TEXT, _JSON = "text/plain", "application/json"
_METRICS = "text/plain; version=0.0.4; charset=utf-8"
_NO_PAGE = frozenset({None, "none", "same-origin"})
_PREFLIGHT = {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Content-Type"}


class Services(NamedTuple):
    """What the bridge answers with.

    ``judge`` takes the text, this bridge's name, and the challenge answered, where one is named; ``reveal`` writes an answer with what it
    tells of the person.
    """

    judge: Callable[[str, str, int | None], Answer]
    reveal: Members
    challenge: Callable[[], int | None]
    health: Callable[[], tuple[bool, Mapping[str, object]]]
    metrics: Callable[[], str]


class HttpBridge:
    """Listens until the process stops. The socket is bound at once, so that a port that is taken is a fault at the start.

    Args:
        address: where to listen.
        services: what answers.
        origins: pages that may ask, as ``https://his.example``.
        hosts: further values of ``Host``, for a bridge that other machines reach.
        reveals_to_all: whether other machines, too, may ask who the holder is: what they are told passes the network in clear.
    """

    def __init__(
        self,
        address: Address,
        services: Services,
        *,
        origins: frozenset[str],
        hosts: frozenset[str] = frozenset(),
        reveals_to_all: bool = False,
    ) -> None:
        self._server = _Server(address, services, origins)
        self._server.reveals = address.is_loopback or reveals_to_all
        self.address = Address(address.host, self._server.server_address[1])
        port = self.address.port
        self._server.hosts = hosts | {str(self.address), f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"}
        self.name = self._server.name = f"http:{self.address}"
        self.is_up = True

    def run(self, stop: Event) -> None:
        """Serves until ``stop`` is set."""
        self._server.timeout = _LOOK
        try:
            while not stop.is_set():
                self._server.handle_request()
                self._server.cut_slow()
        finally:
            self.is_up = False
            self._server.server_close()


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 16
    hosts: frozenset[str] = frozenset()
    reveals = False
    name = ""

    def __init__(self, address: Address, services: Services, origins: frozenset[str]) -> None:
        self.address_family = address.family
        self.begun: dict[socket.socket, float] = {}
        self.services, self.origins = services, origins
        self._places = BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__((address.host, address.port), _Handler)

    def server_bind(self) -> None:
        """Binds, without the look-up of this machine's name that the library would do, which may take seconds without a network.

        Connections that this side closed last, as it does with every caller refused, keep the port for a minute from whoever does not
        ask to share it with them: a page could keep a gate from starting again. On Windows the same option would let others in.
        """
        if os.name != "nt":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Gives the request a thread of its own, or hangs up where all are taken."""
        if self._places.acquire(timeout=_LOOK):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def cut_slow(self) -> None:
        """Hangs up on who takes longer over a request than any honest caller, a byte at a time perhaps."""
        for connection, at in list(self.begun.items()):
            if monotonic() - at > _WHOLE_SECONDS:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away in the middle is nobody's fault."""


class _RefusedError(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class _Question(NamedTuple):
    """What a caller asks: about which text, answering which challenge, and whether it wants to know who the holder is."""

    text: str
    challenge: int | None = None
    reveal: bool = False

    @classmethod
    def parse(cls, members: strict_json.Object) -> _Question:
        """The question in a body of JSON.

        Raises:
            MalformedError: a member too many or too few, or of another type.
        """
        strict_json.check_members(members, {"text"} | (members.keys() & {"challenge", "reveal"}))
        challenge = strict_json.integer(members, "challenge") if "challenge" in members else None
        reveal = members.get("reveal", False)
        if not isinstance(reveal, bool):
            raise MalformedError("'reveal' is neither true nor false")
        return cls(strict_json.text(members, "text"), challenge, reveal)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "ecard-gate", ""
    timeout = _SILENT_SECONDS
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle_one_request(self) -> None:
        self.server.begun[self.connection] = monotonic()
        try:
            super().handle_one_request()
        finally:
            self.server.begun.pop(self.connection, None)

    def do_POST(self) -> None:
        """``POST /verify``."""
        self._answer({"/verify": self._verify})

    def do_GET(self) -> None:
        """``GET /challenge``, ``/healthz``, ``/metrics``."""
        self._answer({"/challenge": self._challenge, "/healthz": self._healthz, "/metrics": self._metrics})

    def do_OPTIONS(self) -> None:
        """A page of an origin that the site named asks whether it may ask."""
        self._answer(dict.fromkeys(_PATHS, lambda: self._send(204, b"", _TEXT, _PREFLIGHT)))

    def _answer(self, routes: Mapping[str, Callable[[], None]]) -> None:
        try:
            self._check_caller()
            routes.get(self.path, self._refuse_path)()
        except _RefusedError as refusal:
            self.close_connection = True
            self._send_json(refusal.status, {"error": refusal.code})

    def _refuse_path(self) -> None:
        if self.path in _PATHS:
            raise _RefusedError(405, "method_not_allowed")
        raise _RefusedError(404, "not_found")

    def _check_caller(self) -> None:
        if self.headers.get_all("Host", []) not in [[host] for host in self.server.hosts]:
            raise _RefusedError(421, "host_not_allowed")
        origin = self.headers.get("Origin")
        if origin is None and self.headers.get("Sec-Fetch-Site") in _NO_PAGE:
            return
        if origin not in self.server.origins:
            raise _RefusedError(403, "origin_not_allowed")

    def _verify(self) -> None:
        question, services = self._read_question(), self.server.services
        if question.reveal and not self.server.reveals:
            raise _RefusedError(403, "reveal_not_allowed")
        answer = services.judge(question.text, self.server.name, question.challenge)
        self._send_json(200, services.reveal(answer) if question.reveal else answer.to_json())

    def _challenge(self) -> None:
        challenge = self.server.services.challenge()
        if challenge is None:
            raise _RefusedError(404, "challenge_not_asked")
        self._send_json(200, {"challenge": challenge})

    def _healthz(self) -> None:
        is_well, facts = self.server.services.health()
        self._send_json(200 if is_well else 503, facts)

    def _metrics(self) -> None:
        self._send(200, self.server.services.metrics().encode(), _METRICS)

    def _read_question(self) -> _Question:
        kind = self.headers.get_content_type() if "Content-Type" in self.headers else _TEXT
        if kind not in (_TEXT, _JSON):
            raise _RefusedError(415, "media_type_not_known")
        body = self._read_body()
        if kind == _TEXT:
            return _Question(body.decode("utf-8", "replace"))
        try:
            return _Question.parse(strict_json.parse_object(body))
        except MalformedError as error:
            raise _RefusedError(400, "body_malformed") from error

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit() and len(length) < 10):
            raise _RefusedError(411, "length_required")
        if int(length) > MAX_BODY:
            raise _RefusedError(413, "body_too_large")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise _RefusedError(400, "body_cut_short")
        return body

    def _send_json(self, status: int, members: Mapping[str, object]) -> None:
        self._send(status, json.dumps(members, ensure_ascii=False).encode(), _JSON)

    def _send(self, status: int, body: bytes, kind: str, more: Mapping[str, str] = {}) -> None:
        self.send_response(status)
        if kind == _TEXT or body:
            self.send_header("Content-Type", kind)
        headers = {"Content-Length": str(len(body)), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        origin = self.headers.get("Origin") if self.headers else None
        if origin in self.server.origins:
            headers |= {"Access-Control-Allow-Origin": str(origin), "Vary": "Origin"}
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in {**headers, **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing: what is asked here is nobody's journal's business."""


_PATHS = ("/verify", "/challenge", "/healthz", "/metrics")
