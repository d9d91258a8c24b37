"""Redis follows the database: after a commit, after a restart, after a journey into the past.

The database numbers every change of the list without gaps; Redis remembers the number it reflects. Behind: the missing changes are applied.
Empty, ahead of the database, too far behind, or without a live shard: the list is rebuilt. A bit belongs to a serial, not to a card: it is
set once and never taken back (decision 14).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ecard.domain.policies import MAX_TOKEN_LIFETIME
from ecard.domain.status_index import SHARD_SIZE, index_of, serial_of
from ecard.store.heads import read_head
from ecard.store.models import StatusChange
from ecard.store.revocation_list import ListState, RevocationList
from ecard.store.unit_of_work import UnitOfWork
from signing import WEEK, live_shards

_FAR = 20_000
_TRIES = 5


@dataclass(frozen=True, slots=True)
class StatusIndices:
    """Computes where a card's serial stands in each shard. ``key`` has 32 bytes."""

    key: bytes
    size: int = SHARD_SIZE

    def of(self, serial: int, shard: int) -> int:
        """The index of a serial in a shard."""
        return index_of(serial, shard, self.key, self.size)

    def serial(self, index: int, shard: int) -> int:
        """The serial behind an index: the inverse of `of`.

        Raises:
            ValueError: an index outside the shard.
        """
        return serial_of(index, shard, self.key, self.size)


class Change(NamedTuple):
    """One entry of the truth: which card it happened to and when, whose serial's bit it sets, and to what."""

    card_id: int
    serial: int
    revoked: bool
    at: datetime


def follow(uow: UnitOfWork, revocations: RevocationList, indices: StatusIndices) -> int:
    """Bring Redis to the database's version, and return that version.

    Raises:
        RedisUnavailableError: Redis does not answer; call again later, nothing is lost.
    """
    for _ in range(_TRIES):
        state = revocations.state()
        with uow.read() as tx:
            truth = read_head(tx.db, "revocation").value
            shards = list(live_shards(int(tx.now.timestamp())))
            if _is_current(state, truth, shards):
                return truth
            done = (
                _rebuild(tx.db, revocations, indices, state=state, truth=truth, shards=shards)
                if _needs_rebuild(state, truth, shards)
                else _catch_up(tx.db, revocations, indices, state=state, truth=truth, shards=shards)
            )
        if done:
            return truth
    return truth  # others moved Redis each time, so it is being followed


def changes_since(db: Session, version: int, until: int) -> list[Change]:
    """Every change after ``version`` up to ``until``, oldest first."""
    query = (
        select(StatusChange.card_id, StatusChange.serial, StatusChange.revoked, StatusChange.at)
        .where(StatusChange.version > version, StatusChange.version <= until)
        .order_by(StatusChange.version)
    )
    return [Change(*row) for row in db.execute(query)]


def build_bitmap(db: Session, indices: StatusIndices, shard: int) -> bytes:
    """A shard's bitmap from the record of changes alone: every serial revoked while a token in the shard could have been issued."""
    bitmap = bytearray(indices.size // 8)
    for serial in _revoked_serials(db, shard):
        index = indices.of(serial, shard)
        bitmap[index >> 3] |= 1 << (index & 7)
    return bytes(bitmap)


def _revoked_serials(db: Session, shard: int) -> Iterable[int]:
    """By each serial's last change: a release before serials could set a bit back."""
    earliest = datetime.fromtimestamp(shard * WEEK, UTC) - MAX_TOKEN_LIFETIME
    changes = select(StatusChange.version, StatusChange.serial, StatusChange.revoked).where(StatusChange.at >= earliest)
    last = {serial: revoked for _, serial, revoked in sorted(tuple(row) for row in db.execute(changes))}
    return (serial for serial, revoked in last.items() if revoked)


def _is_current(state: ListState, truth: int, shards: list[int]) -> bool:
    return state.version == truth and state.shards.issuperset(shards)


def _needs_rebuild(state: ListState, truth: int, shards: list[int]) -> bool:
    if state.version is None or not state.shards.issuperset(shards):
        return True
    return state.version > truth or truth - state.version > _FAR


def _catch_up(
    db: Session, revocations: RevocationList, indices: StatusIndices, *, state: ListState, truth: int, shards: list[int]
) -> bool:
    base = state.version or 0
    changes = changes_since(db, base, truth)
    bits = ((shard, indices.of(change.serial, shard), change.revoked) for change in changes for shard in shards)
    return revocations.apply(base, truth, bits)


def _rebuild(
    db: Session, revocations: RevocationList, indices: StatusIndices, *, state: ListState, truth: int, shards: list[int]
) -> bool:
    return revocations.replace(state.version, truth, {shard: build_bitmap(db, indices, shard) for shard in shards})
