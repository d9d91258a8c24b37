"""What an attacker, or an accident, may do to trust material. The bundles that are unsound as a whole are in `tests.vectors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from signing import P256Signer, Policy, RootFile, TrustBundle, TrustError, TrustState, Verdict, encode_changes, verify
from signing.documents import MAX_BYTES
from tests.vectors import bundles, city
from tests.vectors.bundles import YEAR, Bundle, a_bundle, a_key_set, with_manifest
from tests.vectors.city import LIST, NOW, SHARD, SHARD_SIZE, WEEK

ListKeys = Mapping[P256Signer, Mapping[str, int]]


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


def test_list_that_is_not_there_is_missing() -> None:
    bundle = load(replace(a_bundle(), lists={SHARD + 1: bundles.a_list()}))
    assert (set(bundle.shards), bundle.missing_lists()) == ({SHARD + 1}, [SHARD])


def test_shard_that_the_manifest_does_not_name() -> None:
    _refuses("list_mismatch", lambda: load(a_bundle(shards=(SHARD,))).with_list(SHARD + 1, bundles.a_list()))


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


@pytest.mark.parametrize(
    "state",
    [
        b"[]",
        b"{}",
        b'{"manifest_version":-1,"keys_version":0,"time_floor":0,"list_kid":""}',
        b'{"manifest_version":0,"keys_version":0,"time_floor":0,"list_kid":7}',
        b"\xff",
    ],
)
def test_state_that_is_not_readable(state: bytes) -> None:
    files = replace(a_bundle().to_files(), state=state)
    _refuses("folder_unreadable", lambda: TrustBundle.from_files(files))


def test_state_of_before_list_keys_were_remembered() -> None:
    files = replace(a_bundle().to_files(), state=b'{"manifest_version":813,"keys_version":3,"time_floor":0}')
    _refuses("manifest_rollback", lambda: TrustBundle.from_files(files))


def test_fresh_manifest_keeps_the_lists() -> None:
    held = load(a_bundle())
    renewed = renew(held, with_manifest(version=900, issued_at=NOW))
    assert all(renewed.shards[number] is held.shards[number] for number in held.shards)


def test_new_key_set_keeps_the_lists() -> None:
    held = load(a_bundle())
    renewed = renew(held, _newer(keys=a_key_set(version=4), keys_version=4))
    assert (renewed.keys.version, renewed.shards) == (4, held.shards)


def test_shard_of_another_size_is_not_kept() -> None:
    renewed = renew(load(a_bundle()), with_manifest(version=900, size=512))
    assert renewed.missing_lists() == [SHARD, SHARD + 1]


def test_changes_lead_to_the_list_that_the_manifest_pins() -> None:
    held = load(a_bundle())
    news = encode_changes([(77, True), (78, True), (78, False)])
    renewed = renew(held, grown(news))
    assert renewed.missing_lists() == [SHARD]
    shard = renewed.with_changes(SHARD, held.shards[SHARD], news).shards[SHARD]
    assert (shard.is_revoked(77), shard.is_revoked(78), shard.changes) == (True, False, 7)
    assert renewed.with_changes(SHARD, None, bundles.CHANGES + news).shards[SHARD] == shard


def test_changes_that_cancel_out_are_counted_all_the_same() -> None:
    """The list is the one that is held, the number of changes is not: the next ones are asked for from the new number on."""
    renewed = renew(load(a_bundle()), grown(encode_changes([(78, True), (78, False)])))
    assert (renewed.missing_lists(), renewed.shards[SHARD].changes) == ([], 6)


@pytest.mark.parametrize(
    "changes",
    [b"", encode_changes([(76, True)]), encode_changes([(77, False)]), encode_changes([(77, True)])[:3]],
    ids=["none", "another index", "another value", "cut short"],
)
def test_changes_that_lead_elsewhere(changes: bytes) -> None:
    held = load(a_bundle())
    renewed = renew(held, grown(encode_changes([(77, True)])))
    _refuses("list_mismatch", lambda: renewed.with_changes(SHARD, held.shards[SHARD], changes))


def test_changes_that_lead_beyond_the_shard() -> None:
    held = load(a_bundle())
    news = encode_changes([(SHARD_SIZE, True)])
    renewed = renew(held, grown(news))
    _refuses("list_untrusted", lambda: renewed.with_changes(SHARD, held.shards[SHARD], news))


# The attacks of The Update Framework's threat model (theupdateframework.github.io/specification, §1.5.2), by its names.


def test_attack_roll_back() -> None:
    """An older manifest, with all its lists, from before a loss report."""
    held = load(grown(encode_changes([(77, True)])))
    _refuses("manifest_rollback", lambda: renew(held, a_bundle()))


def test_attack_freeze() -> None:
    """The same manifest for ever: it is accepted and grows old, which the verdict says (steps 16 and 17)."""
    held = renew(load(a_bundle()), a_bundle(), now=NOW + WEEK)
    assert _verdict(held, NOW + 3).code == "ok"
    assert _verdict(held, bundles.LIST_MADE + 86_401).code == "list_stale"
    assert _verdict(held, bundles.LIST_MADE + WEEK).code == "list_expired"


def test_attack_mix_and_match() -> None:
    """Manifest, key set and lists that were never published together."""
    older, newer = a_bundle(), grown(encode_changes([(77, True)]))
    _refuses("list_mismatch", lambda: load(replace(newer, lists=older.lists)))
    _refuses("list_mismatch", lambda: load(replace(older, lists=newer.lists)))
    _refuses("list_mismatch", lambda: load(replace(newer, lists={SHARD: newer.lists[SHARD + 1]})))
    _refuses("keys_mismatch", lambda: load(replace(older, keys=a_key_set(version=4))))


def test_attack_fast_forward_and_recovery_by_a_key_set() -> None:
    """Whoever has the list key claims the highest version there is; a key set that revokes the key makes the city heard again."""
    forwarded = renew(load(a_bundle()), with_manifest(version=2**53 - 1, issued_at=NOW + YEAR - 1))
    _refuses("manifest_rollback", lambda: renew(forwarded, with_manifest(version=813)))
    assert _verdict(forwarded, NOW).code == "clock_behind"
    dropped: ListKeys = {city.NEXT_LIST: {}}
    revoked: ListKeys = {LIST: {"revoked": NOW}, city.NEXT_LIST: {}}
    for list_keys in (dropped, revoked):
        healed = renew(forwarded, _under_new_keys(list_keys, version=814))
        assert (healed.manifest.version, healed.state.manifest_version) == (814, 814)
        assert (healed.state.time_floor, healed.state.list_kid) == (NOW, city.NEXT_LIST.kid)
        assert _verdict(healed, NOW).code == "ok"


def test_attack_fast_forward_of_the_clock_alone_is_recovered_from_too() -> None:
    """A stolen key pushes the time, the honest manifests after it do not hide whose word that was."""
    both: ListKeys = {LIST: {}, city.NEXT_LIST: {}}
    held = load(a_bundle(keys=a_key_set(list_keys=both)))
    pushed = renew(held, _of_keys(both, version=813, issued_at=NOW + YEAR - 1))
    honest = renew(pushed, _of_keys(both, version=814, signer=city.NEXT_LIST))
    assert (honest.state.time_floor, honest.state.list_kid) == (NOW + YEAR - 1, LIST.kid)
    healed = renew(honest, _under_new_keys({city.NEXT_LIST: {}}, version=815))
    assert (healed.state.time_floor, healed.state.list_kid) == (NOW, city.NEXT_LIST.kid)


def test_attack_reset_by_a_key_set_that_still_has_the_key() -> None:
    """A new key set alone makes nothing older acceptable."""
    held = load(with_manifest(version=900))
    both: ListKeys = {LIST: {}, city.NEXT_LIST: {}}
    _refuses("manifest_rollback", lambda: renew(held, _under_new_keys(both, version=899)))
    assert renew(held, _under_new_keys(both, version=901)).state.manifest_version == 901


def test_attack_reset_by_an_older_key_set() -> None:
    """Nor does a key set that is no newer than the one seen."""
    held = load(a_bundle(keys=a_key_set(version=5), keys_version=5))
    _refuses("keys_rollback", lambda: renew(held, _under_new_keys({city.NEXT_LIST: {}}, version=1)))


def test_attack_key_compromise() -> None:
    """Once the list key is revoked, nothing that it signed counts, whenever that was."""
    keys = a_key_set(version=4, list_keys={LIST: {"revoked": NOW}, city.NEXT_LIST: {}})
    _refuses("manifest_untrusted", lambda: load(a_bundle(keys=keys, keys_version=4)))
    _refuses("manifest_untrusted", lambda: renew(load(a_bundle()), a_bundle(keys=keys, keys_version=4)))


def test_attack_endless_data() -> None:
    """A document that is larger than any honest one is refused before it is looked into."""
    bundle = load(a_bundle())
    _refuses("list_mismatch", lambda: bundle.with_list(SHARD, bytes(MAX_BYTES["list"] + 1)))
    _refuses("list_mismatch", lambda: bundle.with_changes(SHARD, None, bytes(MAX_BYTES["changes"] + 4)))
    endless = a_bundle(list_=bytes(MAX_BYTES["list"] + 1))
    _refuses("list_untrusted", lambda: load(endless))


def test_attack_clock_back() -> None:
    """A verifier whose clock was set back behind what it has seen says so, also where only the key set tells the time."""
    held = load(a_bundle(keys=a_key_set(issued_at=NOW + 100)))
    assert held.state.time_floor == NOW + 100
    assert _verdict(held, NOW).code == "clock_behind"
    assert _verdict(held, NOW + 70).code != "clock_behind"


def test_attack_another_key_set_of_the_same_version() -> None:
    other = a_key_set(expires_at=NOW + YEAR + 1)
    _refuses("keys_rollback", lambda: renew(load(a_bundle()), a_bundle(keys=other)))


def test_key_set_that_skips_a_version() -> None:
    """Each key set is the root's whole word."""
    assert renew(load(a_bundle()), _newer(keys=a_key_set(version=7), keys_version=7)).state.keys_version == 7


def test_manifest_signed_by_a_retired_key() -> None:
    """A key that was replaced signs nothing new; what it signed inside its window is still read."""
    _refuses("manifest_untrusted", lambda: load(with_manifest(signer=city.RETIRED_LIST)))
    load(with_manifest(signer=city.RETIRED_LIST, issued_at=bundles.LIST_MADE - 1))


def grown(news: bytes) -> Bundle:
    """The city after ``news`` in its first shard."""
    return _newer(changes=bundles.CHANGES + news)


def _newer(**changes: Any) -> Bundle:
    return a_bundle(manifest=lambda pins, **given: bundles.a_manifest(pins, **{**given, "version": 900}), **changes)


def load(bundle: Bundle) -> TrustBundle:
    """The bundle as it would be read from a folder."""
    return TrustBundle.from_files(bundle.to_files())


def renew(held: TrustBundle, newer: Bundle, *, now: int = NOW) -> TrustBundle:
    """``held`` after the documents of ``newer`` arrived."""
    root = RootFile.parse(newer.root)
    return TrustBundle.accept(root, keys=newer.keys, manifest=newer.manifest, held=held, now=now)


def _of_keys(list_keys: ListKeys, **manifest: Any) -> Bundle:
    return a_bundle(
        keys=a_key_set(list_keys=list_keys),
        manifest=lambda pins, **given: bundles.a_manifest(pins, **{**given, **manifest}),
    )


def _under_new_keys(list_keys: ListKeys, *, version: int) -> Bundle:
    """A manifest of the next list key, under key set 4."""
    return a_bundle(
        keys=a_key_set(version=4, issued_at=NOW, list_keys=list_keys),
        keys_version=4,
        manifest=lambda pins, **given: bundles.a_manifest(
            pins, **{**given, "version": version, "signer": city.NEXT_LIST, "issued_at": NOW}
        ),
    )


def _verdict(trust: TrustBundle, now: int) -> Verdict:
    code = city.a_code(city.some_claims(issued_at=now, expires_at=now + 60))
    return verify(code, trust=trust, policy=Policy.preset("gate"), now=now)


def _refuses(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(TrustError) as refused:
        act()
    assert refused.value.code == code
