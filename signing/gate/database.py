"""The gate's own memory in one SQLite file, which a power cut at any instant leaves whole.

What must be durable before a gate opens (`signing.gate.replay`) is written through to the disk at each commit; the scan log rides on
those flushes, and a cut can cost it the last few rows at most.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

FILE = "gate.db"
VERSION = 1
"""``user_version`` of the schema below."""

_SCHEMA = f"""
CREATE TABLE seen (token_id BLOB NOT NULL, issued_at INTEGER NOT NULL, last_at INTEGER NOT NULL, forget_at INTEGER NOT NULL,
                   PRIMARY KEY (token_id, issued_at)) WITHOUT ROWID;
CREATE INDEX seen_forget_at ON seen (forget_at);
CREATE TABLE scan (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, outcome TEXT NOT NULL, code TEXT NOT NULL,
                   token_id TEXT, code_time INTEGER, shard INTEGER, card_index INTEGER, pseudonym TEXT,
                   settled_at INTEGER, accepted INTEGER);
CREATE INDEX scan_waiting ON scan (seq) WHERE settled_at IS NULL;
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""
_BUSY_SECONDS = 5.0
_OWNER_ONLY = 0o600
_SIDECARS = ("", "-wal", "-shm")


class DatabaseTooNewError(Exception):
    """The file was written by a newer release, which knows things about it that this one does not."""


def prepare(path: Path) -> Path | None:
    """Makes sure that ``path`` is a sound database of this version.

    Returns:
        Where a broken one was set aside, for whoever wants to look; None where nothing was broken.

    Raises:
        DatabaseTooNewError: made by a newer release.
        OSError, sqlite3.OperationalError: the disk is full, or the folder may not be written.
    """
    try:
        _create_or_check(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        aside = _set_aside(path)
        _create_or_check(path)
        return aside
    return None


def connect(path: Path, *, durable: bool) -> sqlite3.Connection:
    """A connection that several threads may use in turn. ``durable``: each commit reaches the disk before it returns."""
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("PRAGMA cache_size = -512")
    return connection


def _create_or_check(path: Path) -> None:
    _make_private(path)
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise DatabaseTooNewError(f"{path} was written by a newer release")
        if version == 0:
            connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}COMMIT;")
        elif connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the database is broken")
    finally:
        connection.close()


def _make_private(path: Path) -> None:
    """The scan log is a record of whereabouts; SQLite gives its sidecars the mode of the file."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
    for sidecar in _SIDECARS:  # of a release that left the mode to the umask
        with suppress(FileNotFoundError, PermissionError):
            path.with_name(path.name + sidecar).chmod(_OWNER_ONLY)


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.broken-{int(time.time())}")
    for sidecar in _SIDECARS:
        part = path.with_name(path.name + sidecar)
        if part.exists():
            part.replace(aside.with_name(aside.name + sidecar))
    return aside
