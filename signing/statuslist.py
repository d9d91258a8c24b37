"""Status lists: which cards of an expiry week are revoked (docs/token-format.md §2.3, §2.4).

A list is a set of indices with exactly one writing, so that one hash names the set, whether it was downloaded whole or grew here by
the changes of every minute.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from signing.documents import check_size
from signing.errors import MalformedError

WEEK = 604_800
"""Seconds of expiry times that share a shard."""
MAX_SIZE = 2**28
"""The most indices that a shard may have: eight times a city of 33 million."""
CHANGE_BYTES = 4

_EARLIEST, _LATEST = 3600, WEEK  # how long a shard is kept after its last code, and how far ahead one is needed (§2.5)
_NEW_VALUE = 1 << 31
_MORE, _LOW = 0x80, 0x7F  # LEB128: more bytes follow; the seven bits of this one
_LAST_SHIFT = 21  # a distance below 2^28 has four bytes at most


@dataclass(frozen=True, slots=True)
class Shard:
    """The status list of one week as it stands.

    Attributes:
        size: the number of indices, 1 … 2^28.
        revoked: those that are revoked, all below ``size``.
        changes: how many changes of the issuer's led here.
        data: the list as served; ``sha256`` is its fingerprint.
    """

    size: int
    revoked: frozenset[int] = field(repr=False)
    changes: int
    data: bytes = field(repr=False)
    sha256: str

    def is_revoked(self, index: int) -> bool:
        """Whether the card at ``index`` (0 ≤ index < size) is revoked.

        Raises:
            IndexError: an index outside the shard.
        """
        if 0 <= index < self.size:
            return index in self.revoked
        raise IndexError(index)


def shard_of(expires_at: int) -> int:
    """The shard of a code that expires at ``expires_at`` (seconds since 1970)."""
    return expires_at // WEEK


def live_shards(now: int) -> range:
    """The shards in which a code that is alive at ``now``, or made at ``now``, can have its index."""
    return range(shard_of(now - _EARLIEST), shard_of(now + _LATEST) + 1)


def status_uri(issuer: str, shard: int) -> str:
    """Where ``shard`` is served as an IETF Token Status List, which is also its name."""
    return f"{issuer}/trust/status/{shard}"


def encode_list(revoked: AbstractSet[int]) -> bytes:
    """The one writing of a set of indices: distances in LEB128.

    Raises:
        ValueError: a negative index.
    """
    data = bytearray()
    append = data.append
    expected = 0
    for index in sorted(revoked):
        distance = index - expected
        while distance > _LOW:
            append(distance & _LOW | _MORE)
            distance >>= 7
        append(distance)
        expected = index + 1
    return bytes(data)


def parse_list(data: bytes, size: int) -> frozenset[int]:
    """The indices in ``data``, all below ``size``.

    Raises:
        MalformedError: larger than a list may be, cut short, a number in more bytes than it takes, or an index outside the shard.
    """
    check_size(data, "list")
    indices: list[int] = []
    append = indices.append
    index, distance, shift = -1, 0, 0
    for byte in data:
        if byte > _LOW:
            if shift == _LAST_SHIFT:
                raise MalformedError("a distance of more than four bytes")
            distance |= (byte & _LOW) << shift
            shift += 7
        elif byte or not shift:
            index += (distance | byte << shift) + 1
            append(index)
            distance = shift = 0
        else:
            raise MalformedError("a distance in more bytes than it takes")
    if shift:
        raise MalformedError("cut short")
    if index >= size:
        raise MalformedError("an index outside the shard")
    return frozenset(indices)


def encode_changes(changes: Iterable[tuple[int, bool]]) -> bytes:
    """The writing of ``changes``, oldest first: index (0 … 2^31 − 1) and new value.

    Raises:
        ValueError: an index out of range.
    """
    words = [index | _NEW_VALUE if value else index for index, value in changes if _check_index(index)]
    return struct.pack(f">{len(words)}I", *words)


def lay_over(revoked: AbstractSet[int], changes: bytes) -> set[int]:
    """A copy of ``revoked`` after ``changes``, which may name any index.

    Raises:
        MalformedError: more than changes may be, or not whole ones.
    """
    check_size(changes, "changes")
    if len(changes) % CHANGE_BYTES:
        raise MalformedError("a change has four bytes")
    result = set(revoked)
    for (word,) in struct.iter_unpack(">I", changes):
        if word >= _NEW_VALUE:
            result.add(word - _NEW_VALUE)
        else:
            result.discard(word)
    return result


def _check_index(index: int) -> bool:
    if not 0 <= index < _NEW_VALUE:
        raise ValueError(f"{index} is no index")
    return True
