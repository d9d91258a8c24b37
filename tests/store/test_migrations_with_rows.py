"""Migrations on a city that has been running: what was published stays true, and nothing is lost (both databases)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ecard.store import schema
from ecard.store.database import Database
from ecard.store.models import Card, Head, Person, StatusChange
from tests.provision.databases import postgres_database, sqlite_url

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
_BANK = "INSERT INTO bank (id, code, name, name_en, hotline) VALUES (1, 'own', '银行', 'Bank', '95500')"
_HOLDER = (
    """INSERT INTO person (id, document_index, phone_index, sealed, concession, created_at)
       VALUES (:id, :index, :index, :index, 0, :at)""",
    """INSERT INTO card (id, public_id, number, person_id, bank_id, state, locked, replacement_requested, is_current, issued_on,
                         unusable_since, version)
       VALUES (:id, :name, :name, :id, 1, :state, false, false, true, '2025-01-01', :since, 1)""",
    "INSERT INTO fund_account (card_id, kind, state) VALUES (:id, 'medical', 'open')",
    """INSERT INTO sms_code (phone_index, code_hash, sent_at, expires_at, tries, sent, counted_since)
       VALUES (:index, :index, :at, :at, 0, 1, :at)""",
)
_CHANGE = "INSERT INTO status_change (version, card_id, revoked, at) VALUES (:version, :id, :revoked, :at)"


@pytest.fixture(params=["sqlite", "postgresql"])
def old_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the release before serials, with an active, a lost and a found card."""
    if request.param == "sqlite":
        yield from _filled(sqlite_url(tmp_path / "old.db"))
    else:
        with postgres_database(request.getfixturevalue("postgres_url")) as url:
            yield from _filled(url)


def _filled(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        schema.migrate(database, "0002")
        with database.write() as db:
            db.execute(text(_BANK))
            for number, state in ((7, "active"), (8, "suspended"), (9, "active")):
                _write_holder(db, number, state)
            for version, (number, revoked) in enumerate(((8, True), (9, True), (9, False)), 1):
                at = NOW + timedelta(seconds=version)
                db.execute(text(_CHANGE), {"version": version, "id": number, "revoked": revoked, "at": at})
        yield database
    finally:
        database.dispose()


def _write_holder(db: Session, number: int, state: str) -> None:
    since = NOW if state == "suspended" else None
    row = {
        "id": number,
        "name": f"{number:032}",
        "index": bytes([number] * 16),
        "at": NOW,
        "state": state,
        "since": since,
    }
    for statement in _HOLDER:
        db.execute(text(statement), {name: value for name, value in row.items() if f":{name}" in statement})


def test_cards_keep_the_indices_that_are_published(old_database: Database) -> None:
    schema.migrate(old_database)
    with old_database.read() as db:
        assert {card.id: card.status_serial for card in db.scalars(select(Card))} == {7: 7, 8: 8, 9: 9}
        assert db.get_one(Head, "serial").value == 9, "a new card, and the next withdrawal, take 10"
        changes = db.scalars(select(StatusChange).order_by(StatusChange.version))
        assert [(row.serial, row.revoked) for row in changes] == [(8, True), (9, True), (9, False)]
        assert set(db.scalars(select(Person.insurance))) == {0}
        assert db.scalar(text("SELECT count(*) FROM fund_account")) == 3


def test_the_way_back_is_open_while_no_loss_report_was_withdrawn(old_database: Database) -> None:
    schema.migrate(old_database)
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.attributes["engine"] = old_database.engine
    command.downgrade(config, "0002")
    with old_database.read() as db:
        lost = db.execute(text("SELECT id FROM card WHERE unusable_since IS NOT NULL")).scalars().all()
        assert lost == [8]
    schema.migrate(old_database)
