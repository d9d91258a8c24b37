"""A whole population in a database: as many people, cards and accounts as asked for, written by the database itself.

Most are only there to be in the way. Some, spread evenly, have real document numbers and can be looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, NullPool, create_engine, text

from ecard.demo.people import document_number
from ecard.store.vault import Vault

BANK_ID = 1
_FIRST_BIRTHDAY = date(1940, 1, 1)
_BATCH = 500_000

_SERIALS = {
    "sqlite": "WITH RECURSIVE serial(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM serial WHERE n < :last)",
    "postgresql": "WITH serial(n) AS (SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)))",
}
_RANDOM = {
    "sqlite": {"bytes16": "randomblob(16)", "bytes180": "randomblob(180)", "hex32": "lower(hex(randomblob(16)))"},
    "postgresql": {
        "bytes16": "uuid_send(gen_random_uuid())",
        "bytes180": "decode(repeat(md5(random()::text), 11), 'hex')",
        "hex32": "replace(gen_random_uuid()::text, '-', '')",
    },
}
_QUICK = {
    "sqlite": ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-1000000"),
    "postgresql": ("SET session_replication_role = replica", "SET synchronous_commit = off"),
}
_TABLES = (
    """INSERT INTO person (id, document_index, phone_index, sealed, born_on, concession, created_at)
       {serials} SELECT n, {bytes16}, {bytes16}, {bytes180}, '1980-01-01', 0, '2025-01-01 00:00:00' FROM serial""",
    """INSERT INTO card (id, public_id, number, person_id, bank_id, state, locked, replacement_requested, is_current,
                         issued_on, status_serial, version)
       {serials} SELECT n, {hex32}, 'B' || n, n, :bank, 'active', false, false, true, '2025-01-01', n, 1 FROM serial""",
    """INSERT INTO fund_account (card_id, kind, state)
       {serials} SELECT n, kind, 'open' FROM serial, (SELECT 'medical' AS kind UNION ALL SELECT 'financial') AS kinds""",
)


@dataclass(frozen=True)
class Known:
    """A holder who can be found."""

    document_number: str
    card_id: str


def fill(url: str, vault: Vault, *, cards: int, known: int) -> list[Known]:
    """Put ``cards`` people with a card each into an empty, migrated database; ``known`` of them are returned."""
    with _quick(url) as connection:
        connection.execute(
            text(
                "INSERT INTO bank (id, code, name, name_en, hotline) VALUES (:bank, 'crowd', '银行', 'Bank', '95500')"
            ),
            {"bank": BANK_ID},
        )
        for first in range(1, cards + 1, _BATCH):
            _write(connection, first, min(first + _BATCH - 1, cards))
        connection.execute(text("UPDATE head SET value = :cards WHERE name = 'serial'"), {"cards": cards})
        people = [_make_known(connection, vault, number, 1 + number * cards // known) for number in range(known)]
        connection.execute(text("ANALYZE"))
    return people


def _write(connection: Connection, first: int, last: int) -> None:
    dialect = connection.dialect.name
    parts = {"serials": _SERIALS[dialect], **_RANDOM[dialect]}
    for statement in _TABLES:
        names = {"first": first, "last": last} | ({"bank": BANK_ID} if ":bank" in statement else {})
        connection.execute(text(statement.format(**parts)), names)
    connection.commit()


def _make_known(connection: Connection, vault: Vault, number: int, serial: int) -> Known:
    document = document_number(_FIRST_BIRTHDAY + timedelta(days=number // 1000), number % 1000)
    connection.execute(
        text("UPDATE person SET document_index = :found WHERE id = :serial"),
        {"found": vault.blind_index("document", document), "serial": serial},
    )
    card = connection.execute(text("SELECT public_id FROM card WHERE id = :serial"), {"serial": serial}).scalar_one()
    return Known(document, str(card))


@contextmanager
def _quick(url: str) -> Iterator[Connection]:
    """A connection for writing much at once, which need neither survive a power cut nor be checked against itself."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        for setting in _QUICK[engine.dialect.name]:
            connection.exec_driver_sql(setting)
        yield connection
        connection.commit()
