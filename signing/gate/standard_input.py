"""Codes on standard input: a keyboard-wedge scanner at a console, or a program that pipes them in."""

from __future__ import annotations

import sys
from threading import Event

from signing.gate.reader import Judge, read_lines


class StandardInput:
    """Reads standard input to its end.

    Args:
        judge: judges each line.
        descriptor: read instead of the process's own standard input.
    """

    name = "stdin"

    def __init__(self, judge: Judge, *, descriptor: int | None = None) -> None:
        self.is_up = True
        self._judge = judge
        self._descriptor = sys.stdin.fileno() if descriptor is None else descriptor

    def run(self, stop: Event) -> None:
        """Reads until the end or until ``stop`` is set."""
        try:
            read_lines(self._descriptor, lambda line: self._judge(line, self.name), stop)
        finally:
            self.is_up = False
