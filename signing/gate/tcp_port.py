"""Codes over TCP, for programs and network scanners: each line is a code, each answer a line."""

from __future__ import annotations

import json
import re
import socket
from contextlib import suppress
from threading import BoundedSemaphore, Event, Thread

from signing.gate.addresses import Address
from signing.gate.desk import Answer
from signing.gate.output import Members
from signing.gate.reader import Judge, read_lines

MAX_CONNECTIONS = 32
"""How many may be open; who comes after waits in the system's queue."""

_BACKLOG = 16
_LOOK = 0.25
_SEND_SECONDS = 5.0
_REQUEST = re.compile(r"[A-Z]+ ", re.ASCII)
"""How a request begins. How it ends is lost of a long one, of which `signing.gate.lines` keeps the beginning alone."""


class TcpPort:
    """Listens until the process stops. The socket is bound at once, so that a port that is taken is a fault at the start.

    Args:
        address: where to listen.
        judge: judges each line.
        members: writes the answers.
    """

    def __init__(self, address: Address, judge: Judge, members: Members = Answer.to_json) -> None:
        self._listener = socket.create_server((address.host, address.port), family=address.family, backlog=_BACKLOG)
        self._listener.settimeout(_LOOK)
        self.address = Address(address.host, self._listener.getsockname()[1])
        self.name = f"tcp:{self.address}"
        self.is_up = True
        self._judge, self._members = judge, members
        self._places = BoundedSemaphore(MAX_CONNECTIONS)

    def run(self, stop: Event) -> None:
        """Serves until ``stop`` is set."""
        with self._listener:
            while not stop.is_set():
                self._accept(stop)
        self.is_up = False

    def _accept(self, stop: Event) -> None:
        if not self._places.acquire(timeout=_LOOK):
            return
        try:
            connection, _ = self._listener.accept()
        except OSError:  # nobody came, or went again before we looked
            self._places.release()
            return
        Thread(target=self._serve, args=(connection, stop), name=self.name, daemon=True).start()

    def _serve(self, connection: socket.socket, stop: Event) -> None:
        def take(line: str) -> None:
            if _REQUEST.match(line):  # a browser that was sent here by a page: no code begins like that
                raise ConnectionAbortedError
            members = self._members(self._judge(line, self.name))
            connection.sendall(json.dumps(members, ensure_ascii=False).encode() + b"\n")

        try:
            with connection:
                connection.settimeout(_SEND_SECONDS)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # a scanner may be switched off
                with suppress(OSError):  # the other side went away
                    read_lines(connection.fileno(), take, stop)
        finally:
            self._places.release()
