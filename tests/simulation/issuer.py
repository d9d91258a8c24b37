"""The issuer's side of the simulation: losses by chance, documents by the very functions that the service publishes with."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from signing import WEEK, live_shards, pin_shard, sign_manifest
from signing.statuslist import CHANGE_BYTES, encode_changes, encode_list
from tests.vectors import bundles, city

SHARD_SIZE = 1 << 25
MANIFEST_PERIOD = 60
_MANIFEST_LIFETIME = 7 * 86_400
_LONGEST_LIFETIME = WEEK
_KEYS_VERSION = 3


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss report at ``at`` (seconds since 1970), and where the card stands in each shard that it concerns."""

    at: int
    indices: dict[int, int]


@dataclass(slots=True)
class _ShardLog:
    """What happened in a shard, oldest first."""

    times: list[int] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)


class Issuer:
    """A city that loses ``losses_a_year`` cards, evenly by chance, from two weeks before ``start`` until ``end``."""

    def __init__(self, *, losses_a_year: float, start: int, end: int, seed: int = 1) -> None:
        self._chance = Random(seed)  # noqa: S311 - spread like the real ones, by no secret
        self._logs: dict[int, _ShardLog] = {}
        self._known: dict[int, set[int]] = {}
        self.keys = bundles.a_key_set(expires_at=end + WEEK)
        self.root = bundles.a_root()
        rate = losses_a_year / bundles.YEAR
        self.losses = [self._lose(at) for at in self._moments(rate, start - 2 * WEEK, end)]
        self._lists: dict[tuple[int, int], bytes] = {}

    def moments_of_manifests(self, start: int, end: int) -> Iterator[int]:
        """When a manifest is published: at each change, and a minute after the last one at the latest."""
        losses = iter([loss.at for loss in self.losses if start <= loss.at < end])
        next_loss = next(losses, end)
        moment = start
        while moment < end:
            yield moment
            moment = min(moment + MANIFEST_PERIOD, max(next_loss, moment + 1))
            while next_loss <= moment < end:
                next_loss = next(losses, end)

    def manifest(self, at: int) -> bytes:
        """The manifest that says what is so at ``at``; its version is that time, for nothing is published twice in a second."""
        shards = {shard: pin_shard(self.count(shard, at), self.list_of(shard, at)) for shard in live_shards(at)}
        return sign_manifest(
            version=at,
            issued_at=at,
            expires_at=at + _MANIFEST_LIFETIME,
            keys_version=_KEYS_VERSION,
            keys=self.keys,
            size=SHARD_SIZE,
            shards=shards,
            signer=city.LIST,
        )

    def count(self, shard: int, at: int) -> int:
        """How many changes the shard has seen by ``at``."""
        log = self._logs.get(shard)
        return bisect_right(log.times, at) if log else 0

    def list_of(self, shard: int, at: int) -> bytes:
        """The shard's list, as served."""
        key = (shard, self.count(shard, at))
        if key not in self._lists:
            for stale in [known for known in self._lists if known[0] == shard]:
                del self._lists[stale]
            log = self._logs.get(shard)
            self._lists[key] = encode_list(set(log.indices[: key[1]])) if log else b""
        return self._lists[key]

    def changes_of(self, shard: int, since: int, until: int) -> bytes:
        """The changes from number ``since`` to ``until``, as a byte range brings them."""
        log = self._logs.get(shard)
        words = encode_changes((index, True) for index in log.indices[since:until]) if log else b""
        assert len(words) == CHANGE_BYTES * (until - since)
        return words

    def revoked(self, shard: int, at: int) -> set[int]:
        """What every verifier should know at ``at``."""
        log = self._logs.get(shard)
        return set(log.indices[: self.count(shard, at)]) if log else set()

    def _moments(self, rate: float, start: int, end: int) -> Iterator[int]:
        moment = start + self._chance.expovariate(rate)
        while moment < end:
            yield int(moment)
            moment += self._chance.expovariate(rate)

    def _lose(self, at: int) -> Loss:
        """One more entry in every shard in which a code of the card can still be alive."""
        indices = {}
        for shard in range(at // WEEK, (at + _LONGEST_LIFETIME) // WEEK + 1):
            known = self._known.setdefault(shard, set())
            index = self._chance.randrange(SHARD_SIZE)
            while index in known:
                index = self._chance.randrange(SHARD_SIZE)
            known.add(index)
            log = self._logs.setdefault(shard, _ShardLog())
            log.times.append(at)
            log.indices.append(index)
            indices[shard] = index
        return Loss(at, indices)
