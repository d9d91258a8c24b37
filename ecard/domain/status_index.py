"""A card's index in the status list of a week.

The index must be unique in its shard, look random, and link to nothing in another shard. A keyed permutation of the card's status serial
gives all three without a row in any table, and can be undone by whoever holds the key: the server finds the card behind a code
by computing. It is an alternating Feistel network with cycle walking, as in NIST SP 800-38G, with keyed BLAKE2b as the round
function; decision record 0003 weighs it against stored random indices.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

SHARD_SIZE = 1 << 25
"""Indices in a shard: room for 33 million serials, one a card and one more a withdrawn loss report (decision 14)."""

_ROUNDS = 10


def index_of(serial: int, shard: int, key: bytes, size: int = SHARD_SIZE) -> int:
    """The index of ``serial`` (0 ≤ serial < size) in ``shard``; ``key`` has 32 bytes.

    Raises:
        ValueError: a serial outside the shard.
    """
    _check_range(serial, size)
    bits, shard_key = (size - 1).bit_length(), _shard_key(key, shard)
    value = _permute(serial, bits, shard_key, range(_ROUNDS))
    while value >= size:
        value = _permute(value, bits, shard_key, range(_ROUNDS))
    return value


def serial_of(index: int, shard: int, key: bytes, size: int = SHARD_SIZE) -> int:
    """The serial behind an index: the inverse of `index_of`.

    Raises:
        ValueError: an index outside the shard.
    """
    _check_range(index, size)
    bits, shard_key = (size - 1).bit_length(), _shard_key(key, shard)
    value = _permute(index, bits, shard_key, range(_ROUNDS - 1, -1, -1))
    while value >= size:
        value = _permute(value, bits, shard_key, range(_ROUNDS - 1, -1, -1))
    return value


def _check_range(value: int, size: int) -> None:
    if not 0 <= value < size:
        raise ValueError(f"{value} is outside a shard of {size}")


@lru_cache(maxsize=64)
def _shard_key(key: bytes, shard: int) -> bytes:
    return hashlib.blake2b(shard.to_bytes(8, "big"), key=key, person=b"ecard-shard").digest()


def _permute(value: int, bits: int, key: bytes, rounds: range) -> int:
    low_bits = bits // 2
    high, low = value >> low_bits, value & ((1 << low_bits) - 1)
    high_mask, low_mask = (1 << (bits - low_bits)) - 1, (1 << low_bits) - 1
    for number in rounds:
        if number % 2:
            low ^= _round(low_mask, number, high, key)
        else:
            high ^= _round(high_mask, number, low, key)
    return high << low_bits | low


def _round(mask: int, number: int, half: int, key: bytes) -> int:
    message = half.to_bytes(4, "big") + bytes((number,))
    return int.from_bytes(hashlib.blake2b(message, digest_size=4, key=key).digest(), "big") & mask
