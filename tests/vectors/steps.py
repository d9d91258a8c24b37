"""Vectors of trust material that moves on: lists and changes by themselves, a bundle renewed, a bundle that hears an event.

``steps/lists.json``: ``list`` (base64url) of a shard of ``size`` holds ``revoked``, or is refused where that is null; ``changes``, where
there are any, lead from it to the list ``after``. ``steps/renewed.json``: the bundle ``held`` meets ``keys`` and ``manifest`` at ``now``.
``steps/followed.json``: the bundle ``held`` hears ``event``, the data of a server-sent event. Expected of these two: the ``code`` of
the refusal; or ``needs_sync``; or the ``state`` after it, and the shards that are still ``missing`` or the indices ``revoked`` in each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from signing import RootFile, TrustBundle, TrustError, base64url, encode_changes, encode_list
from signing.errors import MalformedError
from signing.statuslist import MAX_SIZE, lay_over, parse_list
from signing.stream import Changes, TrustEvent, follow_event
from tests.vectors import bundles, city
from tests.vectors.bundles import CHANGES, YEAR, Bundle, a_bundle, a_key_set, a_manifest, with_manifest
from tests.vectors.city import LIST, NEXT_LIST, NOW, SHARD, SHARD_SIZE

_NEWS = encode_changes([(77, True), (78, True), (78, False)])
_BOTH: Mapping[Any, Mapping[str, int]] = {LIST: {}, NEXT_LIST: {}}
_NEXT: Mapping[Any, Mapping[str, int]] = {NEXT_LIST: {}}
_REVOKED: Mapping[Any, Mapping[str, int]] = {LIST: {"revoked": NOW}, NEXT_LIST: {}}


@dataclass(frozen=True)
class Step:
    """Documents that arrive where ``held`` is held; ``before`` are those that arrived between the two."""

    name: str
    newer: Bundle
    held: str = "city"
    before: tuple[Bundle, ...] = ()
    now: int = NOW
    changes: Mapping[int, Changes] = field(default_factory=dict)


def lists() -> Iterator[dict[str, object]]:
    """One set, one writing."""
    for name, size, data in (
        ("empty", 1, b""),
        ("first index", 1, b"\0"),
        ("neighbours", 1024, b"\5\0\0"),
        ("last index of one byte", 1024, b"\x7f"),
        ("first index of two bytes", 1024, b"\x80\1"),
        ("last index of a shard", 1024, b"\xff\7"),
        ("last index of the largest shard", MAX_SIZE, b"\xff\xff\xff\x7f"),
        ("index beyond the shard", 1024, b"\x80\x08"),
        ("second index beyond the shard", 1024, b"\xff\7\0"),
        ("cut short", 1024, b"\5\x80"),
        ("zero in two bytes", 1024, b"\x80\0"),
        ("one in three bytes", 1024, b"\x81\x80\0"),
        ("five bytes", MAX_SIZE, b"\x80\x80\x80\x80\1"),
        ("five bytes of nothing", MAX_SIZE, b"\x80\x80\x80\x80\0"),
    ):
        yield {"name": name, "size": size, "list": base64url.encode(data), "revoked": _read(data, size)}
    older, changes = (
        frozenset({3, 9}),
        encode_changes([(4, True), (9, False), (5, False), (3, True), (9, True), (3, False)]),
    )
    yield {
        "name": "changes",
        "size": 1024,
        "list": base64url.encode(encode_list(older)),
        "revoked": sorted(older),
        "changes": base64url.encode(changes),
        "after": base64url.encode(encode_list(lay_over(older, changes))),
    }


def renewed() -> Iterator[dict[str, object]]:
    """A bundle meets a key set and a manifest."""
    for step in _RENEWALS:
        held = _held(step)
        yield {
            "name": step.name,
            "held": held.to_json(),
            "keys": step.newer.keys.decode(),
            "manifest": step.newer.manifest.decode(),
            "now": step.now,
            "expect": _expect_renewed(held, step),
        }


def followed() -> Iterator[dict[str, object]]:
    """A bundle hears an event."""
    for step in _EVENTS:
        held = _held(step)
        data = _data(step)
        yield {
            "name": step.name,
            "held": held.to_json(),
            "event": data,
            "now": step.now,
            "expect": _expect_followed(held, data, step.now),
        }


def _later(changes: bytes = CHANGES + _NEWS, **manifest: Any) -> Bundle:
    keys = {name: manifest.pop(name) for name in ("keys", "keys_version", "shards") if name in manifest}
    given = {"version": 900, **manifest}
    return a_bundle(changes=changes, manifest=lambda pins, **sound: a_manifest(pins, **{**sound, **given}), **keys)


def _keys(list_keys: Mapping[Any, Mapping[str, int]], version: int = 4) -> dict[str, Any]:
    return {"keys": a_key_set(version=version, issued_at=NOW, list_keys=list_keys), "keys_version": version}


_FORWARD = with_manifest(version=2**53 - 1, issued_at=NOW + YEAR - 1)
_UNDER_BOTH = _later(CHANGES, keys=a_key_set(version=4, list_keys=_BOTH), keys_version=4)
_PUSHED = _later(CHANGES, **{**_keys(_BOTH), "keys": _UNDER_BOTH.keys}, version=901, issued_at=NOW + YEAR - 1)
_HONEST = _later(CHANGES, **{**_keys(_BOTH), "keys": _UNDER_BOTH.keys}, version=902, signer=NEXT_LIST)

_RENEWALS = (
    Step("same again", a_bundle()),
    Step("fresh manifest keeps the lists", with_manifest(version=813, issued_at=NOW)),
    Step("list has changed", _later()),
    Step("changes that cancel out are counted", _later(CHANGES + _NEWS[4:])),
    Step("another size", with_manifest(version=900, size=512)),
    Step("roll-back", with_manifest(version=811)),
    Step("same version, other bytes", with_manifest(issued_at=NOW)),
    Step("key set rolled back", _later(keys=a_key_set(version=2), keys_version=2)),
    Step("key set of the same version, other bytes", _later(keys=a_key_set(expires_at=NOW + YEAR + 1))),
    Step("key set skips versions", _later(CHANGES, keys=a_key_set(version=7), keys_version=7)),
    Step("key set has expired", _later(keys=a_key_set(version=4, expires_at=NOW), keys_version=4)),
    Step("time floor from the key set", _later(CHANGES, keys=a_key_set(version=4, issued_at=NOW + 9), keys_version=4)),
    Step("list key revoked, manifest still its", _later(**_keys(_REVOKED))),
    Step("fast-forward", with_manifest(version=813), before=(_FORWARD,)),
    Step(
        "fast-forward healed, key dropped", _later(**_keys(_NEXT), signer=NEXT_LIST, issued_at=NOW), before=(_FORWARD,)
    ),
    Step(
        "fast-forward healed, key revoked",
        _later(**_keys(_REVOKED), signer=NEXT_LIST, issued_at=NOW),
        before=(_FORWARD,),
    ),
    Step("fast-forward not healed, key kept", _later(**_keys(_BOTH), signer=NEXT_LIST), before=(_FORWARD,)),
    Step("a newer manifest does not hide who pushed the time", _HONEST, before=(_UNDER_BOTH, _PUSHED)),
    Step(
        "pushed time healed, key dropped",
        _later(CHANGES, **_keys(_NEXT, 5), version=903, signer=NEXT_LIST, issued_at=NOW),
        before=(_UNDER_BOTH, _PUSHED, _HONEST),
    ),
    Step("rolled back and of another key set", _later(version=811, keys=a_key_set(version=4), keys_version=3)),
)

_EVENTS = (
    Step("renewed", with_manifest(version=900, issued_at=NOW)),
    Step("changes", _later(), changes={SHARD: Changes(4, _NEWS)}),
    Step("changes from further back", _later(), changes={SHARD: Changes(2, CHANGES[8:] + _NEWS)}),
    Step("new week", _later(_NEWS, shards=(SHARD + 2, SHARD + 1)), changes={SHARD + 2: Changes(0, _NEWS)}),
    Step("no changes", _later()),
    Step("changes from later on", _later(), changes={SHARD: Changes(5, _NEWS[4:])}),
    Step("other changes", _later(), changes={SHARD: Changes(4, encode_changes([(76, True)]))}),
    Step("new key set", _later(**_keys(_BOTH))),
    Step("new key set and list key", _later(**_keys(_NEXT), signer=NEXT_LIST)),
    Step("roll-back", with_manifest(version=811)),
    Step("stranger", with_manifest(version=900, signer=city.STRANGER)),
    Step(
        "index beyond the shard",
        _later(CHANGES + encode_changes([(SHARD_SIZE, True)])),
        changes={SHARD: Changes(4, encode_changes([(SHARD_SIZE, True)]))},
    ),
)


def _held(step: Step) -> Bundle:
    """The named bundle after what arrived before, with the state that this has left."""
    first = bundles.SOUND[step.held]()
    trust = TrustBundle.from_files(first.to_files())
    for newer in step.before:
        trust = _renew(trust, newer, NOW)
    files = trust.to_files()
    return Bundle(files.root, files.keys, files.manifest, files.lists, first.changes, trust.state)


def _renew(trust: TrustBundle, newer: Bundle, now: int) -> TrustBundle:
    return TrustBundle.accept(RootFile.parse(newer.root), keys=newer.keys, manifest=newer.manifest, held=trust, now=now)


def _expect_renewed(held: Bundle, step: Step) -> dict[str, object]:
    try:
        trust = _renew(TrustBundle.from_files(held.to_files()), step.newer, step.now)
    except TrustError as error:
        return {"code": error.code}
    return {"state": asdict(trust.state), "missing": trust.missing_lists()}


def _expect_followed(held: Bundle, data: str, now: int) -> dict[str, object]:
    try:
        trust = follow_event(TrustBundle.from_files(held.to_files()), TrustEvent.parse(data.encode()), now)
    except TrustError as error:
        return {"code": error.code}
    if trust is None:
        return {"needs_sync": True}
    revoked = {str(number): sorted(shard.revoked) for number, shard in sorted(trust.shards.items())}
    return {"state": asdict(trust.state), "revoked": revoked}


def _data(step: Step) -> str:
    changes = {
        str(shard): {"from": run.first, "words": base64url.encode(run.words)} for shard, run in step.changes.items()
    }
    return json.dumps({"manifest": step.newer.manifest.decode(), "changes": changes})


def _read(data: bytes, size: int) -> list[int] | None:
    try:
        return sorted(parse_list(data, size))
    except MalformedError:
        return None
