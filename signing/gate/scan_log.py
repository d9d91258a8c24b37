"""What was judged here, until the issuer has it: times, verdicts and token numbers, never a name, a sealed claim or a digit of a code.

A scan log is a record of whereabouts (PIPL): it is bounded by age and by count, and holds what tells a copied code from an honest one.
The card's index and its pseudonym are kept only where the site was told to.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from signing.gate.database import connect
from signing.verdict import Verdict

MOST_SCANS = 50_000
DAYS_KEPT = 30
EXTRAS = ("index", "pseudonym")
"""What the site may have kept beside the rest: the card's index goes to the issuer too, the pseudonym stays here."""

_DAY = 86_400
_PRUNE_EVERY = 64
_UPLOADED = ("id", "at", "outcome", "code", "token_id", "code_time", "shard", "index")

# What the issuer has goes first, then what was no code at all, so that a flood of rubbish drives out nothing else.
_DROP_MOST = """DELETE FROM scan WHERE seq IN (SELECT seq FROM scan
                ORDER BY settled_at IS NULL, token_id IS NOT NULL, seq LIMIT ?) RETURNING settled_at"""
_DROP_OLD = "DELETE FROM scan WHERE at < ? RETURNING settled_at"


class Scan(NamedTuple):
    """One scan. ``at`` and ``code_time`` are seconds since 1970; what a text without a genuine signature does not tell is None."""

    id: str
    at: int
    outcome: str
    code: str
    token_id: str | None = None
    code_time: int | None = None
    shard: int | None = None
    card_index: int | None = None

    def to_json(self) -> dict[str, object]:
        """The scan as it is uploaded: what is not known is not a member."""
        return {name: value for name, value in zip(_UPLOADED, self, strict=True) if value is not None}


@dataclass(frozen=True, slots=True)
class LogCounts:
    """``waiting`` for upload, ``accepted`` and ``refused`` by the issuer, ``lost``: dropped before the issuer had them."""

    waiting: int
    accepted: int
    refused: int
    lost: int


class ScanLog:
    """The scan log of a gate; safe to use from several threads.

    Args:
        path: a database that `signing.gate.database.prepare` has seen.
        most: how many scans are kept.
        days: how long they are kept.
        extras: what of `EXTRAS` is kept.
    """

    def __init__(
        self, path: Path, *, most: int = MOST_SCANS, days: int = DAYS_KEPT, extras: Iterable[str] = ()
    ) -> None:
        self._connection, self._lock = connect(path, durable=False), Lock()
        self._most, self._seconds, self._extras = most, days * _DAY, frozenset(extras)
        self._until_prune = 0

    def record(self, verdict: Verdict, at: int) -> None:
        """Keeps one scan.

        Raises:
            sqlite3.Error: it could not be written.
        """
        claims = verdict.claims
        known: tuple[object, ...] = (None,) * 5
        if claims is not None:
            pseudonym = claims.attributes.get("pseudonym")
            known = (
                claims.token_id.hex(),
                claims.issued_at,
                verdict.evidence.get("shard"),
                claims.index if "index" in self._extras else None,
                pseudonym.hex() if isinstance(pseudonym, bytes) and "pseudonym" in self._extras else None,
            )
        with self._transaction() as db:
            db.execute(
                "INSERT INTO scan (id, at, outcome, code, token_id, code_time, shard, card_index, pseudonym)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (secrets.token_hex(16), at, verdict.outcome, verdict.code, *known),
            )
            if self._until_prune == 0:
                self._prune(db, at)
            self._until_prune = (self._until_prune or _PRUNE_EVERY) - 1

    def waiting(self, most: int) -> list[Scan]:
        """The oldest scans that the issuer does not have, ``most`` of them."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT id, at, outcome, code, token_id, code_time, shard, card_index FROM scan"
                " WHERE settled_at IS NULL ORDER BY seq LIMIT ?",
                (most,),
            ).fetchall()
        return [Scan(*row) for row in rows]

    def settle(self, scans: Iterable[Scan], at: int, *, accepted: bool) -> None:
        """Notes that the issuer has these scans, or will never take them."""
        with self._transaction() as db:
            db.executemany(
                "UPDATE scan SET settled_at = ?, accepted = ? WHERE id = ?", [(at, accepted, scan.id) for scan in scans]
            )

    def counts(self) -> LogCounts:
        """How much is where."""
        with self._transaction() as db:
            waiting, accepted, refused = db.execute(
                "SELECT count(*) FILTER (WHERE settled_at IS NULL), count(*) FILTER (WHERE accepted),"
                " count(*) FILTER (WHERE NOT accepted) FROM scan"
            ).fetchone()
            return LogCounts(waiting, accepted, refused, int(_fact(db, "lost") or 0))

    def note(self, **facts: object) -> None:
        """Keeps facts for ``gate status``, by name."""
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?)", [(n, str(v)) for n, v in facts.items()])

    def fact(self, name: str) -> str | None:
        """A fact, as it was noted."""
        with self._transaction() as db:
            return _fact(db, name)

    def close(self) -> None:
        """Gives the file back."""
        with self._lock:
            self._connection.close()

    def _prune(self, db: sqlite3.Connection, now: int) -> None:
        (held,) = db.execute("SELECT count(*) FROM scan").fetchone()
        dropped = db.execute(_DROP_OLD, (now - self._seconds,)).fetchall()
        excess = held - len(dropped) - self._most
        if excess > 0:
            dropped += db.execute(_DROP_MOST, (excess,)).fetchall()
        lost = sum(settled_at is None for (settled_at,) in dropped)
        if lost:
            total = int(_fact(db, "lost") or 0) + lost
            db.execute("INSERT OR REPLACE INTO fact VALUES ('lost', ?)", (str(total),))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def _fact(db: sqlite3.Connection, name: str) -> str | None:
    row = db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])
