"""Challenges: a number that this site shows and that the next code must answer (docs/token-format.md §1.4).

A code made somewhere else a moment ago does not answer it, so it defeats relaying. One challenge serves one customer.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

CHALLENGE_DIGITS = 6
CHALLENGE_LIFETIME = 120
"""Seconds for which a challenge may be answered."""
MAX_OPEN = 256
"""How many challenges callers of the bridge may hold open; the oldest leaves first."""


def draw() -> int:
    """A fresh challenge of six digits, none of them a leading zero: people type it as a number."""
    least: int = 10 ** (CHALLENGE_DIGITS - 1)
    return secrets.choice(range(least, 10 * least))


class Challenges:
    """The challenge shown at the gate, and those handed out to callers that show one themselves."""

    def __init__(self, now: int, *, draw: Callable[[], int] = draw) -> None:
        self._draw, self._lock = draw, Lock()
        self._open: OrderedDict[int, int] = OrderedDict()
        self._shown, self._shown_at = draw(), now

    def shown(self, now: int) -> int:
        """The challenge that the gate shows at ``now`` (seconds since 1970); a new one where nobody answered the last in time."""
        with self._lock:
            if not 0 <= now - self._shown_at < CHALLENGE_LIFETIME:
                self._shown, self._shown_at = self._draw(), now
            return self._shown

    def answered(self, now: int) -> int:
        """Spends the challenge that the gate shows; the next one."""
        with self._lock:
            self._shown, self._shown_at = self._draw(), now
            return self._shown

    def hand_out(self, now: int) -> int:
        """A challenge for one caller, to be named with the code that answers it."""
        with self._lock:
            challenge = self._draw()
            self._open[challenge] = now
            while len(self._open) > MAX_OPEN:
                self._open.popitem(last=False)
            return challenge

    def spend(self, challenge: int, now: int) -> bool:
        """Whether ``challenge`` was handed out, is not too old, and was not spent before; it is now."""
        with self._lock:
            at = self._open.pop(challenge, None)
        return at is not None and 0 <= now - at < CHALLENGE_LIFETIME
