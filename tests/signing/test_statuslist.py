"""Status lists, held to the vectors of the IETF draft."""

from __future__ import annotations

import zlib

import pytest

from signing import base64url, encode_delta, live_shards, shard_of
from signing.errors import MalformedError
from signing.statuslist import MAX_SIZE, WEEK, Shard, Snapshot, pack_bitmap, parse_delta, unpack_bitmap
from tests.signing import foreign


def test_lists_of_the_ietf_draft() -> None:
    for vector in foreign.load("status-list/one-bit.json"):
        size = vector["capacity"]
        bitmap = unpack_bitmap({"bits": vector["bits"], "lst": vector["lst"]}, size)
        shard = Shard(Snapshot(size, bitmap, b"", ""), b"", "", {})
        assert [index for index in range(size) if shard.is_revoked(index)] == vector["set"]


@pytest.mark.parametrize(
    "packed",
    [
        zlib.compress(bytes(127)),
        zlib.compress(bytes(129)),
        zlib.compress(bytes(128)) + b"\0",
        zlib.compress(bytes(128))[:-1],
        zlib.compress(bytes(1 << 24)),
        bytes(128),
        b"",
    ],
    ids=["short", "long", "trailing", "truncated", "bomb", "not compressed", "empty"],
)
def test_list_that_is_not_of_its_size(packed: bytes) -> None:
    with pytest.raises(MalformedError):
        unpack_bitmap({"bits": 1, "lst": base64url.encode(packed)}, 1024)


@pytest.mark.parametrize("size", [0, MAX_SIZE + 1, 2**53 - 1])
def test_size_that_no_shard_has(size: int) -> None:
    with pytest.raises(MalformedError):
        unpack_bitmap({"bits": 1, "lst": pack_bitmap(bytes(8))}, size)


def test_delta_overrides_the_snapshot_and_itself() -> None:
    changes = parse_delta(encode_delta([(3, True), (0, False), (3, False), (9, True)]), 16)
    shard = Shard(Snapshot(16, b"\x09\0", b"", ""), b"", "", changes)
    assert [index for index in range(16) if shard.is_revoked(index)] == [9]


@pytest.mark.parametrize("index", [-1, 16, 2**31])
def test_index_outside_the_shard(index: int) -> None:
    with pytest.raises(IndexError):
        Shard(Snapshot(16, b"\0\0", b"", ""), b"", "", {}).is_revoked(index)


@pytest.mark.parametrize("delta", [b"\0", bytes(5), encode_delta([(16, False)])])
def test_delta_that_does_not_fit(delta: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_delta(delta, 16)


@pytest.mark.parametrize("index", [-1, 2**31])
def test_index_that_no_delta_can_name(index: int) -> None:
    with pytest.raises(ValueError, match="is no index"):
        encode_delta([(index, True)])


@pytest.mark.parametrize(
    ("now", "live"), [(10 * WEEK, [9, 10, 11]), (10 * WEEK + 3600, [10, 11]), (11 * WEEK - 1, [10, 11])]
)
def test_live_shards_are_those_a_code_can_be_in(now: int, live: list[int]) -> None:
    assert list(live_shards(now)) == live
    assert {shard_of(now), shard_of(now + WEEK)} <= set(live)
