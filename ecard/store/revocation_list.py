"""The revocation list in Redis: a bitmap a shard, and the version of the database that it reflects.

Every write compares the version first (one Lua script, atomic), so that two processes following the database at once, or a Redis that came
back from an old snapshot, can never put an older state over a newer one. Bitmaps here have the bit order of the published list
(least significant first within a byte), so that a Token Status List is the bytes as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

from ecard.store.redis_link import RedisUnavailableError

_VERSION = "ecard:status:version"
_SHARDS = "ecard:status:shards"
_PREFIX = "ecard:status:"

_APPLY = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for i = 3, #ARGV, 3 do redis.call('SETBIT', KEYS[3] .. ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""

_REPLACE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
for _, shard in ipairs(redis.call('SMEMBERS', KEYS[2])) do redis.call('DEL', KEYS[3] .. shard) end
redis.call('DEL', KEYS[2])
for i = 3, #ARGV, 2 do
  redis.call('SET', KEYS[3] .. ARGV[i], ARGV[i + 1])
  redis.call('SADD', KEYS[2], ARGV[i])
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class ListState:
    """What Redis holds: the version it reflects (None: nothing) and the shards it has."""

    version: int | None
    shards: frozenset[int]


class RevocationList:
    """All methods raise `RedisUnavailableError` when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._apply = redis.register_script(_APPLY)
        self._replace = redis.register_script(_REPLACE)

    def state(self) -> ListState:
        """Version and shards, in one round trip."""
        try:
            with self._redis.pipeline() as pipe:
                pipe.get(_VERSION)
                pipe.smembers(_SHARDS)
                version, shards = pipe.execute()
        except RedisError as error:
            raise RedisUnavailableError from error
        return ListState(None if version is None else int(version), frozenset(int(shard) for shard in shards))

    def apply(self, base: int, version: int, bits: Iterable[tuple[int, int, bool]]) -> bool:
        """Move from version ``base`` to ``version`` by setting ``(shard, index, revoked)``; False if Redis is not at ``base``."""
        flat = [part for shard, index, revoked in bits for part in (shard, _mirrored(index), int(revoked))]
        try:
            return bool(self._apply(keys=[_VERSION, _SHARDS, _PREFIX], args=[base, version, *flat]))
        except RedisError as error:
            raise RedisUnavailableError from error

    def replace(self, base: int | None, version: int, bitmaps: Mapping[int, bytes]) -> bool:
        """Put these bitmaps in the place of all, unless Redis moved away from ``base`` meanwhile."""
        flat = [part for shard, bitmap in bitmaps.items() for part in (shard, bitmap)]
        try:
            return bool(
                self._replace(keys=[_VERSION, _SHARDS, _PREFIX], args=["" if base is None else base, version, *flat])
            )
        except RedisError as error:
            raise RedisUnavailableError from error

    def bitmap(self, shard: int) -> tuple[int | None, bytes | None]:
        """A shard's bitmap and the version it reflects, read together."""
        try:
            with self._redis.pipeline(transaction=True) as pipe:
                pipe.get(_VERSION)
                pipe.get(f"{_PREFIX}{shard}")
                version, bitmap = pipe.execute()
        except RedisError as error:
            raise RedisUnavailableError from error
        return (None if version is None else int(version)), bitmap

    def is_revoked(self, shard: int, index: int) -> tuple[int | None, bool]:
        """One bit, and the version it reflects."""
        try:
            with self._redis.pipeline(transaction=True) as pipe:
                pipe.get(_VERSION)
                pipe.getbit(f"{_PREFIX}{shard}", _mirrored(index))
                version, bit = pipe.execute()
        except RedisError as error:
            raise RedisUnavailableError from error
        return (None if version is None else int(version)), bool(bit)


def _mirrored(index: int) -> int:
    """Redis counts a byte's bits from the most significant one, the Token Status List from the least."""
    return index ^ 7
