"""What all readers have in common: a stream of bytes read until the process stops, its lines handed in one by one."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Protocol

from signing.gate.desk import Answer
from signing.gate.lines import SILENCE, LineSplitter

Judge = Callable[[str, str], Answer]
"""Judges a text from a named source."""

Take = Callable[[str], object]
"""Takes one line, and returns when it is dealt with: a flood waits in the sender's own buffers."""

_CHUNK = 4096
_LOOK = 0.25
_LINE_SECONDS = 30.0


class Reader(Protocol):
    """Something that reads codes. ``name`` tells it apart; ``is_up``: whether it can read now."""

    name: str
    is_up: bool

    def run(self, stop: Event) -> None:
        """Reads until ``stop`` is set, or there will never be more."""


def read_lines(descriptor: int, take: Take, stop: Event) -> None:
    """Hands the lines of ``descriptor`` to ``take`` until it ends or ``stop`` is set.

    Raises:
        OSError: the other side went away.
    """
    splitter, begun, heard = LineSplitter(), 0.0, 0.0
    while not stop.is_set():
        ready, _, _ = select.select([descriptor], [], [], _LOOK)
        now = monotonic()
        if ready:
            data = os.read(descriptor, _CHUNK)
            if not data:
                return _hand_in(splitter.flush(), take)
            heard = now
            was_within = splitter.is_within_line
            _hand_in(splitter.feed(data), take)
            begun = begun if was_within and splitter.is_within_line else now
        if splitter.is_within_line and (now - heard > SILENCE or now - begun > _LINE_SECONDS):
            _hand_in(splitter.flush(), take)
    return None


def _hand_in(lines: list[str], take: Take) -> None:
    for line in lines:
        take(line)
