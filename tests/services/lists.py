"""Looking at both sides of the revocation list, and Redis servers that are away or live in the past."""

from __future__ import annotations

from typing import cast

from ecard.app import Foundation, lay_foundation
from ecard.domain.actors import Actor, Role
from ecard.services.follow import build_bitmap, follow
from ecard.services.keyring import open_ring
from ecard.services.loss import report_loss, withdraw_loss_report
from ecard.services.publish import Publisher
from ecard.store.heads import read_head
from ecard.worker import publisher_for
from signing import live_shards
from tests.town import Holder, Town

AWAY = "unix:///nowhere/redis.sock"
AGENCY = Actor(Role.AGENCY_OFFICER, "staff:1")


def lose(town: Town, holder: Holder, base: Foundation | None = None) -> None:
    """A loss report, by the agency."""
    with (base or town.foundation).uow.write() as tx:
        report_loss(tx, AGENCY, holder.public_id)


def find(town: Town, holder: Holder) -> None:
    """Its withdrawal, at an outlet."""
    clerk = Actor(Role.BANK_CLERK, "staff:2", bank_id=town.banks["own"])
    with town.foundation.uow.write() as tx:
        withdraw_loss_report(tx, clerk, holder.public_id, document_seen=True)


def another_process(town: Town, redis_url: str | None = None) -> Foundation:
    """A foundation of its own on the town's database, as another process has it."""
    settings = town.foundation.settings
    return lay_foundation(settings.model_copy(update={"redis_url": redis_url or settings.redis_url}), clock=town.clock)


def publisher_of(base: Foundation) -> Publisher:
    """The publisher of a worker on that foundation."""
    ring = open_ring(base.keystore, "list")
    return publisher_for(base, *ring.key_set_and_signer(int(base.uow.clock().timestamp())))


def follow_now(town: Town) -> int:
    """What the worker does at every ring."""
    return follow(town.foundation.uow, town.foundation.revocations, town.foundation.indices)


def assert_redis_says_what_the_database_says(town: Town) -> None:
    """Version, live shards, and every bit."""
    base = town.foundation
    with base.uow.read() as tx:
        truth = read_head(tx.db, "revocation").value
        for shard in live_shards(town.clock.epoch):
            version, bitmap = base.revocations.bitmap(shard)
            assert (shard, version) == (shard, truth)
            expected = build_bitmap(tx.db, base.indices, shard)
            assert (bitmap or b"").ljust(len(expected), b"\0") == expected, f"shard {shard} differs"


class Memory:
    """What Redis held at some time, to bring it back: a server restored from an old dump."""

    def __init__(self, town: Town) -> None:
        self._redis = town.foundation.redis
        self._values = {key: cast("bytes", self._redis.dump(key)) for key in self._redis.scan_iter()}

    def restore(self) -> None:
        """Forget the present."""
        self._redis.flushall()
        for key, value in self._values.items():
            self._redis.restore(key, 0, value)
