"""The trust material of a city of 20 million that loses 2 % of its cards a year, as its publisher would write it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

from ecard.domain.policies import MAX_TOKEN_LIFETIME
from ecard.domain.status_index import SHARD_SIZE
from signing import WEEK, TrustState, encode_changes, encode_list, live_shards, pin_shard, sign_manifest
from signing.statuslist import CHANGE_BYTES, lay_over
from tests.vectors import bundles, city

LOSSES_A_SECOND = 20_000_000 * 0.02 / bundles.YEAR
MIDWEEK = city.SHARD * WEEK + WEEK // 2
"""The moment at which the lists have their mean length."""


def a_large_bundle(now: int = MIDWEEK, *, version: int = 1) -> bundles.Bundle:
    """What is published at ``now``. At a later time the changes are the same and more."""
    keys = bundles.a_key_set()
    changes = {shard: encode_changes((index, True) for index in _lost(shard, now)) for shard in live_shards(now)}
    lists = {shard: encode_list(lay_over(set(), log)) for shard, log in changes.items()}
    manifest = sign_manifest(
        version=version,
        issued_at=now,
        expires_at=now + WEEK,
        keys_version=3,
        keys=keys,
        size=SHARD_SIZE,
        shards={shard: pin_shard(len(log) // CHANGE_BYTES, lists[shard]) for shard, log in changes.items()},
        signer=city.LIST,
    )
    return bundles.Bundle(bundles.a_root(), keys, manifest, lists, changes, TrustState())


def _lost(shard: int, now: int) -> Iterator[int]:
    """Lost are, since a week before it, the cards whose tokens could still be alive in the shard's week."""
    seconds = now - (shard * WEEK - int(MAX_TOKEN_LIFETIME.total_seconds()))
    yield from _order_of_losses(shard)[: round(max(0, seconds) * LOSSES_A_SECOND)]


@cache
def _order_of_losses(shard: int) -> list[int]:
    chance = random.Random(shard)  # noqa: S311 - spread like the real ones, by no secret
    return chance.sample(range(city.INDEX + 1, SHARD_SIZE), round(2.1 * WEEK * LOSSES_A_SECOND))
