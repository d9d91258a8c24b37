"""How long to wait after a failure: twice as long each time, up to a limit, and never all gates at the same instant."""

from __future__ import annotations

import random
from collections.abc import Callable


class Backoff:
    """The pauses between tries.

    Args:
        first: the pause after the first failure, in seconds.
        longest: the longest pause, in seconds.
        jitter: a number from 0 to 1; each pause is shortened by up to a half, as it says.
    """

    def __init__(self, first: float, longest: float, *, jitter: Callable[[], float] = random.random) -> None:
        self._first, self._longest, self._jitter = first, longest, jitter
        self._failures = 0

    @property
    def failures(self) -> int:
        """How often it failed since it last went well."""
        return self._failures

    def failed(self) -> float:
        """Counts a failure; the seconds to wait now."""
        pause = min(self._longest, self._first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return pause * (1 - self._jitter() / 2)

    def went_well(self) -> None:
        """The next pause is the first again."""
        self._failures = 0
