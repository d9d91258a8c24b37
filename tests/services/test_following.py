"""Redis follows the database: behind it, ahead of it, empty, from the past, away, and with others at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select

from ecard.services import follow as following
from ecard.services.follow import follow
from ecard.store.heads import lock_head
from ecard.store.models import Card, StatusChange
from ecard.store.redis_link import RedisUnavailableError
from signing import WEEK, live_shards
from tests.services.lists import (
    AWAY,
    Memory,
    another_process,
    assert_redis_says_what_the_database_says,
    find,
    follow_now,
    lose,
    publisher_of,
)
from tests.town import Holder, Town


def revoked_in_redis(town: Town, holder: Holder, serial: int | None = None) -> set[bool]:
    """What Redis says in every live week of a card as it is now, or of an earlier serial of it."""
    base, serial = town.foundation, serial or town.serial_of(holder)
    return {
        base.revocations.is_revoked(shard, base.indices.of(serial, shard))[1] for shard in live_shards(town.clock.epoch)
    }


def test_redis_knows_a_loss_report_as_soon_as_it_is_acknowledged(listed_town: Town) -> None:
    holder, neighbour = listed_town.a_card(), listed_town.a_card()
    serial = listed_town.serial_of(holder)
    lose(listed_town, holder)
    assert revoked_in_redis(listed_town, holder) == {True}
    assert revoked_in_redis(listed_town, neighbour) == {False}
    find(listed_town, holder)
    assert revoked_in_redis(listed_town, holder) == {False}
    assert revoked_in_redis(listed_town, holder, serial) == {True}, "what was lost stays lost"
    assert_redis_says_what_the_database_says(listed_town)


def test_redis_catches_up_with_what_was_committed_without_it(listed_town: Town) -> None:
    lost, found, neighbour = (listed_town.a_card() for _ in range(3))
    lose(listed_town, found)
    without_redis = another_process(listed_town, AWAY)
    lose(listed_town, lost, without_redis)
    assert revoked_in_redis(listed_town, lost) == {False}, "Redis was away"
    assert follow_now(listed_town) == 2
    assert revoked_in_redis(listed_town, lost) == revoked_in_redis(listed_town, found) == {True}
    assert revoked_in_redis(listed_town, neighbour) == {False}
    assert_redis_says_what_the_database_says(listed_town)


def test_an_empty_redis_is_filled_from_the_record(listed_town: Town) -> None:
    lost = [listed_town.a_card("suspended") for _ in range(5)]
    found = listed_town.a_card("suspended")
    serial = listed_town.serial_of(found)
    find(listed_town, found)
    listed_town.foundation.redis.flushall()
    follow_now(listed_town)
    assert all(revoked_in_redis(listed_town, holder) == {True} for holder in lost)
    assert revoked_in_redis(listed_town, found) == {False}
    assert revoked_in_redis(listed_town, found, serial) == {True}, (
        "a rebuilt list knows serials that no card has any more"
    )
    assert_redis_says_what_the_database_says(listed_town)


def test_a_redis_from_the_past_is_brought_to_the_present(listed_town: Town) -> None:
    early, late, found = (listed_town.a_card() for _ in range(3))
    lose(listed_town, early)
    lose(listed_town, found)
    past = Memory(listed_town)
    lose(listed_town, late)
    find(listed_town, found)
    past.restore()
    assert revoked_in_redis(listed_town, late) == {False}, "Redis answers from the past"
    follow_now(listed_town)
    assert [revoked_in_redis(listed_town, holder) for holder in (early, late, found)] == [{True}, {True}, {False}]
    assert_redis_says_what_the_database_says(listed_town)


def test_the_next_change_alone_heals_a_redis_from_the_past(listed_town: Town) -> None:
    """No worker is needed: whoever commits next brings the missing changes along."""
    early, late = listed_town.a_card(), listed_town.a_card()
    past = Memory(listed_town)
    lose(listed_town, early)
    past.restore()
    lose(listed_town, late)
    assert revoked_in_redis(listed_town, early) == {True}
    assert_redis_says_what_the_database_says(listed_town)


def test_a_redis_ahead_of_the_database_is_rebuilt(listed_town: Town) -> None:
    """The database came back from a backup; what Redis knows beyond it never happened."""
    kept, undone = listed_town.a_card(), listed_town.a_card()
    lose(listed_town, kept)
    lose(listed_town, undone)
    with listed_town.foundation.uow.write() as tx:
        tx.db.execute(delete(StatusChange).where(StatusChange.version == 2))
        card = tx.db.scalars(select(Card).where(Card.id == undone.card_id)).one()
        card.state = "active"
        lock_head(tx.db, "revocation").value = 1
    assert follow_now(listed_town) == 1
    assert revoked_in_redis(listed_town, undone) == {False}
    assert revoked_in_redis(listed_town, kept) == {True}
    assert_redis_says_what_the_database_says(listed_town)


def test_a_redis_too_far_behind_is_rebuilt_at_once(listed_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_FAR", 2)
    past = Memory(listed_town)
    holders = [listed_town.a_card("suspended") for _ in range(4)]
    past.restore()
    follow_now(listed_town)
    assert all(revoked_in_redis(listed_town, holder) == {True} for holder in holders)
    assert_redis_says_what_the_database_says(listed_town)


def test_a_shard_that_redis_lost_alone_is_never_published(listed_town: Town) -> None:
    """Redis evicted one bitmap and kept the version; the publication is made from the record."""
    holder = listed_town.a_card("suspended")
    follow_now(listed_town)
    for shard in live_shards(listed_town.clock.epoch):
        listed_town.foundation.redis.delete(f"ecard:status:{shard}")
    listed_town.publisher().publish()
    assert listed_town.revoked_in(listed_town.trust(), holder) == {True}


def test_a_new_week_brings_a_new_shard_with_the_old_losses(listed_town: Town) -> None:
    holder = listed_town.a_card()
    lose(listed_town, holder)
    before = set(live_shards(listed_town.clock.epoch))
    seconds_to_next_week = WEEK - listed_town.clock.epoch % WEEK
    listed_town.clock.forward(seconds=seconds_to_next_week)
    new = set(live_shards(listed_town.clock.epoch)) - before
    assert len(new) == 1
    follow_now(listed_town)
    assert listed_town.foundation.revocations.state().shards >= new
    assert_redis_says_what_the_database_says(listed_town)


def test_a_loss_older_than_any_living_token_leaves_the_list(listed_town: Town) -> None:
    """A shard needs only the revocations of credentials that can still be alive."""
    holder = listed_town.a_card()
    lose(listed_town, holder)
    listed_town.clock.forward(days=22)
    follow_now(listed_town)
    assert revoked_in_redis(listed_town, holder) == {False}
    find(listed_town, holder)
    lose(listed_town, holder)
    assert revoked_in_redis(listed_town, holder) == {True}, "a new loss stands on every new list"
    assert_redis_says_what_the_database_says(listed_town)


def test_followers_at_once_never_put_an_older_state_over_a_newer_one(listed_town: Town) -> None:
    holders = [listed_town.a_card() for _ in range(24)]
    processes = [another_process(listed_town) for _ in range(3)]

    def report(number: int) -> None:
        lose(listed_town, holders[number], processes[number % 3])

    with ThreadPoolExecutor(6) as threads:
        reports = [threads.submit(report, number) for number in range(len(holders))]
        followers = [
            threads.submit(follow, base.uow, base.revocations, base.indices) for base in processes for _ in range(5)
        ]
    assert not any(report.exception() for report in reports)
    assert not any(follower.exception() for follower in followers)
    assert follow_now(listed_town) == len(holders)
    assert all(revoked_in_redis(listed_town, holder) == {True} for holder in holders)
    assert_redis_says_what_the_database_says(listed_town)


def test_a_follower_that_was_overtaken_changes_nothing(listed_town: Town) -> None:
    """It read version 0, somebody else moved on: neither its changes nor its rebuild count any more."""
    holder = listed_town.a_card()
    lose(listed_town, holder)
    revocations = listed_town.foundation.revocations
    shard = live_shards(listed_town.clock.epoch)[0]
    assert not revocations.apply(0, 9, [(shard, 5, True)])
    assert not revocations.replace(None, 9, {shard: bytes(8)})
    assert revocations.state().version == 1
    assert_redis_says_what_the_database_says(listed_town)


def test_a_loss_report_without_redis_is_acknowledged_published_and_caught_up(listed_town: Town) -> None:
    """No acknowledged report waits for Redis: the list is published from the database, and Redis follows when it is back."""
    holder, neighbour = listed_town.a_card(), listed_town.a_card()
    follow_now(listed_town)
    web = another_process(listed_town, AWAY)
    with pytest.raises(RedisUnavailableError):
        follow(web.uow, web.revocations, web.indices)
    lose(listed_town, holder, web)
    assert publisher_of(web).publish_if_due()
    bundle = listed_town.trust()
    assert listed_town.revoked_in(bundle, holder) == {True}
    assert listed_town.revoked_in(bundle, neighbour) == {False}
    follow_now(listed_town)
    assert revoked_in_redis(listed_town, holder) == {True}
    assert_redis_says_what_the_database_says(listed_town)


def test_a_locked_card_is_on_the_list_like_a_lost_one(any_town: Town) -> None:
    """Art. 35: what is not usable is refused, whatever the reason; this one on both databases."""
    locked = any_town.a_card(locked=True)
    any_town.foundation.redis.flushall()
    follow_now(any_town)
    assert revoked_in_redis(any_town, locked) == {True}
    assert_redis_says_what_the_database_says(any_town)
