"""A replay memory that outlives the process: a code that opened the gate before the power went does not open it after.

Codes are judged in memory and written through to the disk before the gate opens. Where the disk fails, memory goes on alone, and says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from signing.gate.database import connect
from signing.replay import BoundedReplayMemory, Sighting

CAPACITY = 65_536

_KEEP = """INSERT INTO seen (token_id, issued_at, last_at, forget_at) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET last_at = excluded.last_at"""
_FORGET = "DELETE FROM seen WHERE forget_at <= ?"
_MAKE_ROOM = """DELETE FROM seen WHERE (token_id, issued_at) IN
                (SELECT token_id, issued_at FROM seen ORDER BY forget_at LIMIT max(0, (SELECT count(*) FROM seen) - ?))"""
_FORGET_EVERY = 64


class SqliteReplayMemory:
    """A `signing.replay.ReplayMemory` in a database that `signing.gate.database.prepare` has seen.

    Args:
        path: the database.
        now: seconds since 1970.
        trouble: told in a line when the disk begins to fail, and when it works again.
        capacity: the most codes; what would be forgotten first leaves first.
    """

    def __init__(self, path: Path, now: int, trouble: Callable[[str], None], *, capacity: int = CAPACITY) -> None:
        self._connection, self._lock = connect(path, durable=True), Lock()
        self._memory, self._capacity = BoundedReplayMemory(capacity), capacity
        self._trouble = trouble
        self._until_forget = 0
        self.is_durable = True
        query = "SELECT token_id, issued_at, last_at, forget_at FROM seen WHERE forget_at > ? ORDER BY forget_at"
        for token_id, issued_at, last_at, forget_at in self._connection.execute(query, (now,)):
            self._memory.sight(token_id, issued_at, now=min(last_at, now), forget_at=forget_at)

    def sight(self, token_id: bytes, issued_at: int, *, now: int, forget_at: int) -> Sighting:
        """As the protocol says; on the disk when it returns, unless the disk fails."""
        with self._lock:
            sighting = self._memory.sight(token_id, issued_at, now=now, forget_at=forget_at)
            try:
                self._write(token_id, issued_at, now, forget_at)
            except sqlite3.Error as error:
                self._tell(f"codes are remembered until the next restart only: {error}", is_durable=False)
            else:
                self._tell("codes are remembered on the disk again", is_durable=True)
            return sighting

    def close(self) -> None:
        """Gives the file back."""
        with self._lock:
            self._connection.close()

    def _write(self, token_id: bytes, issued_at: int, now: int, forget_at: int) -> None:
        with self._connection as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(_KEEP, (token_id, issued_at, now, forget_at))
            if self._until_forget == 0:
                db.execute(_FORGET, (now,))
                db.execute(_MAKE_ROOM, (self._capacity,))
            self._until_forget = (self._until_forget or _FORGET_EVERY) - 1

    def _tell(self, line: str, *, is_durable: bool) -> None:
        if self.is_durable != is_durable:
            self._trouble(line)
        self.is_durable = is_durable
