"""Brings a database to the newest schema (Alembic), and marks what it is for."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from ecard.store.database import Database
from ecard.store.heads import create_heads
from ecard.store.models import Deployment

_MIGRATIONS = Path(__file__).parent / "migrations"


class WrongDeploymentError(Exception):
    """A demo database was opened in production, or the other way round."""


class OutdatedSchemaError(Exception):
    """The database lacks tables or columns that this version needs."""


def migrate(database: Database, revision: str = "head") -> None:
    """Run the migrations that are missing; safe to call at every start."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["engine"] = database.engine
    command.upgrade(config, revision)
    with database.write() as db:
        create_heads(db)


def check_schema(database: Database) -> None:
    """Refuse a database that lacks migrations. A newer one is fine: the next release migrates before its processes replace these.

    Raises:
        OutdatedSchemaError: nothing works on it; `ecard migrate` brings it up.
    """
    script = ScriptDirectory(str(_MIGRATIONS))
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    older = {revision.revision for revision in script.walk_revisions()} - set(script.get_heads())
    if found is None or found in older:
        raise OutdatedSchemaError(
            f"the database {'is empty' if found is None else 'is older than this version'}; run `ecard migrate`"
        )


def claim(db: Session, mode: str, now: datetime) -> None:
    """Mark a new database as ``demo`` or ``production``; refuse one that is marked otherwise.

    Raises:
        WrongDeploymentError: demo people and real ones never share a database.
    """
    if db.get(Deployment, 1) is None:
        db.add(Deployment(id=1, mode=mode, created_at=now))
    _check_mark(db, mode)


def check_deployment(database: Database, mode: str) -> None:
    """Refuse a database that is marked for another mode; a new one carries no mark yet.

    Raises:
        WrongDeploymentError: a demo's inbox would show real people's codes, and its known passwords would open a real city.
    """
    with database.read() as db:
        if inspect(db.connection()).has_table(Deployment.__tablename__):
            _check_mark(db, mode)


def _check_mark(db: Session, mode: str) -> None:
    row = db.get(Deployment, 1)
    if row is not None and row.mode != mode:
        raise WrongDeploymentError(
            f"this database is marked {row.mode!r}, the process runs as {mode!r}; use another ECARD_DATABASE_URL"
        )
