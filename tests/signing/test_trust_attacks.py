"""What an attacker, or an accident, may do to trust material. The bundles that are unsound as a whole are in `tests.vectors`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from signing import RootFile, TrustBundle, TrustError, TrustState
from signing.documents import MAX_BYTES
from tests.vectors import bundles
from tests.vectors.bundles import Bundle, a_bundle, a_key_set, with_manifest
from tests.vectors.city import NOW, SHARD


@pytest.mark.parametrize("name", bundles.UNSOUND)
def test_unsound_bundle_is_refused(name: str) -> None:
    code, make = bundles.UNSOUND[name]
    _refuses(code, lambda: load(make()))


@pytest.mark.parametrize("name", bundles.SOUND)
def test_sound_bundle_is_accepted(name: str) -> None:
    load(bundles.SOUND[name]())


def test_older_manifest_after_a_newer_one() -> None:
    held = load(with_manifest(version=813))
    _refuses("manifest_rollback", lambda: renew(held, a_bundle()))


def test_same_manifest_version_with_other_bytes() -> None:
    held = load(a_bundle())
    _refuses("manifest_rollback", lambda: renew(held, with_manifest(issued_at=NOW)))


def test_same_manifest_again_is_no_rollback() -> None:
    held = load(a_bundle())
    assert renew(held, a_bundle()).shards == held.shards


def test_older_key_set_after_a_newer_one() -> None:
    held = load(a_bundle(keys=a_key_set(version=4), keys_version=4))
    _refuses("keys_rollback", lambda: renew(held, with_manifest(version=900)))


def test_new_key_set_that_has_expired() -> None:
    bundle = a_bundle(keys=a_key_set(expires_at=NOW))
    _refuses("keys_expired", lambda: TrustBundle.from_files(bundle.to_files(), now=NOW))


def test_expired_key_set_that_was_held_is_read_again() -> None:
    assert load(a_bundle(keys=a_key_set(expires_at=NOW))).keys.expires_at == NOW


def test_time_floor_never_falls() -> None:
    held = load(replace(a_bundle(), state=TrustState(time_floor=NOW + 500)))
    assert held.state.time_floor == NOW + 500
    assert renew(held, with_manifest(version=900, issued_at=NOW + 100)).state.time_floor == NOW + 500
    assert renew(held, with_manifest(version=900, issued_at=NOW + 600)).state.time_floor == NOW + 600


def test_versions_seen_are_remembered() -> None:
    state = load(a_bundle()).state
    assert (state.manifest_version, state.keys_version) == (812, 3)


def test_snapshot_without_its_delta_is_no_shard() -> None:
    bundle = load(replace(a_bundle(), deltas={SHARD + 1: bundles.a_delta()}))
    assert (set(bundle.shards), bundle.missing_snapshots(), bundle.missing_deltas()) == ({SHARD + 1}, [], [SHARD])


def test_shard_that_the_manifest_does_not_name() -> None:
    _refuses("list_mismatch", lambda: load(a_bundle(shards=(SHARD,))).with_snapshot(SHARD + 1, bundles.a_snapshot()))


@pytest.mark.parametrize("kind", ["root", "keys", "manifest"])
def test_document_that_is_too_large(kind: str) -> None:
    padded = replace(a_bundle(), **{kind: getattr(a_bundle(), kind) + b" " * MAX_BYTES[kind]})
    with pytest.raises(TrustError):
        load(padded)


@pytest.mark.parametrize(
    "document", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b"a.b.c", b"..", b'{"a":1,"a":1}']
)
def test_document_that_is_no_document(document: bytes) -> None:
    _refuses("root_malformed", lambda: load(replace(a_bundle(), root=document)))
    _refuses("keys_untrusted", lambda: load(replace(a_bundle(), keys=document)))
    _refuses("manifest_untrusted", lambda: load(replace(a_bundle(), manifest=document)))


@pytest.mark.parametrize("state", [b"[]", b"{}", b'{"manifest_version":-1,"keys_version":0,"time_floor":0}', b"\xff"])
def test_state_that_is_not_readable(state: bytes) -> None:
    files = replace(a_bundle().to_files(), state=state)
    _refuses("folder_unreadable", lambda: TrustBundle.from_files(files))


def test_fresh_manifest_keeps_the_unpacked_lists() -> None:
    held = load(a_bundle())
    renewed = renew(held, with_manifest(version=900, issued_at=NOW))
    assert all(renewed.shards[number] is held.shards[number] for number in held.shards)


def test_new_delta_alone_leaves_its_shard_missing() -> None:
    held = load(a_bundle())
    grown = bundles.a_delta() + bundles.a_delta()
    newer = a_bundle(delta=grown, manifest=lambda pins, **given: bundles.a_manifest(pins, **{**given, "version": 900}))
    renewed = renew(held, newer)
    assert (renewed.missing_snapshots(), renewed.missing_deltas()) == ([], [SHARD])
    assert renewed.with_delta(SHARD, grown).missing_deltas() == []


def load(bundle: Bundle) -> TrustBundle:
    """The bundle as it would be read from a folder."""
    return TrustBundle.from_files(bundle.to_files())


def renew(held: TrustBundle, newer: Bundle) -> TrustBundle:
    """``held`` after the documents of ``newer`` arrived."""
    root = RootFile.parse(newer.root)
    return TrustBundle.accept(root, keys=newer.keys, manifest=newer.manifest, held=held, now=NOW)


def _refuses(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(TrustError) as refused:
        act()
    assert refused.value.code == code
