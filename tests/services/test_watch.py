"""A process's memory: quick while it is fresh, silent when it is not, and never surer than the database."""

from __future__ import annotations

import pytest

from ecard.domain.actors import Role
from ecard.services.sessions import end_session, open_session
from ecard.services.watch import HeldCard, Watch, Watcher
from ecard.store.heads import lock_head
from tests.services.lists import AWAY, another_process, lose
from tests.services.people import done
from tests.town import Town
from tests.waiting import wait_for


class Stopwatch:
    """A monotonic clock that stands."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def watch(any_town: Town, stopwatch: Stopwatch) -> Watch:
    return Watch(any_town.foundation.uow, monotonic=stopwatch)


def a_held(card_id: int) -> HeldCard:
    return HeldCard(card_id, card_id, 0, {})


def test_before_the_first_look_nothing_is_known(watch: Watch) -> None:
    watch.hold(1, a_held(1), watch.version)
    assert (watch.is_fresh, watch.card(1), watch.session_ended("any")) == (False, None, None)


def test_a_card_is_remembered_until_it_changes(any_town: Town, watch: Watch) -> None:
    lost, kept = any_town.a_card(), any_town.a_card()
    watch.refresh()
    for account, holder in ((1, lost), (2, kept)):
        watch.hold(account, a_held(holder.card_id), watch.version)
    lose(any_town, lost)
    assert watch.card(1) is not None, "not asked yet"
    watch.refresh()
    assert watch.card(1) is None
    assert watch.card(2) is not None


def test_a_card_read_before_a_change_is_not_remembered_after_it(any_town: Town, watch: Watch) -> None:
    """The race that would show a code of a lost card: read, reported, refreshed, held."""
    holder = any_town.a_card()
    watch.refresh()
    version = watch.version
    lose(any_town, holder)
    watch.refresh()
    watch.hold(1, a_held(holder.card_id), version)
    assert watch.card(1) is None


def test_a_memory_that_was_not_renewed_for_two_and_a_half_seconds_says_nothing(
    any_town: Town, watch: Watch, stopwatch: Stopwatch
) -> None:
    watch.refresh()
    watch.hold(1, a_held(1), watch.version)
    stopwatch.seconds += 2.4
    assert watch.card(1) is not None
    assert watch.session_ended("any") is False
    stopwatch.seconds += 0.2
    assert (watch.card(1), watch.session_ended("any")) == (None, None)
    watch.refresh()
    assert watch.card(1) is not None


def test_a_card_is_read_anew_after_five_minutes(watch: Watch, stopwatch: Stopwatch) -> None:
    watch.refresh()
    watch.hold(1, a_held(1), watch.version)
    stopwatch.seconds += 301
    watch.refresh()
    assert watch.card(1) is None


def test_a_database_that_turned_back_empties_the_memory(any_town: Town, watch: Watch) -> None:
    lose(any_town, any_town.a_card())
    watch.refresh()
    watch.hold(1, a_held(1), watch.version)
    with any_town.foundation.uow.write() as tx:
        lock_head(tx.db, "revocation").value = 0
    watch.refresh()
    assert (watch.card(1), watch.version) == (None, 0)


def test_an_ended_session_is_known_for_as_long_as_its_tokens_could_live(any_town: Town, watch: Watch) -> None:
    ended, alive = (done(any_town, lambda tx: open_session(tx, Role.CITIZEN, 1).id) for _ in range(2))
    watch.refresh()
    done(any_town, lambda tx: end_session(tx, ended))
    watch.refresh()
    assert (watch.session_ended(ended), watch.session_ended(alive)) == (True, False)
    any_town.clock.forward(minutes=11)
    watch.refresh()
    assert watch.session_ended(ended), "an access token lives ten minutes"


def test_a_process_that_starts_later_knows_who_was_signed_out_before(any_town: Town, stopwatch: Stopwatch) -> None:
    session = done(any_town, lambda tx: open_session(tx, Role.CITIZEN, 1).id)
    done(any_town, lambda tx: end_session(tx, session))
    any_town.clock.forward(minutes=9)
    started = Watch(any_town.foundation.uow, monotonic=stopwatch)
    started.refresh()
    assert started.session_ended(session) is True


@pytest.mark.parametrize("redis", ["there", "away"])
def test_the_watching_thread_learns_of_a_loss_by_itself(town: Town, redis: str) -> None:
    """Redis only makes the news faster."""
    base = another_process(town, AWAY if redis == "away" else None)
    watch = Watch(base.uow)
    watcher = Watcher(watch, base.bells())
    watcher.start()
    try:
        holder = town.a_card()
        wait_for(lambda: watch.is_fresh)
        watch.hold(1, a_held(holder.card_id), watch.version)
        wait_for(lambda: watch.card(1) is not None)
        lose(town, holder)
        wait_for(lambda: watch.is_fresh and watch.card(1) is None, seconds=5)
    finally:
        watcher.stop()
        watcher.join(timeout=5)
    assert not watcher.is_alive()
