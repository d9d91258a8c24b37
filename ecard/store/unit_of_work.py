"""One use case, one transaction: state, audit entry and outgoing messages commit together or not at all.

Services take a `Transaction` and never a clock, a key or a connection of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

from sqlalchemy.orm import Session

from ecard.domain.actors import Actor
from ecard.domain.errors import RefusedError
from ecard.store import audit
from ecard.store.database import Database
from ecard.store.models import OutboxMessage
from ecard.store.vault import Vault

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The city's civil time: no daylight saving since 1991."""

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


@dataclass
class Transaction:
    """What a service may touch. ``now`` is read once; every row of the transaction carries it."""

    db: Session
    vault: Vault
    audit_key: bytes
    now: datetime
    rings: set[str] = field(default_factory=set)

    @property
    def today(self) -> date:
        """The calendar day in the city."""
        return self.now.astimezone(CHINA).date()

    def record(self, actor: Actor, action: str, subject: str, **details: object) -> None:
        """Append to the audit chain; call it last, because it holds the chain's lock until commit."""
        self.db.flush()
        audit.append(
            self.db, self.audit_key, at=self.now, actor=actor, action=action, subject=subject, details=dict(details)
        )

    def send(self, topic: str, **payload: object) -> None:
        """Put a message to the outside into the outbox (identifiers only, no personal data)."""
        self.db.add(OutboxMessage(topic=topic, payload=dict(payload), created_at=self.now, next_attempt_at=self.now))
        self.rings.add("outbox")


class UnitOfWork:
    """Makes transactions and, after a commit, rings the bells that they set (``status``, ``session``, ``outbox``)."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        audit_key: bytes,
        *,
        clock: Clock = system_clock,
        ring: Callable[[set[str]], None] = lambda _rings: None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._audit_key = audit_key
        self._clock = clock
        self._ring = ring

    @property
    def clock(self) -> Clock:
        """The clock that transactions are dated by."""
        return self._clock

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that commits at the end of the block, or keeps nothing if an exception leaves it.

        A `RefusedError` with ``keep`` commits first and is raised afterwards.
        """
        kept: RefusedError | None = None
        with self._database.write() as db:
            transaction = Transaction(db, self._vault, self._audit_key, self._clock())
            try:
                yield transaction
            except RefusedError as refusal:
                if not refusal.keep:
                    raise
                kept = refusal
        if transaction.rings:
            self._ring(transaction.rings)
        if kept is not None:
            raise kept

    def close(self) -> None:
        """Give the database's connections back; later transactions open new ones."""
        self._database.dispose()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that keeps nothing."""
        with self._database.read() as db:
            yield Transaction(db, self._vault, self._audit_key, self._clock())
