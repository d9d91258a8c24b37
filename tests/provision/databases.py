"""A fresh database for every test: on PostgreSQL a copy of a template that was migrated once, on SQLite a copy of a file."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url, text

Migrate = Callable[[str], None]  # brings the database behind a URL to the newest schema


@contextmanager
def postgres_database(server: str, *, template: str = "template1") -> Iterator[str]:
    """The URL of a new database on `server` (the URL of its maintenance database), dropped at the end."""
    name = f"ecard_test_{secrets.token_hex(6)}"
    _run(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def postgres_template(server: str, migrate: Migrate) -> Iterator[str]:
    """The name of a migrated database to copy from. `migrate` must leave no connection open: a template is copied unused."""
    with postgres_database(server) as url:
        migrate(url)
        yield str(make_url(url).database)


def sqlite_template(folder: Path, migrate: Migrate) -> Path:
    """A migrated database file to copy from."""
    path = folder / "template.db"
    migrate(sqlite_url(path))
    _run(sqlite_url(path), "PRAGMA wal_checkpoint(TRUNCATE)")  # what it holds shall stand in the one file
    return path


def sqlite_database(path: Path, *, template: Path) -> str:
    """The URL of a new database at `path`."""
    shutil.copyfile(template, path)
    return sqlite_url(path)


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def _run(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
