"""The record tells when it was touched: changed, removed, re-ordered, inserted, by function and by command."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from ecard.app import lay_foundation
from ecard.cli import main
from ecard.config import Mode, Settings
from ecard.domain.actors import SYSTEM
from ecard.store import audit
from ecard.store.database import Database
from ecard.store.heads import read_head
from ecard.store.unit_of_work import UnitOfWork
from tests.store.conftest import AUDIT_KEY
from tests.town import Clock

LENGTH = 6


class Tampering(NamedTuple):
    """What somebody who can write to the database does, and what is found without and with an anchor."""

    name: str
    statements: list[str]
    fault: str | None
    first_bad: int | None
    anchored: str | None = None


_CHANGE = "UPDATE audit_entry SET {} WHERE seq = {}"
_BORROW = "UPDATE audit_entry SET {0} = (SELECT {0} FROM audit_entry WHERE seq = 1) WHERE seq = {1}"
_REMOVE = "DELETE FROM audit_entry WHERE seq >= {} AND seq <= {}"
_HEAD_BACK = (
    "UPDATE head SET value = {0}, digest = (SELECT digest FROM audit_entry WHERE seq = {0}) WHERE name = 'audit'"
)
_HEAD_TO_ZERO = "UPDATE head SET value = 0, digest = '' WHERE name = 'audit'"
_HEAD_TO_SEVEN = "UPDATE head SET value = 7 WHERE name = 'audit'"
_ASIDE = "UPDATE audit_entry SET seq = seq + 1000 WHERE seq >= {}"
_ASIDE_AND_DOWN = [_ASIDE.format(4), "UPDATE audit_entry SET seq = seq - 1001 WHERE seq > 1000"]
_ASIDE_AND_UP = [_ASIDE.format(3), "UPDATE audit_entry SET seq = seq - 999 WHERE seq > 1000"]
_SWAP = [_CHANGE.format("seq = 1003", 3), _CHANGE.format("seq = 3", 4), _CHANGE.format("seq = 4", 1003)]
_COPY = """INSERT INTO audit_entry (seq, at, actor, role, action, subject, details, digest)
           SELECT {1}, at, actor, role, action, subject, details, digest FROM audit_entry WHERE seq = {0}"""

TAMPERINGS = [
    Tampering("the subject changed", [_CHANGE.format("subject = 'card:another'", 3)], "changed", 3),
    Tampering("the actor changed", [_CHANGE.format("actor = 'staff:9'", 1)], "changed", 1),
    Tampering("the role changed", [_CHANGE.format("role = 'citizen'", 2)], "changed", 2),
    Tampering("the action changed", [_CHANGE.format("action = 'card_bound'", 6)], "changed", 6),
    Tampering("the details changed", [_CHANGE.format("""details = '{"number": 9}'""", 4)], "changed", 4),
    Tampering("the time changed", [_BORROW.format("at", 5)], "changed", 5),
    Tampering("the digest changed", [_BORROW.format("digest", 5)], "changed", 5),
    Tampering("the first removed", [_REMOVE.format(1, 1)], "removed", 1),
    Tampering("one in the middle removed", [_REMOVE.format(3, 3)], "removed", 3),
    Tampering("one removed, the rest renumbered", [_REMOVE.format(3, 3), *_ASIDE_AND_DOWN], "changed", 3),
    Tampering("the last removed", [_REMOVE.format(6, 6)], "removed", 6),
    Tampering("the end removed, the head turned back", [_REMOVE.format(5, 6), _HEAD_BACK.format(4)], None, None, "removed"),
    Tampering("all removed, the head at zero", [_REMOVE.format(1, 6), _HEAD_TO_ZERO], None, None, "removed"),
    Tampering("the head turned back alone", [_HEAD_BACK.format(4)], "removed", 7),
    Tampering("two exchanged", _SWAP, "reordered", 3),
    Tampering("one inserted", [*_ASIDE_AND_UP, _COPY.format(2, 3), _HEAD_TO_SEVEN], "reordered", 3),
    Tampering("one appended", [_COPY.format(6, 7), _HEAD_TO_SEVEN], "changed", 7),
]  # fmt: skip


@pytest.fixture
def chain(uow: UnitOfWork, clock: Clock) -> UnitOfWork:
    """Six entries a second apart."""
    write_entries(uow, clock)
    return uow


def write_entries(uow: UnitOfWork, clock: Clock) -> None:
    for number in range(1, LENGTH + 1):
        clock.forward(seconds=1.25)
        with uow.write() as tx:
            tx.record(
                SYSTEM, "written", f"card:{number}", number=number, 说明="真", share=0.1, nested={"b": 1, "a": [None]}
            )


def tamper(database: Database, tampering: Tampering) -> None:
    with database.engine.begin() as connection:
        for statement in tampering.statements:
            connection.execute(text(statement.replace("digest = ''", f"digest = {_empty(database)}")))


def _empty(database: Database) -> str:
    return "x''" if database.is_sqlite else "'\\x'::bytea"


def verified(uow: UnitOfWork, anchor: tuple[int, bytes] | None = None) -> audit.Verification:
    with uow.read() as tx:
        return audit.verify(tx.db, AUDIT_KEY, anchor)


def head_of(uow: UnitOfWork) -> tuple[int, bytes]:
    with uow.read() as tx:
        head = read_head(tx.db, "audit")
        return head.value, head.digest


def test_a_whole_chain_is_found_whole_with_its_head(chain: UnitOfWork) -> None:
    number, digest = head_of(chain)
    assert verified(chain, (number, digest)) == audit.Verification(LENGTH, head=f"{number}:{digest.hex()}")


def test_an_empty_chain_is_whole(uow: UnitOfWork) -> None:
    assert verified(uow).ok


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda tampering: tampering.name)
def test_every_tampering_is_found(chain: UnitOfWork, database: Database, tampering: Tampering) -> None:
    anchor = head_of(chain)
    tamper(database, tampering)
    found = verified(chain)
    assert (found.fault, found.first_bad) == (tampering.fault, tampering.first_bad)
    assert verified(chain, anchor).fault == (tampering.anchored or tampering.fault)


def test_who_knows_another_key_writes_no_entry_that_holds(chain: UnitOfWork) -> None:
    with chain.write() as tx:
        audit.append(tx.db, bytes(32), at=tx.now, actor=SYSTEM, action="forged", subject="card:1", details={})
    assert (verified(chain).fault, verified(chain).first_bad) == ("changed", LENGTH + 1)


def test_a_chain_written_anew_with_the_right_key_differs_from_its_anchor(
    chain: UnitOfWork, database: Database, clock: Clock
) -> None:
    anchor = head_of(chain)
    tamper(database, next(entry for entry in TAMPERINGS if entry.name.startswith("all removed")))
    write_entries(chain, clock)
    assert verified(chain).ok
    assert verified(chain, anchor).fault == "anchor"


def test_an_old_anchor_still_holds_when_the_chain_has_grown(chain: UnitOfWork, clock: Clock) -> None:
    anchor = head_of(chain)
    write_entries(chain, clock)
    assert verified(chain, anchor).ok


def test_an_entry_dated_in_another_zone_holds(uow: UnitOfWork, clock: Clock) -> None:
    clock.now = clock.now.astimezone(timezone(timedelta(hours=8)))
    write_entries(uow, clock)
    assert verified(uow).ok


class Command:
    """``ecard audit verify`` on a database of its own."""

    def __init__(self, database_url: str, keys: Path, clock: Clock) -> None:
        self._env = {
            "ECARD_DATABASE_URL": database_url,
            "ECARD_KEY_DIR": str(keys),
            "ECARD_REDIS_URL": "unix:///nowhere",
        }
        settings = Settings(mode=Mode.DEMO, database_url=database_url, redis_url="unix:///nowhere", key_dir=keys)  # type: ignore[call-arg]
        self.foundation = lay_foundation(settings, clock=clock)
        write_entries(self.foundation.uow, clock)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["audit", "verify", *arguments], env=self._env)


@pytest.fixture
def command(database_url: str, keys: Path, clock: Clock) -> Iterator[Command]:
    command = Command(database_url, keys, clock)
    yield command
    command.foundation.database.dispose()


def test_the_command_says_that_the_record_is_whole_and_prints_an_anchor(command: Command) -> None:
    said = command.run()
    assert (said.exit_code, said.stdout.startswith("ok: 6 entries, head 6:")) == (0, True)
    anchor = said.stdout.split("head ")[1].strip()
    assert command.run("--anchor", anchor).exit_code == 0


def test_the_command_finds_a_tail_that_was_cut_off_with_its_head(command: Command) -> None:
    anchor = command.run().stdout.split("head ")[1].strip()
    tamper(command.foundation.database, next(entry for entry in TAMPERINGS if entry.anchored == "removed"))
    assert command.run().exit_code == 0
    said = command.run("--anchor", anchor)
    assert (said.exit_code, "broken: removed at entry 5" in said.stderr) == (1, True)


@pytest.mark.parametrize("name", ["the subject changed", "one in the middle removed", "two exchanged", "one inserted"])
def test_the_command_names_the_fault_and_its_place(command: Command, name: str) -> None:
    tampering = next(entry for entry in TAMPERINGS if entry.name == name)
    tamper(command.foundation.database, tampering)
    said = command.run()
    assert said.exit_code == 1
    assert f"broken: {tampering.fault} at entry {tampering.first_bad}" in said.stderr


@pytest.mark.parametrize("anchor", ["six", "6", "6:", "6:xyz", "6:c0ffee", "0:" + 64 * "a", ":", ""])
def test_an_anchor_that_is_none_is_a_wrong_usage(command: Command, anchor: str) -> None:
    said = command.run("--anchor", anchor)
    assert (said.exit_code, "SEQ:DIGEST" in said.stderr) == (2, True)
