"""Trust material is kept up over the stream, by looking, or not at all for days: a gate goes on with what it has."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from signing import RootFile, SyncError, TrustBundle, TrustError, encode_changes
from signing.gate.backoff import Backoff
from signing.gate.keeper import Issuer, Keeper
from signing.stream import Changes, TrustEvent
from tests.gate.parts import HandClock
from tests.signing.publisher_server import publishing
from tests.vectors.bundles import Bundle, a_bundle, a_manifest, with_manifest
from tests.vectors.city import NOW, SHARD

NEWS = encode_changes([(77, True)])
FOREVER = threading.Event()


def loaded(bundle: Bundle) -> TrustBundle:
    return TrustBundle.from_files(bundle.to_files())


def with_news(version: int) -> Bundle:
    """A later bundle, in which one more card is lost."""
    log = a_bundle().changes[SHARD] + NEWS
    return a_bundle(changes=log, manifest=lambda pins, **given: a_manifest(pins, **{**given, "version": version}))


@dataclass
class Script:
    """A source that does what it is told, turn by turn."""

    syncs: list[TrustBundle | Exception] = field(default_factory=list)
    events: list[TrustEvent] = field(default_factory=list)
    has_stream: bool = True
    asked: int = 0

    def sync(self, now: int) -> TrustBundle:  # noqa: ARG002 - the protocol's
        self.asked += 1
        answer = self.syncs.pop(0) if len(self.syncs) > 1 else self.syncs[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @contextmanager
    def listen(self, since: int) -> Iterator[Iterable[TrustEvent]]:  # noqa: ARG002 - the protocol's
        if not self.has_stream:
            raise SyncError("unreachable", "no stream here")
        yield iter(self.events)


@dataclass
class Kept:
    """A keeper, and what came of it."""

    folder: Path
    source: Script | None
    clock: HandClock = field(default_factory=HandClock)
    used: list[TrustBundle] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        steady = {"jitter": lambda: 0.0}
        self.keeper = Keeper(
            self.folder,
            self.source,
            self.clock,
            self.used.append,
            self.said.append,
            reaching=Backoff(2.0, 300.0, **steady),
            listening=Backoff(2.0, 60.0, **steady),
        )

    def turn(self) -> float:
        assert self.source
        return self.keeper.turn(self.source, threading.Event())


UNREACHABLE = SyncError("unreachable", "https://ecard.example/trust/manifest: no route")


def test_days_without_a_network_are_one_line_and_ever_longer_pauses(tmp_path: Path) -> None:
    a_bundle_is_in(tmp_path)
    kept = Kept(tmp_path, Script([UNREACHABLE]))
    kept.keeper.start_from_folder()
    pauses = []
    while kept.clock.now < NOW + 3 * 86_400:
        pauses.append(kept.turn())
        kept.clock.now += int(pauses[-1])
    assert pauses[:9] == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert set(pauses[8:]) == {300}
    assert len(kept.said) == 1
    assert "goes on with what it has" in kept.said[0]
    assert [bundle.manifest.version for bundle in kept.used] == [812]
    kept.source.syncs = [loaded(with_news(900))]  # type: ignore[union-attr]
    kept.turn()
    assert kept.used[-1].manifest.version == 900
    assert kept.said[1:] == ["trust material is kept up again"]


def a_bundle_is_in(folder: Path) -> None:
    loaded(a_bundle()).save(folder)


def test_jitter_shortens_a_pause_by_half_at_most() -> None:
    jitters = iter((0.0, 0.5, 1.0))
    backoff = Backoff(8.0, 8.0, jitter=lambda: next(jitters))
    assert [backoff.failed() for _ in range(3)] == [8, 6, 4]


def test_news_over_the_stream_are_used_and_kept(tmp_path: Path) -> None:
    newer = with_news(900)
    event = TrustEvent(newer.manifest, {SHARD: Changes(4, NEWS)})
    kept = Kept(tmp_path, Script([loaded(a_bundle())], [event]))
    kept.turn()
    assert kept.used[-1].shards[SHARD].is_revoked(77)
    assert TrustBundle.load(tmp_path).manifest.version == 900
    assert kept.said == []


def test_what_an_event_does_not_bring_is_fetched(tmp_path: Path) -> None:
    newer = with_news(900)
    script = Script([loaded(a_bundle()), loaded(newer)], [TrustEvent(newer.manifest, {})])
    kept = Kept(tmp_path, script)
    kept.turn()
    assert (script.asked, kept.used[-1].manifest.version) == (2, 900)


def test_a_stream_that_is_a_moment_behind_is_no_trouble(tmp_path: Path) -> None:
    later = with_news(950)
    behind = TrustEvent(with_news(900).manifest, {})
    newest = TrustEvent(with_news(960).manifest, {})
    kept = Kept(tmp_path, Script([loaded(later)], [behind, newest]))
    kept.turn()
    assert kept.used[-1].manifest.version == 960
    assert kept.said == []


def test_a_forged_event_ends_the_stream_and_changes_nothing(tmp_path: Path) -> None:
    forged = TrustEvent(with_news(900).manifest[:-4] + b"AAAA", {})
    kept = Kept(tmp_path, Script([loaded(a_bundle())], [forged, TrustEvent(with_news(901).manifest, {})]))
    kept.turn()
    assert [bundle.manifest.version for bundle in kept.used] == [812]
    assert kept.keeper.failures == 1


def test_without_a_stream_it_looks_at_least_once_a_minute(tmp_path: Path) -> None:
    kept = Kept(tmp_path, Script([loaded(a_bundle())], has_stream=False))
    pauses = [kept.turn() for _ in range(10)]
    assert max(pauses) == 60
    assert kept.said == []


def test_a_refused_bundle_changes_nothing(tmp_path: Path) -> None:
    refused = TrustError("manifest_rollback", "manifest 3 is older than 812")
    kept = Kept(tmp_path, Script([loaded(a_bundle()), refused]))
    kept.turn()
    kept.turn()
    assert [bundle.manifest.version for bundle in kept.used] == [812]
    assert "manifest_rollback" in kept.said[0]


def test_a_folder_that_could_not_be_written_brings_nothing_older_back(tmp_path: Path) -> None:
    """The folder is at 812, the memory at 900: a sync that starts from the folder may end at 850."""
    kept = Kept(tmp_path, Script([loaded(with_news(900)), loaded(with_manifest(version=850))]))
    kept.turn()
    kept.turn()
    assert [bundle.manifest.version for bundle in kept.used] == [900]


def test_a_full_disk_is_said_and_the_news_are_used(tmp_path: Path) -> None:
    place = tmp_path / "a file"
    place.write_bytes(b"")
    event = TrustEvent(with_news(900).manifest, {SHARD: Changes(4, NEWS)})
    kept = Kept(place, Script([loaded(a_bundle())], [event]))
    kept.turn()
    assert kept.used[-1].manifest.version == 900
    assert any("cannot be written" in line for line in kept.said)


def test_without_a_server_it_follows_the_folder(tmp_path: Path) -> None:
    kept = Kept(tmp_path, None)
    kept.keeper.start_from_folder()
    assert kept.used == []
    a_bundle_is_in(tmp_path)
    kept.keeper.look()
    kept.keeper.look()
    loaded(with_news(900)).save(tmp_path)
    kept.keeper.look()
    assert [bundle.manifest.version for bundle in kept.used] == [812, 900]


def test_a_folder_that_somebody_spoilt_is_told_and_what_is_held_goes_on(tmp_path: Path) -> None:
    a_bundle_is_in(tmp_path)
    kept = Kept(tmp_path, None)
    kept.keeper.start_from_folder()
    (tmp_path / "manifest.jws").write_bytes(b"spoilt")
    kept.keeper.look()
    assert [bundle.manifest.version for bundle in kept.used] == [812]
    assert len(kept.said) == 1
    assert "manifest_untrusted" in kept.said[0]


@pytest.mark.timeout(60)
def test_a_real_server_that_publishes(tmp_path: Path) -> None:
    with publishing(a_bundle()) as publisher:
        issuer = Issuer(publisher.url, RootFile.parse(a_bundle().root), tmp_path)
        used: list[TrustBundle] = []
        keeper = Keeper(tmp_path, issuer, lambda: NOW, used.append, print)
        keeper.turn(issuer, threading.Event())
        publisher.bundle = with_news(900)
        keeper.turn(issuer, threading.Event())
    assert [bundle.manifest.version for bundle in used] == [812, 900]
    assert TrustBundle.load(tmp_path).manifest.version == 900
