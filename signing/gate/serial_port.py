"""Codes from a serial or USB-CDC scanner, which may be unplugged and plugged in again at any time. For systems with termios."""

from __future__ import annotations

import os
import re
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event

from signing.gate.backoff import Backoff
from signing.gate.reader import Judge, read_lines

BAUD = 115_200

_PORT = re.compile(r"(?P<path>/.+?)(?:@(?P<baud>[0-9]+))?")
_INPUT_SPEED, _OUTPUT_SPEED, _CONTROL = 4, 5, 2


class SerialPort:
    """Reads one serial port for as long as the process lives.

    Args:
        port: ``/dev/ttyACM0`` or ``/dev/ttyS0@9600``.
        judge: judges each line.
        trouble: told in a line when the port goes away and when it comes back.

    Raises:
        ValueError: not a path, or a speed that ports do not have.
    """

    def __init__(
        self, port: str, judge: Judge, trouble: Callable[[str], None], *, backoff: Backoff | None = None
    ) -> None:
        self._path, self._speed = parse_port(port)
        self.name = f"serial:{self._path}"
        self.is_up = False
        self._judge, self._trouble = judge, trouble
        self._backoff = backoff or Backoff(0.5, 10.0)

    def run(self, stop: Event) -> None:
        """Reads until ``stop`` is set; opens the port again whenever it went away."""
        while not stop.is_set():
            try:
                with self._open() as descriptor:
                    self._came()
                    read_lines(descriptor, lambda line: self._judge(line, self.name), stop)
                reason = "it was hung up"
            except (OSError, termios.error) as error:
                reason = str(error)
            if not stop.is_set():
                self._went(reason)
                stop.wait(self._backoff.failed())
        self.is_up = False

    def _came(self) -> None:
        if self._backoff.failures:
            self._trouble(f"{self.name} is back")
        self._backoff.went_well()
        self.is_up = True

    def _went(self, reason: str) -> None:
        if self.is_up or self._backoff.failures == 0:
            self._trouble(f"{self.name} cannot be read, it is tried again: {reason}")
        self.is_up = False

    @contextmanager
    def _open(self) -> Iterator[int]:
        descriptor = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _make_raw(descriptor, self._speed)
            yield descriptor
        finally:
            with suppress(OSError):
                os.close(descriptor)


def parse_port(port: str) -> tuple[str, int]:
    """The path of a port and the speed as termios knows it.

    Raises:
        ValueError: not a path, or a speed that ports do not have.
    """
    matched = _PORT.fullmatch(port)
    if matched is None:
        raise ValueError(f"'{port}' is not the path of a port")
    baud = matched["baud"] or str(BAUD)
    speed = getattr(termios, f"B{baud}", None)
    if speed is None or baud == "0":
        raise ValueError(f"{baud} is no speed of a port here")
    return matched["path"], int(speed)


def _make_raw(descriptor: int, speed: int) -> None:
    """Bytes as they come: no echo, no line editing, no signals, no flow control, no modem lines."""
    tty.setraw(descriptor, termios.TCSAFLUSH)
    attributes = termios.tcgetattr(descriptor)
    attributes[_CONTROL] |= termios.CLOCAL | termios.CREAD
    attributes[_INPUT_SPEED] = attributes[_OUTPUT_SPEED] = speed
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
