"""Hearing of new manifests from servers that are honest, slow, wrong or hostile."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

from signing import SyncError, TrustBundle, TrustError, base64url, encode_changes
from signing.errors import MalformedError
from signing.stream import MAX_EVENT, Changes, TrustEvent, follow_event, open_stream
from tests.signing.publisher_server import Answer, pouring, publishing
from tests.signing.test_trust_attacks import grown, load
from tests.vectors import bundles, city
from tests.vectors.bundles import Bundle, a_bundle, a_key_set, a_manifest, with_manifest
from tests.vectors.city import NOW, SHARD, SHARD_SIZE

pytestmark = pytest.mark.timeout(20)

NEWS = encode_changes([(77, True)])
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
HELD = a_bundle()


def test_event_leads_to_what_a_synchronization_would(city_trust: TrustBundle) -> None:
    newer = follow_event(city_trust, an_event(grown(NEWS), {SHARD: Changes(4, NEWS)}), NOW)
    assert newer is not None
    assert newer.to_files().lists == load(grown(NEWS)).to_files().lists
    assert (newer.manifest.version, newer.shards[SHARD].is_revoked(77)) == (900, True)
    assert newer.shards[SHARD + 1] is city_trust.shards[SHARD + 1]


def test_event_may_reach_back_further_than_what_is_held(city_trust: TrustBundle) -> None:
    changes = {SHARD: Changes(1, bundles.CHANGES[4:] + NEWS)}
    assert follow_event(city_trust, an_event(grown(NEWS), changes), NOW) is not None


def test_event_of_a_new_week(city_trust: TrustBundle) -> None:
    """Its log is laid over nothing."""
    newer = a_bundle(shards=(SHARD + 2, SHARD + 1), changes=NEWS, manifest=_manifest(version=900))
    followed = follow_event(city_trust, an_event(newer, {SHARD + 2: Changes(0, NEWS)}), NOW)
    assert followed is not None
    assert set(followed.shards) == {SHARD + 1, SHARD + 2}
    assert followed.shards[SHARD + 2].is_revoked(77)


def test_event_that_only_renews(city_trust: TrustBundle) -> None:
    newer = follow_event(city_trust, an_event(with_manifest(version=900, issued_at=NOW)), NOW)
    assert newer is not None
    assert (newer.manifest.issued_at, newer.shards) == (NOW, city_trust.shards)


@pytest.mark.parametrize(
    ("newer", "changes"),
    [
        (grown(NEWS), {}),
        (grown(NEWS), {SHARD: Changes(5, b"")}),
        (grown(NEWS), {SHARD: Changes(4, encode_changes([(76, True)]))}),
        (grown(NEWS), {SHARD: Changes(0, NEWS)}),
        (grown(NEWS), {SHARD + 1: Changes(4, NEWS)}),
        (a_bundle(keys=a_key_set(version=4), keys_version=4), {}),
        (a_bundle(keys=a_key_set(version=4, list_keys={city.NEXT_LIST: {}}), keys_version=4), {}),
    ],
    ids=[
        "no changes",
        "later ones",
        "other ones",
        "earlier ones",
        "another shard's",
        "key set",
        "key set and list key",
    ],
)
def test_event_that_is_not_enough(city_trust: TrustBundle, newer: Bundle, changes: Mapping[int, Changes]) -> None:
    """Only a synchronization brings the rest."""
    assert follow_event(city_trust, an_event(newer, changes), NOW) is None


@pytest.mark.parametrize(
    ("newer", "changes", "code"),
    [
        (with_manifest(version=811), {}, "manifest_rollback"),
        (with_manifest(issued_at=NOW), {}, "manifest_rollback"),
        (with_manifest(version=900, signer=city.STRANGER), {}, "manifest_untrusted"),
        (
            grown(encode_changes([(SHARD_SIZE, True)])),
            {SHARD: Changes(4, encode_changes([(SHARD_SIZE, True)]))},
            "list_untrusted",
        ),
    ],
    ids=["older", "same number", "stranger", "beyond the shard"],
)
def test_event_that_is_refused(
    city_trust: TrustBundle, newer: Bundle, changes: Mapping[int, Changes], code: str
) -> None:
    with pytest.raises(TrustError, match=f"^{code}: "):
        follow_event(city_trust, an_event(newer, changes), NOW)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"manifest":1,"changes":{}}',
        b'{"manifest":"","changes":[]}',
        b'{"manifest":"","changes":{"x":{"from":0,"words":""}}}',
        b'{"manifest":"","changes":{"' + b"9" * 5000 + b'":{"from":0,"words":""}}}',
        b'{"manifest":"","changes":{"01":{"from":0,"words":""}}}',
        b'{"manifest":"","changes":{"1":{"from":-1,"words":""}}}',
        b'{"manifest":"","changes":{"1":{"from":0,"words":"AAA="}}}',
        b'{"manifest":"","changes":{"1":{"from":0,"words":"AAAA"}}}',
        b'{"manifest":"","changes":{"1":{"from":0}}}',
        b'{"manifest":"\\ud800","changes":{' + b",".join(b'"%d":{"from":0,"words":""}' % n for n in range(65)) + b"}}",
    ],
)
def test_data_that_is_no_event(data: bytes) -> None:
    with pytest.raises(MalformedError):
        TrustEvent.parse(data)


def test_stream_from_connecting_to_its_end() -> None:
    first, second = an_event(HELD), an_event(grown(NEWS), {SHARD: Changes(4, NEWS)})
    body = (
        b"retry: 2000\n\n: alive\n\n"
        + written(HELD)
        + b"event: other\ndata: {}\n\n"
        + written(grown(NEWS), {SHARD: Changes(4, NEWS)}).replace(b"\n", b"\r\n")
        + b"event: manifest\ndata: cut sho"
    )
    with pouring(HEAD + body, b"") as url:
        events = iter(open_stream(url))
        assert [next(events), next(events)] == [first, second]
        with pytest.raises(SyncError, match=r"^unreachable: "):
            next(events)


def test_stream_is_resumed_from_what_is_held_and_followed_elsewhere() -> None:
    asked: list[str] = []
    with publishing(HELD) as server:
        server.answers["/trust/events"] = (307, {"Location": "/elsewhere"}, b"")
        server.answers["/elsewhere"] = (200, {"Content-Type": "text/event-stream"}, written(HELD))
        server.before = asked.append
        with open_stream(server.url, since=812) as stream:
            assert next(iter(stream)).changes == {}
        assert asked == ["/trust/events", "/elsewhere"]
        assert server.headers[-1]["Last-Event-Id"] == "812"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>"), "unexpected"),
        ((503, {"Content-Type": "text/event-stream"}, b""), "unexpected"),
        ((204, {"Content-Type": "text/event-stream"}, b""), "unexpected"),
        ((307, {"Location": "https://127.0.0.1:1/"}, b""), "refused"),
        ((307, {"Location": "/trust/events"}, b""), "unexpected"),
    ],
    ids=["portal", "unavailable", "nothing", "to https", "to itself"],
)
def test_answer_that_is_no_stream(answer: Answer, code: str) -> None:
    with publishing(HELD) as server:
        server.answers["/trust/events"] = answer
        with pytest.raises(SyncError, match=f"^{code}: "):
            open_stream(server.url)


@pytest.mark.parametrize("event", [b"event: manifest\ndata: {}\n\n", b"event: manifest\ndata: <html>\n\n"])
def test_event_of_another_form_ends_the_stream(event: bytes) -> None:
    with (
        pouring(HEAD + event, b": alive\n\n", pause=0.05) as url,
        open_stream(url) as stream,
        pytest.raises(SyncError, match=r"^unexpected: "),
    ):
        list(stream)


@pytest.mark.parametrize(
    ("start", "drop"),
    [(b"data: ", b"x" * 4096), (b"data: ", b"x" * 4096 + b"\ndata: "), (b"", b"event: " + b"x" * 4096 + b"\n")],
    ids=["line", "lines", "names"],
)
def test_event_that_never_ends(start: bytes, drop: bytes) -> None:
    with (
        pouring(HEAD + start, drop) as url,
        open_stream(url) as stream,
        pytest.raises(SyncError, match=r"^too_large: "),
    ):
        list(stream)


def test_server_that_falls_silent() -> None:
    with (
        pouring(HEAD + written(HELD), b": alive\n\n", pause=5) as url,
        open_stream(url, silence=0.3) as stream,
        pytest.raises(SyncError, match=r"^unreachable: "),
    ):
        list(stream)


@pytest.mark.parametrize("start", [b"", HEAD, HEAD + b": "], ids=["head", "line", "comment"])
def test_server_that_drips(start: bytes) -> None:
    """Bytes that never make a line are no sign of life."""
    with pouring(start, b"x", pause=0.02) as url:
        began = time.monotonic()
        with pytest.raises(SyncError, match=r"^unreachable: "):
            list(open_stream(url, timeout=0.4, silence=0.4))
        assert time.monotonic() - began < 3


def test_heartbeats_keep_a_stream_alive() -> None:
    with pouring(HEAD, b": alive\n\n", pause=0.1) as url, open_stream(url, silence=0.5) as stream:
        threading.Timer(1.2, stream.close).start()
        began = time.monotonic()
        assert list(stream) == []
        assert time.monotonic() - began > 1


def test_server_that_lives_and_has_no_news_is_given_up() -> None:
    """Its feeder died, or somebody wants an old list to be held: who goes and fetches hears of a loss all the same."""
    with pouring(HEAD + written(HELD), b": alive\n\n", pause=0.05) as url, open_stream(url, news=0.4) as stream:
        events = iter(stream)
        assert next(events).manifest == HELD.manifest
        with pytest.raises(SyncError, match=r"^unreachable: .*no manifest"):
            next(events)


def test_stream_that_is_closed_by_another_thread_ends_without_a_word() -> None:
    with pouring(HEAD + written(HELD), b": alive\n\n", pause=5) as url, open_stream(url) as stream:
        threading.Timer(0.3, stream.close).start()
        assert [event.manifest for event in stream] == [HELD.manifest]


def test_comments_are_no_part_of_an_event() -> None:
    comments = (b": " + b"x" * 1000 + b"\n") * (2 * MAX_EVENT // 1000)
    with pouring(HEAD + comments + written(HELD), b"") as url, open_stream(url) as stream:
        assert next(iter(stream)).manifest == HELD.manifest


def test_largest_event_is_heard() -> None:
    changes = {SHARD: Changes(4, bytes(MAX_EVENT // 2))}
    with pouring(HEAD + written(HELD, changes), b"") as url, open_stream(url) as stream:
        assert next(iter(stream)).changes == changes


@pytest.fixture
def city_trust() -> TrustBundle:
    return load(HELD)


def an_event(bundle: Bundle, changes: Mapping[int, Changes] | None = None) -> TrustEvent:
    """What is heard when ``bundle`` is published."""
    return TrustEvent(bundle.manifest, changes or {})


def written(bundle: Bundle, changes: Mapping[int, Changes] | None = None) -> bytes:
    """The same on the wire."""
    data = {
        "manifest": bundle.manifest.decode(),
        "changes": {
            str(shard): {"from": news.first, "words": base64url.encode(news.words)}
            for shard, news in (changes or {}).items()
        },
    }
    return f"event: manifest\nid: 1\ndata: {json.dumps(data)}\n\n".encode()


def _manifest(**changes: Any) -> Any:
    return lambda pins, **given: a_manifest(pins, **{**given, **changes})
