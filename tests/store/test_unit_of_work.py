"""One transaction: state, audit entry and messages commit together or not at all, and bells ring only afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from ecard.domain.actors import SYSTEM
from ecard.domain.errors import RefusedError
from ecard.store import audit
from ecard.store import database as databases
from ecard.store.database import ConcurrentChangeError, Database, DatabaseBusyError
from ecard.store.heads import lock_head, read_head
from ecard.store.models import AuditEntry, Bank, Deployment, Head, OutboxMessage
from ecard.store.unit_of_work import Transaction, UnitOfWork
from tests.store.conftest import AUDIT_KEY
from tests.town import Clock


def everything(tx: Transaction, code: str = "gzb") -> None:
    """A state, a message, an audit entry."""
    tx.db.add(Bank(code=code, name="广州银行", name_en="Bank of Guangzhou", hotline="95500"))
    tx.send("account_order", card="c0ffee", order="suspend")
    tx.rings.add("status")
    tx.record(SYSTEM, "bank_added", f"bank:{code}")


def write_then_raise(uow: UnitOfWork, error: BaseException) -> None:
    with uow.write() as tx:
        everything(tx)
        tx.db.flush()
        raise error


def write_the_same_bank_again(uow: UnitOfWork) -> None:
    with uow.write() as tx:
        tx.send("account_order", card="c0ffee", order="close")
        tx.record(SYSTEM, "bank_added", "bank:gzb")
        tx.db.add(Bank(code="gzb", name="广州银行", name_en="Bank of Guangzhou", hotline="95500"))


def kept(uow: UnitOfWork) -> tuple[int, int, int, int]:
    """Banks, messages, audit entries, and the head of the audit chain."""
    with uow.read() as tx:
        counts = [tx.db.scalar(select(func.count()).select_from(table)) for table in (Bank, OutboxMessage, AuditEntry)]
        return counts[0] or 0, counts[1] or 0, counts[2] or 0, read_head(tx.db, "audit").value


def test_state_message_and_audit_entry_commit_together(uow: UnitOfWork, rung: list[set[str]]) -> None:
    with uow.write() as tx:
        everything(tx)
        assert rung == [], "nothing rings before the commit"
    assert kept(uow) == (1, 1, 1, 1)
    assert rung == [{"status", "outbox"}]


@pytest.mark.parametrize("error", [RefusedError("card_not_active"), RuntimeError("a fault"), KeyboardInterrupt()])
def test_nothing_is_kept_when_the_block_is_left_by_an_error(
    uow: UnitOfWork, rung: list[set[str]], error: BaseException
) -> None:
    with pytest.raises(type(error)):
        write_then_raise(uow, error)
    assert kept(uow) == (0, 0, 0, 0)
    assert rung == []


def test_a_refusal_that_asks_for_it_keeps_what_was_written(uow: UnitOfWork, rung: list[set[str]]) -> None:
    with pytest.raises(RefusedError, match="sms_code_wrong"):
        write_then_raise(uow, RefusedError("sms_code_wrong", keep=True))
    assert kept(uow) == (1, 1, 1, 1)
    assert rung == [{"status", "outbox"}]


def test_a_failing_commit_keeps_nothing_and_rings_nothing(uow: UnitOfWork, rung: list[set[str]]) -> None:
    """The second bank of that code is noticed at the commit, after audit entry and message were written."""
    with uow.write() as tx:
        everything(tx)
    rung.clear()
    with pytest.raises(ConcurrentChangeError):
        write_the_same_bank_again(uow)
    assert kept(uow) == (1, 1, 1, 1)
    assert rung == []


def test_what_a_reading_writes_is_never_kept(uow: UnitOfWork, database: Database) -> None:
    with uow.read() as tx:
        tx.db.add(Deployment(id=1, mode="demo", created_at=tx.now))
    with database.read() as db:
        assert db.get(Deployment, 1) is None


def test_a_reading_sees_one_state_however_long_it_takes(uow: UnitOfWork) -> None:
    """So that an audit chain in growth is never taken for a broken one, nor a list published half-way."""
    with uow.read() as reading:
        assert read_head(reading.db, "audit").value == 0
        with uow.write() as tx:
            everything(tx)
        assert read_head(reading.db, "audit").value == 0
        assert audit.verify(reading.db, AUDIT_KEY).entries == 0
    assert kept(uow) == (1, 1, 1, 1)


def test_heads_have_no_gaps_however_many_write_at_once(uow: UnitOfWork) -> None:
    """Numbers taken by transactions that fail are given out again; the chain holds in the order of commits."""

    def write(number: int) -> None:
        with uow.write() as tx:
            lock_head(tx.db, "revocation").value += 1
            tx.record(SYSTEM, "written", f"number:{number}")
            if number % 5 == 0:
                raise RefusedError("card_not_active")

    with ThreadPoolExecutor(6) as threads:
        failed = sum(future.exception() is not None for future in [threads.submit(write, n) for n in range(30)])
    with uow.read() as tx:
        assert failed == 6
        assert list(tx.db.scalars(select(AuditEntry.seq).order_by(AuditEntry.seq))) == list(range(1, 25))
        assert read_head(tx.db, "revocation").value == 24
        assert audit.verify(tx.db, AUDIT_KEY).ok


def test_a_locked_database_is_named_and_nothing_is_changed(
    database_url: str, uow: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_BUSY_SECONDS", 1)
    impatient = Database(database_url)
    with uow.write() as holder:
        lock_head(holder.db, "audit")
        with pytest.raises(DatabaseBusyError), impatient.write() as db:
            lock_head(db, "audit").value += 100
    impatient.dispose()
    assert kept(uow) == (0, 0, 0, 0)


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/nowhere", "sqlite:////proc/1/nowhere/ecard.db"])
def test_a_database_that_is_not_there_is_busy_not_a_fault(url: str) -> None:
    with pytest.raises((DatabaseBusyError, OSError)), Database(url).read() as db:
        db.get(Head, "audit")


def test_the_day_is_the_city_s(uow: UnitOfWork, clock: Clock) -> None:
    clock.now = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    with uow.read() as tx:
        assert tx.today == date(2027, 1, 1)
    clock.now -= timedelta(microseconds=1)
    with uow.read() as tx:
        assert tx.today == date(2026, 12, 31)
