"""The index of a card in a week's list: unique, invertible, and without a thread from week to week."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecard.domain.status_index import SHARD_SIZE, index_of, serial_of

KEY = bytes(range(32))
OTHER_KEY = bytes(32)

keys = st.binary(min_size=32, max_size=32)
shards = st.integers(0, 10_000_000)
sizes = st.integers(4, 1 << 25)


@pytest.mark.parametrize("size", [4, 7, 16, 100, 1000, 1024, 4097])
@pytest.mark.parametrize("shard", [0, 2967, 2968])
def test_every_card_has_an_index_of_its_own(size: int, shard: int) -> None:
    """A bijection on the whole shard, for powers of two and for the sizes between."""
    assert sorted(index_of(serial, shard, KEY, size) for serial in range(size)) == list(range(size))


@given(st.data(), keys, shards, sizes)
def test_the_card_is_found_again_by_whoever_holds_the_key(
    data: st.DataObject, key: bytes, shard: int, size: int
) -> None:
    serial = data.draw(st.integers(0, size - 1))
    index = index_of(serial, shard, key, size)
    assert 0 <= index < size
    assert serial_of(index, shard, key, size) == serial


@given(st.integers(0, SHARD_SIZE - 1), shards)
def test_another_key_finds_another_card(index: int, shard: int) -> None:
    """Two cards in 33 million agree by chance; over Hypothesis' hundred examples a coincidence is not expected."""
    assert serial_of(index, shard, KEY) != serial_of(index, shard, OTHER_KEY)


def test_indices_of_two_weeks_do_not_link() -> None:
    """Neither equal, nor in the same order, nor near each other more often than chance has it."""
    first = [index_of(serial, 2967, KEY) for serial in range(1, 4001)]
    second = [index_of(serial, 2968, KEY) for serial in range(1, 4001)]
    assert sum(a == b for a, b in zip(first, second, strict=True)) == 0
    same_order = sum((first[i] < first[i + 1]) == (second[i] < second[i + 1]) for i in range(len(first) - 1)) / (
        len(first) - 1
    )
    assert 0.45 < same_order < 0.55
    same_low_byte = sum((a ^ b) & 0xFF == 0 for a, b in zip(first, second, strict=True))
    assert same_low_byte < 40  # 16 expected


def test_neighbours_on_the_register_are_not_neighbours_in_the_list() -> None:
    """Consecutive cards spread over the whole shard: each eighth of it gets about its share of a thousand."""
    eighths = [0] * 8
    for serial in range(1, 8001):
        eighths[index_of(serial, 2967, KEY) * 8 // SHARD_SIZE] += 1
    assert all(850 < count < 1150 for count in eighths)


@pytest.mark.parametrize("outside", [-1, 100, 1 << 40])
def test_what_is_outside_the_shard_is_refused(outside: int) -> None:
    with pytest.raises(ValueError, match="outside a shard"):
        index_of(outside, 1, KEY, 100)
    with pytest.raises(ValueError, match="outside a shard"):
        serial_of(outside, 1, KEY, 100)
