"""Remembers which codes were let through here (docs/token-format.md §4, «Replay memory»)."""

from __future__ import annotations

import heapq
from threading import Lock
from typing import Literal, Protocol

Sighting = Literal["first", "double_read", "replayed"]
"""What a code is to a memory: never seen, read twice by one scanner, or shown again. The last two are codes of a verdict."""

DOUBLE_READ = 2
"""A code that comes again within so many seconds of the last sight was read twice, not shown twice."""


class ReplayMemory(Protocol):
    """Remembers codes by token number and code time: a signature, and so the text, can be rewritten by anyone."""

    def sight(self, token_id: bytes, issued_at: int, *, now: int, forget_at: int) -> Sighting:
        """What the code ``token_id`` (8 bytes) of ``issued_at`` is to this memory, which records that it was sighted ``now``.

        It may be forgotten at ``forget_at``, when no clock within the leeway accepts it any more. Times are seconds since 1970.
        """


def judge_sight(last: int | None, now: int) -> Sighting:
    """The sighting of a code that was last sighted at ``last``, or never."""
    if last is None:
        return "first"
    return "double_read" if now - last <= DOUBLE_READ else "replayed"


class BoundedReplayMemory:
    """A memory of at most ``capacity`` codes; what would be forgotten first leaves first. It lives as long as its process."""

    def __init__(self, capacity: int = 65_536) -> None:
        self._capacity = capacity
        self._last_sights: dict[tuple[bytes, int], int] = {}
        self._ends: list[tuple[int, tuple[bytes, int]]] = []
        self._lock = Lock()

    def sight(self, token_id: bytes, issued_at: int, *, now: int, forget_at: int) -> Sighting:
        """As `ReplayMemory` says; a sight of any kind counts as the last one."""
        code = (token_id, issued_at)
        with self._lock:
            self._forget(now)
            last = self._last_sights.get(code)
            self._last_sights[code] = now
            if last is None:
                heapq.heappush(self._ends, (forget_at, code))
                self._make_room()
            return judge_sight(last, now)

    def __len__(self) -> int:
        return len(self._last_sights)

    def _forget(self, now: int) -> None:
        while self._ends and self._ends[0][0] <= now:
            self._drop_next()

    def _make_room(self) -> None:
        while len(self._ends) > self._capacity:
            self._drop_next()

    def _drop_next(self) -> None:
        del self._last_sights[heapq.heappop(self._ends)[1]]
