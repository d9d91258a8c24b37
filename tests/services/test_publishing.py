"""What verifiers download, judged by a verifier: the same from Redis and from the cards, and never going back."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from ecard.services.publish import MANIFEST, Publisher
from ecard.store.heads import lock_head, read_head
from ecard.store.models import Card, Publication, StatusChange
from ecard.stream import newest_event
from signing import WEEK, TrustBundle, live_shards
from tests.services.lists import AWAY, another_process, find, lose, publisher_of
from tests.town import Town


def published(town: Town, *, held: TrustBundle | None = None) -> TrustBundle:
    """Publish if it is due, and sync."""
    town.publisher().publish_if_due()
    return town.trust(held=held)


def manifest_head(town: Town) -> int:
    with town.foundation.uow.read() as tx:
        return read_head(tx.db, MANIFEST).value


def test_the_first_publication_is_whole(any_town: Town) -> None:
    lost, neighbour = any_town.a_card("suspended"), any_town.a_card()
    bundle = published(any_town)
    assert set(bundle.shards) == set(live_shards(any_town.clock.epoch))
    assert (bundle.manifest.version, bundle.manifest.issued_at) == (1, any_town.clock.epoch)
    assert any_town.revoked_in(bundle, lost) == {True}
    assert any_town.revoked_in(bundle, neighbour) == {False}


def test_nothing_is_published_while_nothing_changes_for_a_minute(town: Town) -> None:
    first = published(town)
    town.clock.forward(seconds=59)
    assert not town.publisher().publish_if_due()
    town.clock.forward(seconds=1)
    assert town.publisher().publish_if_due()
    renewed = town.trust(held=first)
    assert renewed.manifest.version == 2
    assert renewed.manifest.shards == first.manifest.shards, "a renewal costs a verifier nothing but the manifest"


def test_a_change_is_published_at_once_in_the_delta(any_town: Town) -> None:
    holder = any_town.a_card()
    serial = any_town.serial_of(holder)
    before = published(any_town)
    lose(any_town, holder)
    lost = published(any_town, held=before)
    find(any_town, holder)
    found = published(any_town, held=lost)
    bundles = (before, lost, found)
    assert [bundle.manifest.version for bundle in bundles] == [1, 2, 2]
    assert [any_town.revoked_in(bundle, holder, serial) for bundle in bundles] == [{False}, {True}, {True}]
    assert [any_town.revoked_in(bundle, holder) for bundle in bundles] == [{False}] * 3, "it lives under a new serial"
    for shard in before.shards:
        deltas = [bundle.shards[shard].delta for bundle in bundles]
        assert [len(delta) for delta in deltas] == [0, 4, 4]
        assert deltas[2].startswith(deltas[1]), "a delta only grows until the next snapshot"
        assert len({bundle.manifest.shards[shard].snapshot for bundle in (before, lost, found)}) == 1


def test_after_four_hours_a_new_snapshot_takes_up_the_delta(town: Town) -> None:
    holder = town.a_card()
    before = published(town)
    lose(town, holder)
    published(town)
    town.clock.forward(hours=3, minutes=59)
    assert all(shard.delta for shard in published(town, held=before).shards.values())
    town.clock.forward(minutes=1)
    after = published(town, held=before)
    assert all(shard.delta == b"" for shard in after.shards.values())
    assert all(
        after.manifest.shards[shard].snapshot != before.manifest.shards[shard].snapshot for shard in after.shards
    )
    assert town.revoked_in(after, holder) == {True}


def test_the_weeks_come_and_go(town: Town) -> None:
    """A new week's shard is there a week before its first code expires; an old one stays an hour longer than its last code."""
    week = town.clock.epoch // WEEK
    town.clock.forward(seconds=(week + 1) * WEEK - town.clock.epoch - 1)
    bundles = [published(town)]
    for seconds in (1, 3599, 1):
        town.clock.forward(seconds=seconds)
        bundles.append(published(town, held=bundles[-1]))
    assert [sorted(shard - week for shard in bundle.shards) for bundle in bundles] == [
        [0, 1],
        [0, 1, 2],
        [0, 1, 2],
        [1, 2],
    ]
    holder = town.a_card()
    lose(town, holder)
    assert town.revoked_in(published(town, held=bundles[-1]), holder) == {True}


def test_the_list_is_the_same_from_redis_and_from_the_record(listed_town: Town) -> None:
    for state in ("active", "suspended", "cancelled", "suspended", "made"):
        listed_town.a_card(state)
    find(listed_town, listed_town.a_card("suspended"))
    lose(listed_town, listed_town.a_card())
    listed_town.publisher().publish()
    from_redis = listed_town.trust()
    listed_town.clock.forward(hours=4)
    publisher_of(another_process(listed_town, AWAY)).publish()
    from_record = listed_town.trust(held=from_redis)
    for shard in from_redis.shards:
        assert from_redis.shards[shard].snapshot.bitmap == from_record.shards[shard].snapshot.bitmap
        assert sum(byte.bit_count() for byte in from_record.shards[shard].snapshot.bitmap) == 4


def test_two_publishers_never_use_a_number_twice(any_town: Town) -> None:
    publishers = [publisher_of(another_process(any_town)) for _ in range(2)]

    def publish(publisher: Publisher) -> int:
        return sum(publisher.publish() for _ in range(6))

    with ThreadPoolExecutor(2) as threads:
        taken = sum(threads.map(publish, publishers))
    assert 6 <= taken == manifest_head(any_town) == any_town.trust().manifest.version


def test_who_is_overtaken_between_reading_and_storing_composes_again(town: Town) -> None:
    """The first try was composed before the loss report; under the next number stands what came after."""
    holder = town.a_card()
    slow, quick = town.publisher(), town.publisher()
    with town.foundation.uow.read() as tx:
        stale = slow._compose(tx, 1)
    lose(town, holder)
    quick.publish()
    assert not slow._store(0, stale)
    assert town.revoked_in(town.trust(), holder) == {True}


def test_a_database_that_turned_back_is_published_as_it_is(town: Town) -> None:
    """Restored from a backup of before the loss report: the snapshot is made anew from the record."""
    holder = town.a_card()
    lose(town, holder)
    assert town.revoked_in(published(town), holder) == {True}
    with town.foundation.uow.write() as tx:
        tx.db.delete(tx.db.scalars(select(StatusChange)).one())
        lock_head(tx.db, "revocation").value = 0
    town.foundation.redis.flushall()
    with town.foundation.uow.write() as tx:
        tx.db.get_one(Card, holder.card_id).state = "active"
    assert town.revoked_in(published(town), holder) == {False}


def test_a_new_key_set_is_published_without_waiting(town: Town) -> None:
    published(town)
    with town.foundation.uow.write() as tx:
        tx.db.get_one(Publication, "keys").version = 0
    assert town.publisher().publish_if_due()


def test_what_is_stored_is_exactly_what_the_manifest_names(town: Town) -> None:
    published(town)
    town.clock.forward(days=15)
    shards = set(published(town).shards)
    with town.foundation.uow.read() as tx:
        names = set(tx.db.scalars(select(Publication.name)))
    expected = {"keys", "manifest"} | {f"status/{shard}" for shard in shards} | {f"status/{s}/delta" for s in shards}
    assert names == expected


def test_the_stream_says_the_newest_manifest_with_its_deltas(any_town: Town) -> None:
    """A connected verifier needs nothing else: the lists of the event are accepted over the snapshots it holds."""
    assert newest_event(any_town.foundation.database) is None
    holder = any_town.a_card()
    before = published(any_town)
    lose(any_town, holder)
    any_town.publisher().publish_if_due()
    event = newest_event(any_town.foundation.database)
    assert event is not None
    version, text = event
    fields = dict(line.split(": ", 1) for line in text.decode().strip().splitlines())
    assert (fields["event"], fields["id"], version) == ("manifest", "2", 2)
    data = json.loads(fields["data"])
    bundle = TrustBundle.accept(
        before.root, keys=before.keys.data, manifest=data["manifest"].encode(), held=before, now=any_town.clock.epoch
    )
    assert bundle.missing_snapshots() == []
    for shard, delta in data["deltas"].items():
        bundle = bundle.with_delta(int(shard), urlsafe_b64decode(delta + "=" * (-len(delta) % 4)))
    assert any_town.revoked_in(bundle, holder) == {True}
