"""The process dies between commit and Redis: nothing acknowledged is lost, because the database is the truth."""

from __future__ import annotations

from threading import Thread

import pytest

from ecard.services.loss import report_loss
from ecard.store.database import DatabaseBusyError
from ecard.store.unit_of_work import UnitOfWork
from ecard.worker import Worker
from tests.services.lists import AGENCY, another_process, assert_redis_says_what_the_database_says, follow_now
from tests.services.test_dispatch import messages
from tests.town import Holder, Town
from tests.waiting import wait_for


class KilledError(BaseException):
    """The end of the process."""


def die(_topics: set[str]) -> None:
    """A ring that never comes to ring."""
    raise KilledError


def report_and_die(town: Town, holder: Holder) -> None:
    base = town.foundation
    doomed = UnitOfWork(base.database, base.vault, base.secrets.audit, clock=town.clock, ring=die)
    with doomed.write() as tx:
        report_loss(tx, AGENCY, holder.public_id)


def test_a_worker_finishes_what_a_killed_process_left(any_town: Town) -> None:
    """List, publication and orders, without a request and without a bell."""
    follow_now(any_town)
    any_town.publisher().publish()
    holders = [any_town.a_card() for _ in range(3)]
    for holder in holders:
        with pytest.raises(KilledError):
            report_and_die(any_town, holder)
    assert any(any_town.revoked_in(any_town.trust(), holder) == {False} for holder in holders)

    worker = Worker(another_process(any_town))
    thread = Thread(target=worker.run)
    thread.start()
    try:
        wait_for(lambda: all(any_town.revoked_in(any_town.trust(), holder) == {True} for holder in holders))
        wait_for(lambda: all(message.delivered_at for message in messages(any_town)))
    finally:
        worker.stop()
        thread.join(timeout=15)
    assert not thread.is_alive()
    assert_redis_says_what_the_database_says(any_town)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_loses_one_loop_ends_so_that_it_is_started_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(another_process(town))

    def broken(_orders: object) -> None:
        raise KilledError

    monkeypatch.setattr(worker, "_outbox", broken)
    thread = Thread(target=worker.run)
    thread.start()
    thread.join(timeout=15)
    assert not thread.is_alive()


def test_tidying_that_met_a_busy_database_is_done_at_the_next_turn(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once an hour; a failure must not cost the hour, nor its audit anchor."""
    answers = iter([DatabaseBusyError("SQLITE_BUSY"), None])
    turns = []

    def tidy(_uow: UnitOfWork) -> None:
        answer = next(answers)
        turns.append(answer)
        if answer is not None:
            raise answer

    monkeypatch.setattr("ecard.worker.tidy", tidy)
    worker = Worker(another_process(town))
    with pytest.raises(DatabaseBusyError):
        worker._outbox(None)
    worker._outbox(None)
    worker._outbox(None)
    assert len(turns) == 2
