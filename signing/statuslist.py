"""Status lists: which cards of an expiry week are revoked (docs/token-format.md §2.3, §2.4; IETF Token Status List).

A list travels as a snapshot, a compressed bitmap, and a delta, the changes since. The bitmap is unpacked once a snapshot; a new delta
is laid over it, so that a fresh manifest costs nothing but its changes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from signing import base64url, strict_json
from signing.errors import MalformedError

SNAPSHOT_TYPE = "statuslist+jwt"
WEEK = 604_800
"""Seconds of expiry times that share a shard."""
MAX_SIZE = 2**28
"""The most indices of a shard that are unpacked here: 32 MiB, eight times a city of 33 million."""
CHANGE_BYTES = 4

_EARLIEST, _LATEST = 3600, WEEK  # how long a shard is kept after its last code, and how far ahead one is needed (§2.5)
_NEW_VALUE = 1 << 31


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An unpacked bitmap. ``size``: indices, 1 … 2^28; ``data``: the document as served; ``sha256``: its fingerprint."""

    size: int
    bitmap: bytes
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Shard:
    """The status list of one week as it stands: a snapshot and the delta since."""

    snapshot: Snapshot
    delta: bytes
    sha256: str
    changes: Mapping[int, bool]

    @property
    def size(self) -> int:
        """The number of indices."""
        return self.snapshot.size

    def is_revoked(self, index: int) -> bool:
        """Whether the bit of ``index`` (0 ≤ index < size) is set.

        Raises:
            IndexError: an index outside the shard.
        """
        if not 0 <= index < self.snapshot.size:
            raise IndexError(index)
        changed = self.changes.get(index)
        if changed is not None:
            return changed
        return bool(self.snapshot.bitmap[index >> 3] >> (index & 7) & 1)


def shard_of(expires_at: int) -> int:
    """The shard of a code that expires at ``expires_at`` (seconds since 1970)."""
    return expires_at // WEEK


def live_shards(now: int) -> range:
    """The shards in which a code that is alive at ``now``, or made at ``now``, can have its index."""
    return range(shard_of(now - _EARLIEST), shard_of(now + _LATEST) + 1)


def status_uri(issuer: str, shard: int) -> str:
    """Where the snapshot of ``shard`` is served, which is also its name."""
    return f"{issuer}/trust/status/{shard}"


def pack_bitmap(bitmap: bytes) -> str:
    """``bitmap`` as the ``lst`` of a status list: base64url of zlib."""
    return base64url.encode(zlib.compress(bitmap, level=9))


def unpack_bitmap(status_list: strict_json.Object, size: int) -> bytes:
    """The bitmap of a ``status_list`` claim of one bit an index, ``size`` indices in all.

    Raises:
        MalformedError: more than one bit an index, a broken stream, bytes after it, or another size than ``size``.
    """
    if strict_json.integer(status_list, "bits") != 1:
        raise MalformedError("a status has one bit here")
    if not 0 < size <= MAX_SIZE:
        raise MalformedError(f"a shard has 1 to {MAX_SIZE} indices")
    packed = base64url.decode(strict_json.text(status_list, "lst"))
    length = (size + 7) // 8
    stream = zlib.decompressobj()
    try:
        bitmap = stream.decompress(packed, length + 1)
    except zlib.error as error:
        raise MalformedError("not a zlib stream") from error
    if len(bitmap) != length or not stream.eof or stream.unused_data:
        raise MalformedError(f"the bitmap has not {length} bytes")
    return bitmap


def encode_delta(changes: Iterable[tuple[int, bool]]) -> bytes:
    """The delta of ``changes``, oldest first: index (0 … 2^31 − 1) and new value.

    Raises:
        ValueError: an index out of range.
    """
    words = [index | _NEW_VALUE if value else index for index, value in changes if _check_index(index)]
    return struct.pack(f">{len(words)}I", *words)


def parse_delta(delta: bytes, size: int) -> dict[int, bool]:
    """The changes in ``delta``; of two to one index the later counts.

    Raises:
        MalformedError: not whole changes, or an index that is not below ``size``.
    """
    if len(delta) % CHANGE_BYTES:
        raise MalformedError("a change has four bytes")
    changes = {word & ~_NEW_VALUE: word >= _NEW_VALUE for (word,) in struct.iter_unpack(">I", delta)}
    if changes and max(changes) >= size:
        raise MalformedError("a change outside the shard")
    return changes


def _check_index(index: int) -> bool:
    if not 0 <= index < _NEW_VALUE:
        raise ValueError(f"{index} is no index")
    return True
