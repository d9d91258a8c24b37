"""Real gates in processes of their own, ended by their process ids only."""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tests.waiting import wait_for

_PATIENCE = 15.0


class RunningGate:
    """A gate's process; its lines are read as they come."""

    def __init__(self, *words: str | Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "signing", "gate", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.complaints: list[str] = []
        self._readers = [
            threading.Thread(target=read, daemon=True) for read in (self._read_answers, self._read_complaints)
        ]
        for reader in self._readers:
            reader.start()

    def line(self) -> str:
        """The next line of its output."""
        return self._lines.get(timeout=_PATIENCE)

    def answer(self) -> dict[str, Any]:
        """The next line of its output, as an object."""
        found: dict[str, Any] = json.loads(self.line())
        return found

    def codes(self, count: int) -> list[str]:
        """The codes of the next ``count`` verdicts."""
        return [self.answer()["code"] for _ in range(count)]

    def says(self, words: str) -> str:
        """Waits until it says a line with ``words`` to whoever looks after it."""
        return (
            wait_for(lambda: next((line for line in list(self.complaints) if words in line), None), seconds=_PATIENCE)
            or ""
        )

    def type(self, data: bytes) -> None:
        """Writes to its standard input."""
        assert self.process.stdin
        self.process.stdin.write(data)

    def end_input(self) -> int:
        """Ends its standard input; the exit status."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(_PATIENCE)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends a signal; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(_PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(_PATIENCE)
        for reader in self._readers:
            reader.join(_PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def _read_answers(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line.decode())

    def _read_complaints(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.complaints.append(line.decode())


def gate(folder: Path, *words: str | Path) -> RunningGate:
    """A gate without a network that answers in JSON."""
    return RunningGate("--trust", folder, "--no-network", "--output", "json", *words)


def port_of(gate: RunningGate, kind: str) -> int:
    """The port that it chose for an input."""
    names = gate.says("reading ").split("reading ")[1].strip().split(", ")
    return int(next(name for name in names if name.startswith(kind)).rsplit(":", 1)[1])


def ask(
    port: int, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """One request to a bridge: status, and the body as JSON where it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content[:1] == b"{" else content.decode()
    finally:
        connection.close()


@contextmanager
def a_terminal() -> Iterator[tuple[int, str]]:
    """A pseudo-terminal: what a scanner writes to, and the name of the port that a gate reads."""
    scanner, port = os.openpty()
    try:
        yield scanner, os.ttyname(port)
    finally:
        for descriptor in (scanner, port):
            try:
                os.close(descriptor)
            except OSError:
                continue
