"""What connected verifiers are told: enough to follow, written once, and never more than is short."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from ecard.services.news import News, Published, read_published
from signing import RootFile, TrustBundle
from signing.stream import TrustEvent, follow_event
from tests.services.lists import lose
from tests.town import Town


def a_publication(version: int, *, words: int = 0, shards: tuple[int, ...] = (7, 8)) -> Published:
    """A publication whose logs have so many changes; those of one shard all name its number."""
    return Published(
        version, f"manifest {version}".encode(), {shard: bytes((0, 0, 0, shard)) * words for shard in shards}
    )


def told(news: News, since: int | None) -> dict[str, dict[str, object]]:
    """The changes of an event, by shard."""
    event = news.since(since)
    assert event is not None
    fields = dict(line.split(": ", 1) for line in event.decode().strip().splitlines())
    assert (fields["event"], fields["id"]) == ("manifest", str(news.version))
    changes: dict[str, dict[str, object]] = json.loads(fields["data"])["changes"]
    return changes


def test_nothing_is_told_before_the_first_publication() -> None:
    assert (News().since(None), News().version) == (None, None)


def test_who_knew_a_version_is_told_what_came_since() -> None:
    news = News()
    for version, words in ((1, 0), (2, 1), (3, 1), (4, 3)):
        news.put(a_publication(version, words=words))
    assert told(news, 4) == {}
    assert (
        told(news, 3)
        == told(news, 2)
        == {"7": {"from": 1, "words": "AAAABwAAAAc"}, "8": {"from": 1, "words": "AAAACAAAAAg"}}
    )
    assert told(news, 1)["7"] == {"from": 0, "words": "AAAABwAAAAcAAAAH"}


@pytest.mark.parametrize("since", [None, 0, 5, 2**53])
def test_who_knew_nothing_or_an_unknown_version_is_told_the_manifest_alone(since: int | None) -> None:
    news = News()
    news.put(a_publication(3, words=5))
    news.put(a_publication(4, words=6))
    assert told(news, since) == {}


def test_the_log_of_a_new_week_is_told_from_its_beginning() -> None:
    news = News()
    news.put(a_publication(1, words=1, shards=(7,)))
    news.put(a_publication(2, words=1, shards=(7, 8)))
    assert told(news, 1) == {"8": {"from": 0, "words": "AAAACA"}}


def test_one_event_is_written_for_all_who_come_from_one_version() -> None:
    news = News()
    news.put(a_publication(1))
    news.put(a_publication(2, words=1))
    assert news.since(1) is news.since(1)
    assert news.since(77) is news.since(None)


def test_an_event_is_short_whatever_happened() -> None:
    """Who lacks a hundred thousand changes fetches the list."""
    news = News()
    news.put(a_publication(1))
    news.put(a_publication(2, words=10_000))
    assert told(news, 1).keys() == {"7"}
    news.put(a_publication(3, words=100_000))
    assert told(news, 1) == {}


def test_versions_are_forgotten_after_a_day() -> None:
    news = News()
    for version in range(1, 2002):
        news.put(a_publication(version, words=min(version, 2)))
    assert told(news, 1) == {}
    assert told(news, 2) == {}
    news.put(a_publication(2002, words=3))
    assert told(news, 3)["7"] == {"from": 2, "words": "AAAABw"}


@pytest.mark.parametrize("restored", [a_publication(3, words=1), a_publication(1, words=5)], ids=["log", "version"])
def test_after_a_backup_was_put_back_nothing_of_before_is_built_on(restored: Published) -> None:
    news = News()
    news.put(a_publication(1, words=1))
    news.put(a_publication(2, words=2))
    news.put(restored)
    assert told(news, 1 if restored.version == 3 else 2) == {}


def test_events_lead_a_verifier_through_a_day(any_town: Town) -> None:
    """From joining on it needs nothing but the stream, whatever it missed."""
    news, bundles = News(), []
    assert read_published(any_town.foundation.database, None) is None
    for losses in (0, 3, 1, 2):
        for _ in range(losses):
            lose(any_town, any_town.a_card())
        any_town.publisher().publish_if_due()
        published = read_published(any_town.foundation.database, news.version)
        assert published is not None
        news.put(published)
        bundles.append(any_town.trust())
        assert read_published(any_town.foundation.database, news.version) is None
    for older in bundles[:-1]:
        followed = followed_from(news, older, any_town.clock.epoch)
        assert followed is not None
        assert followed.to_files().lists == bundles[-1].to_files().lists
    assert all(newer.manifest.version == older.manifest.version + 1 for older, newer in pairwise(bundles))


def followed_from(news: News, bundle: TrustBundle, now: int) -> TrustBundle | None:
    """``bundle`` after the event for who holds it."""
    event = news.since(bundle.manifest.version)
    assert event is not None
    assert RootFile.parse(bundle.root.data).issuer == bundle.keys.issuer
    (data,) = (line.removeprefix(b"data: ") for line in event.splitlines() if line.startswith(b"data: "))
    return follow_event(bundle, TrustEvent.parse(data), now)
