"""What verifiers download, judged by a verifier: the same from Redis and from the cards, and never going back."""

from __future__ import annotations

import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from sqlalchemy import select

from ecard.services.publish import MANIFEST, Publisher, changes_name
from ecard.store.heads import lock_head, read_head
from ecard.store.models import Card, Publication, StatusChange
from signing import WEEK, TrustBundle, base64url, encode_list, live_shards
from signing.statuslist import lay_over
from tests.services.lists import AWAY, another_process, find, lose, publisher_of
from tests.town import Town


def published(town: Town, *, held: TrustBundle | None = None) -> TrustBundle:
    """Publish if it is due, and sync."""
    town.publisher().publish_if_due()
    return town.trust(held=held)


def log_of(town: Town, shard: int | None = None) -> bytes:
    """The changes as published, of a live shard."""
    with town.foundation.uow.read() as tx:
        return tx.db.get_one(Publication, changes_name(shard or town.clock.epoch // WEEK)).body


def status_lists(town: Town) -> dict[int, bytes]:
    """What is published for others, by shard."""
    query = select(Publication.name, Publication.body).where(Publication.media_type == "application/statuslist+jwt")
    with town.foundation.uow.read() as tx:
        return {int(name.removeprefix("status/")): body for name, body in tx.db.execute(query)}


def bitmap_of(status_list: bytes) -> bytes:
    """What software that knows the IETF's standard reads in it."""
    claims = json.loads(base64url.decode(status_list.decode().split(".")[1]))
    return zlib.decompress(base64url.decode(claims["status_list"]["lst"]))


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


def test_a_change_is_published_at_once(any_town: Town) -> None:
    holder = any_town.a_card()
    serial = any_town.serial_of(holder)
    bundles, logs = [published(any_town)], [log_of(any_town)]
    for act in (lose, find):
        act(any_town, holder)
        bundles.append(published(any_town, held=bundles[-1]))
        logs.append(log_of(any_town))
    assert [bundle.manifest.version for bundle in bundles] == [1, 2, 2]
    assert [any_town.revoked_in(bundle, holder, serial) for bundle in bundles] == [{False}, {True}, {True}]
    assert any_town.revoked_in(bundles[-1], holder) == {False}, "it lives under a new serial"
    assert [len(log) for log in logs] == [0, 4, 4]
    assert [{pin.changes for pin in bundle.manifest.shards.values()} for bundle in bundles] == [{0}, {1}, {1}]


def test_changes_lead_from_any_manifest_to_any_later_one(any_town: Town) -> None:
    """What a follower lays over what it holds is the list that who joins downloads."""
    holders = [any_town.a_card() for _ in range(3)]
    bundles = [published(any_town)]
    for act, holder in ((lose, 0), (lose, 1), (find, 0), (lose, 2)):
        act(any_town, holders[holder])
        bundles.append(published(any_town, held=bundles[-1]))
    logs = {shard: log_of(any_town, shard) for shard in bundles[0].shards}
    for older, newer in combinations(bundles, 2):
        for shard, log in logs.items():
            first, last = (bundle.manifest.shards[shard].changes for bundle in (older, newer))
            laid = lay_over(older.shards[shard].revoked, log[4 * first : 4 * last])
            assert encode_list(laid) == newer.shards[shard].data


def test_another_process_composes_the_same_documents(any_town: Town) -> None:
    """Caught up in one process, built from the database in the other, in this week and in later ones."""
    here = any_town.publisher()
    for days in (0, 1, 3, 3, 7, 1, 9):
        any_town.clock.forward(days=days)
        lose(any_town, any_town.a_card())
        find(any_town, any_town.a_card("suspended"))
        here.publish()
        lists = {shard: (shard_.data, log_of(any_town, shard)) for shard, shard_ in any_town.trust().shards.items()}
        publisher_of(another_process(any_town)).publish()
        again = {shard: (shard_.data, log_of(any_town, shard)) for shard, shard_ in any_town.trust().shards.items()}
        assert lists == again


def test_a_log_begins_with_the_first_change_that_its_codes_may_live_to_see(town: Town) -> None:
    """A week's codes are made from seven days before it on; who lost the card before then has none."""
    before = town.a_card("suspended")
    town.clock.forward(days=20)
    shard = town.clock.epoch // WEEK + 1
    first, born = town.a_card(), datetime.fromtimestamp((shard - 1) * WEEK, UTC)
    town.clock.forward(seconds=(born - town.clock.now).total_seconds() + WEEK)
    early, late = town.a_card(), town.a_card()
    lose(town, early)
    with town.foundation.uow.write() as tx:
        row = tx.db.scalars(select(StatusChange).order_by(StatusChange.version.desc())).first()
        assert row is not None
        row.at = born + timedelta(weeks=1) - timedelta(microseconds=1)
    lose(town, late)
    with town.foundation.uow.write() as tx:
        row = tx.db.scalars(select(StatusChange).order_by(StatusChange.version.desc())).first()
        assert row is not None
        row.at = born + timedelta(weeks=1)
    lists = published(town).shards
    newest, indices = lists[shard + 1], town.foundation.indices
    assert newest.revoked == {indices.of(town.serial_of(late), shard + 1)}
    assert lists[shard].revoked == {indices.of(town.serial_of(holder), shard) for holder in (early, late)}
    assert not {indices.of(town.serial_of(holder), shard) for holder in (before, first)} & lists[shard].revoked


def test_for_others_a_status_list_is_made_anew_after_four_hours(town: Town) -> None:
    """One at each publication: packing a city's bits takes long."""
    holder = town.a_card()
    published(town)
    first = status_lists(town)
    lose(town, holder)
    town.clock.forward(hours=3, minutes=59)
    published(town)
    assert status_lists(town) == first
    town.clock.forward(minutes=1)
    renewed = []
    for _ in first:
        town.publisher().publish()
        again = status_lists(town)
        assert first.keys() == again.keys()
        renewed.append(sum(document != first[shard] for shard, document in again.items()))
    assert renewed == list(range(1, len(first) + 1))
    for shard, document in again.items():
        bitmap = bitmap_of(document)
        index = town.foundation.indices.of(town.serial_of(holder), shard)
        assert document != first[shard]
        assert sum(byte.bit_count() for byte in bitmap) == bitmap[index >> 3] >> (index & 7) & 1 == 1


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


def test_the_status_list_is_the_same_from_redis_from_the_cards_and_from_the_log(listed_town: Town) -> None:
    for state in ("active", "suspended", "cancelled", "suspended", "made"):
        listed_town.a_card(state)
    find(listed_town, listed_town.a_card("suspended"))
    lose(listed_town, listed_town.a_card())
    listed_town.publisher().publish()
    from_redis = {shard: bitmap_of(document) for shard, document in status_lists(listed_town).items()}
    listed_town.clock.forward(hours=4)
    for _ in from_redis:
        publisher_of(another_process(listed_town, AWAY)).publish()
    assert {shard: bitmap_of(document) for shard, document in status_lists(listed_town).items()} == from_redis
    for shard, list_ in listed_town.trust().shards.items():
        bits = from_redis[shard]
        assert {index for index in range(8 * len(bits)) if bits[index >> 3] >> (index & 7) & 1} == list_.revoked
        assert len(list_.revoked) >= 3


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


@pytest.mark.parametrize("later", [0, 1, 2], ids=["fewer changes", "as many", "more"])
def test_a_database_that_turned_back_is_published_as_it_is(town: Town, later: int) -> None:
    """Restored, under a worker that goes on, from a backup of before the loss report; then other reports come.

    The publisher forgets what it knew, and whoever held the lost future is led back by the lists.
    """
    publisher, holder, others = town.publisher(), town.a_card(), [town.a_card() for _ in range(later)]
    lose(town, holder)
    publisher.publish()
    held = town.trust()
    assert town.revoked_in(held, holder) == {True}
    with town.foundation.uow.write() as tx:
        tx.db.delete(tx.db.scalars(select(StatusChange)).one())
        lock_head(tx.db, "revocation").value = 0
        card = tx.db.get_one(Card, holder.card_id)
        card.state = "active"
    town.foundation.redis.flushall()
    for other in others:
        lose(town, other)
    publisher.publish()
    bundle = town.trust(held=held)
    assert town.revoked_in(bundle, holder) == {False}
    assert all(town.revoked_in(bundle, other) == {True} for other in others)
    assert {pin.changes for pin in bundle.manifest.shards.values()} == {later}


def test_a_publisher_that_failed_half_way_counts_no_change_twice(town: Town) -> None:
    publisher = town.publisher()
    publisher.publish()
    lose(town, town.a_card())
    with town.foundation.uow.read() as tx:
        publisher._compose(tx, 2)
    publisher.publish()
    assert {pin.changes for pin in town.trust().manifest.shards.values()} == {1}


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
    parts = ("", "/list", "/changes")
    assert names == {"keys", "manifest"} | {f"status/{shard}{part}" for shard in shards for part in parts}
