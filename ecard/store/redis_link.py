"""Redis carries what must be fast: the revocation list, the bells, used codes, rate limits. It is never the truth.

Whatever Redis forgets, the database still knows; who uses this module must be able to go on when `RedisUnavailableError` is raised.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

_TIMEOUT = 1.0
_BELLS = "ecard:bells"
_BELLS_KEPT = 1000
_POLL = 0.25

_Entries = list[tuple[bytes, dict[bytes, bytes]]]
_Streams = list[tuple[bytes, _Entries]]


class RedisUnavailableError(Exception):
    """Redis did not answer; nothing is lost, the database is asked instead."""


def impatience() -> dict[str, Any]:
    """Options of every client: short time-outs and no retries, because an absent Redis must not hold up a loss report."""
    return {"socket_timeout": _TIMEOUT, "socket_connect_timeout": _TIMEOUT, "retry": Retry(NoBackoff(), 0)}


def connect(url: str) -> Redis:
    """A client that gives up soon."""
    return Redis.from_url(url, **impatience())


class Bells:
    """The change stream: says *that* something changed (``status``, ``session``, ``outbox``, ``published``); what, the database says.

    A lost ring delays by one poll, never loses.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._last: bytes | None = None

    def ring(self, topics: Iterable[str]) -> None:
        """Ring, if Redis is there."""
        try:
            self._redis.xadd(_BELLS, dict.fromkeys(topics, "1"), maxlen=_BELLS_KEPT, approximate=True)
        except RedisError:
            return  # listeners poll the database

    def wait(self, longest: timedelta) -> set[str]:
        """Wait for a ring; returns the topics rung since the last call, empty at the end of the time or while Redis is away."""
        milliseconds = max(1, int(min(longest.total_seconds(), _TIMEOUT / 2) * 1000))
        try:
            if self._last is None:
                self._last = self._newest()
            answer = cast("_Streams", self._redis.xread({_BELLS: self._last}, block=milliseconds))
        except RedisError:
            self._last = None
            time.sleep(min(_POLL, longest.total_seconds()))
            return set()
        topics: set[str] = set()
        for _stream, entries in answer or []:
            for number, fields in entries:
                self._last = number
                topics.update(field.decode() for field in fields)
        return topics

    def _newest(self) -> bytes:
        newest = cast("_Entries", self._redis.xrevrange(_BELLS, count=1))
        return newest[0][0] if newest else b"0-0"
