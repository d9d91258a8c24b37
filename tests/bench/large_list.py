"""The trust material of a city of 20 million that loses 2 % of its cards a year, as its publisher would write it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from ecard.domain.policies import MAX_TOKEN_LIFETIME
from ecard.domain.status_index import SHARD_SIZE
from signing import WEEK, TrustState, live_shards, pin_shard, sign_manifest, sign_snapshot
from tests.vectors import bundles, city

LOSSES_A_SECOND = 20_000_000 * 0.02 / bundles.YEAR
MIDWEEK = city.SHARD * WEEK + WEEK // 2
"""The moment at which the lists have their mean length."""


def a_large_bundle(now: int = MIDWEEK) -> bundles.Bundle:
    """What a verifier that joins at ``now`` downloads; the snapshots are fresh, so the deltas are empty."""
    keys = bundles.a_key_set()
    times = {"issued_at": now, "expires_at": now + WEEK}
    snapshots = {
        shard: sign_snapshot(
            _bitmap(shard, now), issuer=city.ISSUER, shard=shard, ttl=14_400, signer=city.LIST, **times
        )
        for shard in live_shards(now)
    }
    manifest = sign_manifest(
        issuer=city.ISSUER,
        version=1,
        keys_version=3,
        keys=keys,
        shards={shard: pin_shard(SHARD_SIZE, snapshot, b"") for shard, snapshot in snapshots.items()},
        signer=city.LIST,
        **times,
    )
    deltas = dict.fromkeys(snapshots, b"")
    return bundles.Bundle(bundles.a_root(), keys, manifest, snapshots, deltas, TrustState())


def _bitmap(shard: int, now: int) -> bytes:
    """Lost are the cards whose tokens could still be alive in the shard's week."""
    bitmap = bytearray(SHARD_SIZE // 8)
    for index in _lost(shard, now):
        bitmap[index >> 3] |= 1 << (index & 7)
    return bytes(bitmap)


def _lost(shard: int, now: int) -> Iterator[int]:
    seconds = now - (shard * WEEK - int(MAX_TOKEN_LIFETIME.total_seconds()))
    chance = random.Random(shard)  # noqa: S311 - spread like the real ones, by no secret
    yield from chance.sample(range(city.INDEX + 1, SHARD_SIZE), round(max(0, seconds) * LOSSES_A_SECOND))
