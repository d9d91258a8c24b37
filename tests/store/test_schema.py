"""The migrations make exactly the tables that the models describe, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select

from ecard.store import schema
from ecard.store.database import Database
from ecard.store.heads import NAMES
from ecard.store.models import Base, Deployment, Head
from ecard.store.schema import WrongDeploymentError

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_the_migrations_lead_from_nothing_to_the_models(database: Database) -> None:
    """What Alembic would write into the next migration: nothing."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_constraints_and_indexes_have_the_names_by_which_a_migration_finds_them(database: Database) -> None:
    found = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        assert found.get_pk_constraint(table.name)["name"] == f"pk_{table.name}"
        assert {index["name"] for index in found.get_indexes(table.name)} >= {index.name for index in table.indexes}


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.write() as db:
        db.get_one(Head, "revocation").value = 7
    schema.migrate(database)
    with database.read() as db:
        assert {head.name: head.value for head in db.scalars(select(Head))} == dict.fromkeys(NAMES, 0) | {
            "revocation": 7
        }


def test_demo_people_and_real_ones_never_share_a_database(database: Database) -> None:
    with database.write() as db:
        schema.claim(db, "demo", NOW)
    with database.write() as db:
        schema.claim(db, "demo", NOW)
    with pytest.raises(WrongDeploymentError, match="'demo'"), database.write() as db:
        schema.claim(db, "production", NOW)
    with database.read() as db:
        assert db.scalars(select(Deployment.mode)).all() == ["demo"]


def test_an_unknown_kind_of_database_is_named() -> None:
    with pytest.raises(ValueError, match="mysql"):
        Database("mysql://localhost/ecard")
