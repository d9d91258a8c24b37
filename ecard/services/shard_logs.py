"""What happened in every live shard since its beginning: the log from which lists and changes are published (token format, 2.3, 2.4).

It follows from the numbered changes in the database alone, so that every process composes the same bytes; it stays in memory between
two publications, because reading and computing fifteen thousand indices a shard again at each loss report would take a second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ecard.domain.policies import MAX_TOKEN_LIFETIME
from ecard.services.follow import Change, StatusIndices, changes_since
from ecard.store.models import StatusChange
from signing import WEEK, encode_changes, encode_list


@dataclass
class ShardLog:
    """The log of one shard: its changes, oldest first, as they are published, and the indices that are revoked now."""

    earliest: datetime
    words: bytearray = field(default_factory=bytearray)
    revoked: set[int] = field(default_factory=set)
    _list: bytes | None = b""

    @classmethod
    def of(cls, shard: int) -> ShardLog:
        """An empty log. It begins with the first change after which a code of this week may have been made."""
        return cls(datetime.fromtimestamp(shard * WEEK, UTC) - MAX_TOKEN_LIFETIME)

    def begins_before(self, change: Change) -> bool:
        """Whether ``change``, the newest so far, belongs into the log."""
        return bool(self.words) or change.at >= self.earliest

    def append(self, index: int, *, revoked: bool) -> None:
        """One change more."""
        self.words += encode_changes([(index, revoked)])
        (self.revoked.add if revoked else self.revoked.discard)(index)
        self._list = None

    @property
    def list_bytes(self) -> bytes:
        """The list as published."""
        if self._list is None:
            self._list = encode_list(self.revoked)
        return self._list


class ShardLogs:
    """The logs of the live shards, as of one version of the database."""

    def __init__(self, indices: StatusIndices) -> None:
        self._indices = indices
        self._logs: dict[int, ShardLog] = {}
        self._version = 0
        self._newest: Change | None = None

    def follow(self, db: Session, truth: int, shards: Collection[int]) -> Mapping[int, ShardLog]:
        """The logs of ``shards`` as of version ``truth``: caught up, or built anew where the database is another one than before."""
        if not self._is_continued_by(db, truth):
            self._logs = {}
        kept = {shard: log for shard, log in self._logs.items() if shard in shards}
        missing = {shard: ShardLog.of(shard) for shard in shards if shard not in kept}
        recent = changes_since(db, self._version, truth) if kept else []
        earlier = changes_since(db, _last_before(db, missing.values()), truth) if missing else []
        newest = _change_at(db, truth)
        self._extend(kept, recent)  # nothing fails from here on, so that no change is counted twice
        self._extend(missing, earlier)
        self._logs, self._version, self._newest = {**kept, **missing}, truth, newest
        return self._logs

    def _is_continued_by(self, db: Session, truth: int) -> bool:
        """False after a backup was put back: fewer changes than are known here, or another one under the number of the newest."""
        return truth >= self._version and _change_at(db, self._version) == self._newest

    def _extend(self, logs: Mapping[int, ShardLog], changes: Iterable[Change]) -> None:
        for change in changes:
            for shard, log in logs.items():
                if log.begins_before(change):
                    log.append(self._indices.of(change.serial, shard), revoked=change.revoked)


def _last_before(db: Session, logs: Iterable[ShardLog]) -> int:
    """The version after which the first of ``logs`` begins."""
    earliest = min(log.earliest for log in logs)
    first = db.scalar(select(func.min(StatusChange.version)).where(StatusChange.at >= earliest))
    newest = db.scalar(select(func.max(StatusChange.version)))
    return (newest or 0) if first is None else first - 1


def _change_at(db: Session, version: int) -> Change | None:
    return next(iter(changes_since(db, version - 1, version)), None)
