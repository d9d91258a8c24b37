"""Codes on standard input: a keyboard-wedge scanner at a console, or a program that pipes them in."""

from __future__ import annotations

import sys
from threading import Event

from signing.gate.reader import Take, read_lines


class StandardInput:
    """Reads standard input to its end.

    Args:
        take: takes each line.
        descriptor: read instead of the process's own standard input.
    """

    name = "stdin"

    def __init__(self, take: Take, *, descriptor: int | None = None) -> None:
        self.is_up = True
        self._take = take
        self._descriptor = sys.stdin.fileno() if descriptor is None else descriptor

    def run(self, stop: Event) -> None:
        """Reads until the end or until ``stop`` is set."""
        try:
            read_lines(self._descriptor, self._take, stop)
        finally:
            self.is_up = False
