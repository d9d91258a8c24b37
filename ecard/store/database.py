"""One database, SQLite or PostgreSQL, and the transactions on it.

SQLite runs in WAL mode with full synchronisation: what was acknowledged survives a power cut. A writing transaction takes the write lock at
its start (``BEGIN IMMEDIATE``), so that two of them never deadlock half-way; on PostgreSQL the rows a service needs are locked one by one.
A reading sees one state from its first statement to its last, on both (PostgreSQL: REPEATABLE READ).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

_BUSY_SECONDS = 5


class DatabaseBusyError(Exception):
    """The database did not do it (locked, away, full, read-only); nothing was changed, and the request may be sent again."""


class UnknownDatabaseError(ValueError):
    """The URL names no database that the service can use."""


class ConcurrentChangeError(Exception):
    """Somebody else wrote the same thing at the same time; nothing was changed, and the request may be sent again."""


class Database:
    """Opens sessions; closed with `dispose`."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(ecard_write=True)
        self._reader = (
            self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading one state of the database; nothing is kept."""
        with _troubles_named(), Session(self._reader) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end, or keeps nothing if an exception leaves the block."""
        with _troubles_named(), Session(self._writer) as session, session.begin():
            yield session

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def _troubles_named() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise DatabaseBusyError(_reason(error.orig)) from error
    except PoolTimeoutError as error:
        raise DatabaseBusyError("all connections are in use") from error
    except IntegrityError as error:
        raise ConcurrentChangeError(type(error.orig).__name__) from error


def _reason(error: BaseException | None) -> str:
    """The driver's name for it, as SQLITE_FULL or 57P01 (admin shutdown); never its text, which may quote data."""
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
    return str(code or type(error).__name__)


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UnknownDatabaseError("this is no database URL: use sqlite:///… or postgresql://…") from error
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        options = f"-c lock_timeout={_BUSY_SECONDS}s -c idle_in_transaction_session_timeout=60s"
        connect = {"connect_timeout": _BUSY_SECONDS, "options": options}
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            connect_args=connect,
            pool_pre_ping=True,
            pool_size=10,
            pool_timeout=_BUSY_SECONDS,
        )
    raise UnknownDatabaseError(f"unknown database {parsed.get_backend_name()!r}: use sqlite:///… or postgresql://…")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; `_begin_sqlite` does
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("ecard_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
