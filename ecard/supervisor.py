"""Keeps a few programs running as one: `ecard demo` is a web server, a worker and a Redis behind one command.

Programs are started in the order given, each when the one before it is ready, and stopped in the reverse order. One
that dies is started again; one that keeps dying is given up, and everything with it. Only processes that were started
here are ever signalled: each leads a process group of its own, so that the children of a dead leader are swept up too.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Self

_TICK = 0.05  # seconds between two looks at the children
_TETHER = Path(__file__).with_name("tether.py")
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

log = logging.getLogger(__name__)


class SupervisorError(Exception):
    """The programs could not be kept running; by the time this is raised, all of them have been stopped."""


class GaveUp(SupervisorError):
    """A program died too often, too quickly."""


class NotReady(SupervisorError):
    """A program runs, but did not become ready in time."""


@dataclass(frozen=True)
class Process:
    """A program to keep running.

    `env` is added to the supervisor's own environment. `ready` is asked from the supervisor's thread until it says yes;
    a program without it is ready at once.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds, and how often to try again."""

    ready: float = 30.0  # from the first start of a program to its readiness
    stop: float = 10.0  # from SIGTERM to SIGKILL
    quick: float = 10.0  # a life shorter than this is a quick death
    quick_deaths: int = 5  # so many in a row, and the program is given up
    first_pause: float = 0.2  # before the first restart; doubles with every quick death
    longest_pause: float = 5.0


class _Child:
    """One program's present life, and how its last ones ended."""

    def __init__(self, process: Process, patience: Patience) -> None:
        self.process = process
        self._patience = patience
        self._running: subprocess.Popen[bytes] | None = None
        self._born = self._due = 0.0
        self._quick_deaths = 0

    @property
    def pid(self) -> int | None:
        """The process id; None while the program is not running."""
        return self._running.pid if self._running is not None and self._running.poll() is None else None

    def is_ready(self) -> bool:
        return self.pid is not None and (self.process.ready is None or self.process.ready())

    def keep_alive(self) -> None:
        """Starts the program if it is not running and its pause is over; raises GaveUp after too many quick deaths."""
        if self._running is not None and self._running.poll() is not None:
            self._bury(self._running)
        if self._running is None and monotonic() >= self._due:
            self._launch()

    def terminate(self) -> None:
        """Asks the program, and only its leader, to end: a web server stops its own workers."""
        if self._running is not None:
            self._running.terminate()

    def sweep(self) -> None:
        """Kills what is left of the program and of the processes that it started."""
        if self._running is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()

    def _launch(self) -> None:
        self._born = monotonic()
        self._running = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *self.process.argv],
            env={**os.environ, **self.process.env},
            stdin=subprocess.DEVNULL,
            process_group=0,
        )

    def _bury(self, dead: subprocess.Popen[bytes]) -> None:
        self.sweep()
        self._running = None
        quick = monotonic() - self._born < self._patience.quick
        self._quick_deaths = self._quick_deaths + 1 if quick else 0
        ending = _describe_ending(dead.returncode)
        if self._quick_deaths >= self._patience.quick_deaths:
            raise GaveUp(f"{self.process.name} {ending} {self._quick_deaths} times in a row: see what it wrote")
        pause = min(self._patience.first_pause * 2 ** max(self._quick_deaths - 1, 0), self._patience.longest_pause)
        log.warning("%s %s and is started again in %.1f s", self.process.name, ending, pause)
        self._due = monotonic() + pause


class Supervisor:
    """Runs programs together. All of them are started by one thread that lives as long as they do, because Linux
    understands «the parent's death» as that of the thread that started a process (prctl(2)).
    """

    def __init__(self, processes: Sequence[Process], *, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self._children = [_Child(process, self._patience) for process in processes]
        self._thread = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._settled = threading.Event()  # all are ready, or it is over
        self._stopping = threading.Event()
        self._hurrying = threading.Event()
        self._failure: Exception | None = None

    def run(self, *, on_ready: Callable[[], None] | None = None) -> None:
        """Runs until SIGINT, SIGTERM or SIGHUP; the same signal again kills at once. Needs the main thread.

        `on_ready` is called once, when every program is ready. Raises SupervisorError when a program is given up.
        """
        with _calling_on_stop_signals(self._request_stop):
            self.start()
            if on_ready is not None and not self._stopping.is_set():
                on_ready()
            self._thread.join()
        self._raise_failure()

    def start(self) -> None:
        """Returns when every program is ready. Raises SupervisorError, with nothing left running, when one is not."""
        self._thread.start()
        self._settled.wait()
        self._raise_failure()

    def stop(self) -> None:
        """Stops every program, in the reverse order. Raises the SupervisorError that had ended them before, if any."""
        self._stopping.set()
        self._thread.join()
        self._raise_failure()

    def pids(self) -> dict[str, int]:
        """The programs that run just now, by name."""
        return {child.process.name: child.pid for child in self._children if child.pid is not None}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _supervise(self) -> None:
        try:
            for child in self._children:
                self._bring_up(child)
            self._settled.set()
            while not self._stopping.wait(_TICK):
                for child in self._children:
                    child.keep_alive()
        except Exception as error:  # noqa: BLE001 — raised again in the thread that started or stops us
            self._failure = error
        finally:
            for child in reversed(self._children):
                self._end(child)
            self._settled.set()

    def _bring_up(self, child: _Child) -> None:
        deadline = monotonic() + self._patience.ready
        child.keep_alive()
        while not child.is_ready() and not self._stopping.wait(_TICK):
            child.keep_alive()
            if monotonic() > deadline:
                raise NotReady(f"{child.process.name} was not ready after {self._patience.ready:.0f} s")

    def _end(self, child: _Child) -> None:
        deadline = monotonic() + self._patience.stop
        child.terminate()
        while child.pid is not None and monotonic() < deadline and not self._hurrying.wait(_TICK):
            pass
        child.sweep()

    def _request_stop(self) -> None:
        (self._hurrying if self._stopping.is_set() else self._stopping).set()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


def port_answers(host: str, port: int) -> Callable[[], bool]:
    """A `ready` that tells whether something accepts connections on a TCP port."""

    def ready() -> bool:
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            return True
        return False

    return ready


@contextmanager
def _calling_on_stop_signals(request_stop: Callable[[], None]) -> Iterator[None]:
    def handle(_signal: int, _frame: FrameType | None) -> None:
        request_stop()

    before = {number: signal.signal(number, handle) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _describe_ending(status: int) -> str:
    """In words, what Popen.returncode says: a negative one is the signal that ended the process."""
    return f"exited with status {status}" if status >= 0 else f"was ended by {signal.Signals(-status).name}"
