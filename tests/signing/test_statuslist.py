"""Status lists: one set, one writing; and the vectors of the IETF draft for the list that others read."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import Shard, base64url, encode_changes, encode_list, live_shards, shard_of, sign_status_list
from signing.documents import MAX_BYTES
from signing.errors import MalformedError
from signing.statuslist import MAX_SIZE, WEEK, lay_over, parse_list
from tests.signing import foreign
from tests.vectors import city

INDICES = st.sets(st.integers(0, MAX_SIZE - 1) | st.integers(0, 300), max_size=60)
WRITINGS: dict[bytes, frozenset[int] | set[int]] = {
    b"": frozenset(),
    b"\x00": {0},
    b"\x05": {5},
    b"\x00\x00\x00": {0, 1, 2},
    b"\x7f\x80\x01": {127, 256},
    b"\xff\xff\xff\x7f": {MAX_SIZE - 1},
}


@pytest.mark.parametrize(("data", "revoked"), WRITINGS.items(), ids=map(bytes.hex, WRITINGS))
def test_writing_of_a_list(data: bytes, revoked: frozenset[int] | set[int]) -> None:
    assert encode_list(revoked) == data
    assert parse_list(data, MAX_SIZE) == revoked


@given(INDICES)
def test_what_is_written_is_read(revoked: set[int]) -> None:
    assert parse_list(encode_list(revoked), MAX_SIZE) == revoked


@given(st.binary(max_size=40), st.integers(1, MAX_SIZE))
def test_bytes_that_are_read_are_the_one_writing_of_what_they_say(data: bytes, size: int) -> None:
    try:
        revoked = parse_list(data, size)
    except MalformedError:
        return
    assert encode_list(revoked) == data
    assert all(0 <= index < size for index in revoked)


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        b"\x05\xff",
        b"\x80\x00",
        b"\x81\x80\x00",
        b"\xff\xff\xff\xff\x00",
        b"\xff\xff\xff\xff\x01",
        b"\x80\x08",
        b"\xff\x07\x00",
        bytes(1025),
        bytes(MAX_BYTES["list"] + 1),
    ],
    ids=[
        "cut short",
        "cut short at the end",
        "zero in two bytes",
        "one in three bytes",
        "five bytes",
        "beyond every size",
        "index is the size",
        "last index and one more",
        "one index too many",
        "too large",
    ],
)
def test_bytes_that_are_no_list(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_list(data, 1024)


def test_negative_index_is_not_written() -> None:
    with pytest.raises(ValueError, match="byte must be in range"):
        encode_list({-1, 5})


def test_changes_override_the_list_and_each_other() -> None:
    changes = encode_changes([(3, True), (0, False), (3, False), (9, True), (4, False)])
    assert lay_over({0, 3, 7}, changes) == {7, 9}


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans())), st.integers(0, 30))
def test_changes_laid_over_in_two_parts_come_to_the_same(changes: list[tuple[int, bool]], cut: int) -> None:
    whole = lay_over(set(), encode_changes(changes))
    assert lay_over(lay_over(set(), encode_changes(changes[:cut])), encode_changes(changes[cut:])) == whole


@pytest.mark.parametrize(
    "changes", [b"\0", bytes(5), bytes(MAX_BYTES["changes"] + 4)], ids=["one", "five", "too large"]
)
def test_bytes_that_are_no_changes(changes: bytes) -> None:
    with pytest.raises(MalformedError):
        lay_over(set(), changes)


@pytest.mark.parametrize("index", [-1, 2**31])
def test_index_that_no_change_can_name(index: int) -> None:
    with pytest.raises(ValueError, match="is no index"):
        encode_changes([(index, True)])


@pytest.mark.parametrize("index", [-1, 16, 2**31])
def test_index_outside_the_shard(index: int) -> None:
    with pytest.raises(IndexError):
        Shard(16, frozenset({3}), 1, b"", "").is_revoked(index)


def test_status_lists_of_the_ietf_draft_are_written_as_others_read_them() -> None:
    for vector in foreign.load("status-list/one-bit.json"):
        bitmap = bytearray(vector["capacity"] // 8)
        for index in vector["set"]:
            bitmap[index >> 3] |= 1 << (index & 7)
        assert zlib.decompress(base64url.decode(vector["lst"])) == bitmap
        document = sign_status_list(
            bytes(bitmap), issuer=city.ISSUER, shard=1, issued_at=0, expires_at=1, ttl=1, signer=city.LIST
        )
        claims = json.loads(base64url.decode(document.decode().split(".")[1]))
        assert zlib.decompress(base64url.decode(claims["status_list"]["lst"])) == bitmap


@pytest.mark.parametrize(
    ("now", "live"), [(10 * WEEK, [9, 10, 11]), (10 * WEEK + 3600, [10, 11]), (11 * WEEK - 1, [10, 11])]
)
def test_live_shards_are_those_a_code_can_be_in(now: int, live: list[int]) -> None:
    assert list(live_shards(now)) == live
    assert {shard_of(now), shard_of(now + WEEK)} <= set(live)
