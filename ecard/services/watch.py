"""What a web process remembers so that showing a code needs no round trip: holders' cards, and sessions that ended.

A thread listens to the bells and asks the database what changed, at least once a second. While the last answer is young the memory counts;
when it is not (database gone, thread stuck), callers ask the database themselves. Redis only makes the news faster.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ecard.domain.policies import ACCESS_LIFETIME
from ecard.services.follow import changes_since
from ecard.services.trouble import Trouble
from ecard.store.database import DatabaseBusyError
from ecard.store.heads import read_head
from ecard.store.models import Session
from ecard.store.redis_link import Bells
from ecard.store.unit_of_work import Transaction, UnitOfWork

_FRESH_SECONDS = 2.5
_POLL = timedelta(seconds=1)
_OVERLAP = timedelta(seconds=10)
_MOST_CARDS = 50_000
_CARD_SECONDS = 300.0


@dataclass(slots=True)
class HeldCard:
    """A usable card as the code service needs it. ``concession`` and ``pseudonyms`` are claims; ``indices`` fills as shards come.

    ``serial`` is the card's for as long as it stays usable: the change that ends that drops the card from the memory.
    """

    card_id: int
    serial: int
    concession: int
    pseudonyms: dict[str, bytes]
    indices: dict[int, int] = field(default_factory=dict)
    until: float = 0.0


class Watch:
    """The memory of one process. Thread-safe."""

    def __init__(self, uow: UnitOfWork, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._uow = uow
        self._monotonic = monotonic
        self._lock = Lock()
        self._version: int | None = None
        self._ended: dict[str, datetime] = {}
        self._ended_since: datetime | None = None
        self._cards: OrderedDict[int, HeldCard] = OrderedDict()
        self._account_of: dict[int, int] = {}
        self._fresh_until = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether the memory reflects the database of at most 2.5 seconds ago."""
        return self._monotonic() < self._fresh_until

    def session_ended(self, session_id: str) -> bool | None:
        """Whether the session has ended; None: unknown, ask the database."""
        return session_id in self._ended if self.is_fresh else None

    def card(self, account_id: int) -> HeldCard | None:
        """The usable card of an account; None: unknown, ask the database."""
        held = self._cards.get(account_id)
        return held if held is not None and self.is_fresh and self._monotonic() < held.until else None

    @property
    def version(self) -> int | None:
        """The list version that the memory reflects; pass it to `hold`."""
        return self._version

    def hold(self, account_id: int, card: HeldCard, version: int | None) -> None:
        """Remember a card that was read while the memory stood at ``version``; not if a change came in between."""
        card.until = self._monotonic() + _CARD_SECONDS
        with self._lock:
            if version is None or version != self._version:
                return
            self._cards[account_id] = card
            self._account_of[card.card_id] = account_id
            while len(self._cards) > _MOST_CARDS:
                _, dropped = self._cards.popitem(last=False)
                self._account_of.pop(dropped.card_id, None)

    def refresh(self) -> None:
        """Ask the database what changed since the last time."""
        asked = self._monotonic()
        with self._uow.read() as tx:
            version = read_head(tx.db, "revocation").value
            changed = self._changed_cards(tx, version)
            ended = self._newly_ended(tx)
            now = tx.now
        with self._lock:
            if changed is None:
                self._cards.clear()
                self._account_of.clear()
            for card_id in changed or ():
                self._cards.pop(self._account_of.pop(card_id, -1), None)
            self._version = version
            self._ended.update(ended)
            self._ended = {sid: at for sid, at in self._ended.items() if at > now - 2 * ACCESS_LIFETIME}
            self._ended_since = now - _OVERLAP
            self._fresh_until = asked + _FRESH_SECONDS

    def _changed_cards(self, tx: Transaction, version: int) -> set[int] | None:
        """Cards changed since the version known; None if the database turned back, so that nothing known counts."""
        if self._version is None or version < self._version:
            return None
        return (
            {change.card_id for change in changes_since(tx.db, self._version, version)}
            if version > self._version
            else set()
        )

    def _newly_ended(self, tx: Transaction) -> dict[str, datetime]:
        since = self._ended_since or tx.now - 2 * ACCESS_LIFETIME
        rows = tx.db.execute(select(Session.id, Session.ended_at).where(Session.ended_at > since))
        return {row.id: row.ended_at for row in rows if row.ended_at is not None}


class Watcher(Thread):
    """Keeps a `Watch` fresh until `stop`."""

    def __init__(self, watch: Watch, bells: Bells) -> None:
        super().__init__(name="ecard-watch", daemon=True)
        self._watch = watch
        self._bells = bells
        self._stopping = Event()

    def run(self) -> None:
        """Refresh at every ring, and at least once a second."""
        asked = 0.0
        trouble = Trouble("watch_failed", consequence="requests ask the database themselves")
        while not self._stopping.is_set():
            try:
                if (
                    self._bells.wait(_POLL) & {"status", "session"}
                    or time.monotonic() - asked >= _POLL.total_seconds() / 2
                ):
                    asked = time.monotonic()
                    self._watch.refresh()
                    trouble.over()
            except (DatabaseBusyError, SQLAlchemyError) as error:
                trouble.met(error)
                self._stopping.wait(_POLL.total_seconds())

    def stop(self) -> None:
        """Let the thread end."""
        self._stopping.set()
