"""The invented city, today: processes read the machine's clock, so that what they are given must be of now."""

from __future__ import annotations

import time
from pathlib import Path

from signing import TrustBundle, shard_of
from tests.vectors import city
from tests.vectors.bundles import Bundle, a_bundle, a_key_set, a_manifest

DAY = 86_400


def now() -> int:
    return int(time.time())


def a_bundle_of(at: int, *, version: int = 812) -> Bundle:
    """What the city published at ``at``, of the weeks in which a code that is made then can expire."""
    shard = shard_of(at + 60)
    return a_bundle(
        keys=a_key_set(issued_at=city.NOW - DAY),
        shards=(shard, shard + 1),
        manifest=lambda pins, **rest: a_manifest(
            pins, **{**rest, "version": version, "issued_at": at, "expires_at": at + 7 * DAY}
        ),
    )


def a_trust_folder(place: Path, at: int | None = None) -> Path:
    """A gate's folder that was synced at ``at``, else just now."""
    TrustBundle.from_files(a_bundle_of(now() - 1 if at is None else at).to_files()).save(place)
    return place


def a_code_of(at: int | None = None, *, index: int = city.INDEX) -> str:
    """A server code for a gate, made at ``at``, else just now; each index is another code."""
    made = now() if at is None else at
    return city.a_code(city.some_claims(index=index, issued_at=made, expires_at=made + 60))
