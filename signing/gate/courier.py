"""Brings the keys of the gate's sector: at the start, every few hours, and soon after a code named one that is not held.

A gate that was enrolled without an encryption key offers one at its next contact. The issuer's worker wraps within seconds, so an empty
answer means nothing before.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Protocol

from signing import strict_json
from signing.gate.backoff import Backoff
from signing.gate.device_key import Identity
from signing.gate.encryption_key import EncryptionKey
from signing.gate.issuer_api import IssuerError
from signing.gate.sectors import Sectors

REGULAR = 4 * 3600.0
"""Seconds between two questions."""
SOON = 15.0
"""The same while it is not known what the issuer has; also the least time between two questions."""
SETTLED_AFTER = 60.0

_LOOK = 1.0


class KeySource(Protocol):
    """Where sector keys come from."""

    def offer_encryption_key(self, own: EncryptionKey, now: int) -> None:
        """Has sector keys wrapped to ``own``.

        Raises:
            IssuerError: refused, or no answer.
        """

    def sector_keys(self, now: int) -> list[strict_json.Object]:
        """The sector's keys as they were wrapped.

        Raises:
            IssuerError: refused, or no answer.
        """


class Courier:
    """Fetches until the process stops.

    Args:
        source: where the keys come from.
        own: the gate's key.
        identity: what the issuer knows of the gate.
        sectors: where the keys go.
        clock: seconds since 1970.
        folder: the gate's folder.
        trouble: told in a line when fetching begins to fail, and when it goes on.
        ticks: seconds that pass evenly.
    """

    def __init__(
        self,
        source: KeySource,
        own: EncryptionKey,
        identity: Identity,
        sectors: Sectors,
        clock: Callable[[], int],
        *,
        folder: Path,
        trouble: Callable[[str], None],
        backoff: Backoff | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._source, self._own, self._identity = folder, source, own, identity
        self._sectors, self._clock, self._trouble = sectors, clock, trouble
        self._backoff, self._ticks = backoff or Backoff(SOON, 900.0), ticks
        self._hurried = Event()
        self._known_since = ticks()

    def hurry(self) -> None:
        """A code named a key that is not held: asks soon."""
        self._hurried.set()

    def run(self, stop: Event) -> None:
        """Fetches until ``stop`` is set."""
        while not stop.is_set():
            self._rest(self.look(), stop)

    def look(self) -> float:
        """Fetches; the seconds until the next look."""
        self._hurried.clear()
        self._sectors.forget_ended(self._clock())
        try:
            pause = self._fetch()
        except IssuerError as error:
            if self._backoff.failures == 0:
                self._trouble(f"sector keys cannot be fetched, it is tried again: {error}")
            return self._backoff.failed()
        if self._backoff.failures:
            self._trouble("sector keys are fetched again")
        self._backoff.went_well()
        return pause

    def _fetch(self) -> float:
        now = self._clock()
        if self._identity.encryption_kid != self._own.kid:
            self._source.offer_encryption_key(self._own, now)
            self._known_since = self._ticks()
            self._know(self._own.kid)
        items = self._source.sector_keys(now)
        if not items and self._ticks() - self._known_since < SETTLED_AFTER:
            return SOON
        self._sectors.accept(items, self._own, self._identity.verifier_id, now)
        if items and not self._sectors.held:  # wrapped to a key that is lost: this one is offered
            self._know(None)
            return SOON
        return REGULAR

    def _know(self, kid: str | None) -> None:
        self._identity = replace(self._identity, encryption_kid=kid)
        try:
            self._identity.save(self._folder)
        except OSError as error:
            self._trouble(f"the gate's folder cannot be written, its key is offered again at a restart: {error}")

    def _rest(self, pause: float, stop: Event) -> None:
        """Waits; a hurry shortens it, but never below what the issuer may be asked."""
        begun = self._ticks()
        stop.wait(min(SOON, pause))
        while not stop.is_set() and self._ticks() - begun < pause and not self._hurried.wait(_LOOK):
            continue
