"""Brings the scan log to the issuer whenever there is a network: in batches, each as often as it takes, counted once there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from threading import Event
from typing import Protocol

from signing.gate.backoff import Backoff
from signing.gate.issuer_api import IssuerError
from signing.gate.scan_log import Scan, ScanLog

BATCH = 200
PERIOD = 30.0
"""Seconds between two looks for new scans."""


class Recipient(Protocol):
    """Where scans go."""

    def upload(self, scans: Sequence[Scan], now: int) -> None:
        """Hands in scans.

        Raises:
            IssuerError: refused, or no answer.
        """


class Uploader:
    """Uploads until the process stops; what is under way when it dies is sent again, under the same names.

    Args:
        log: where the scans wait.
        recipient: where they go.
        clock: seconds since 1970.
        trouble: told in a line when uploading begins to fail, and when it goes on.
    """

    def __init__(
        self,
        log: ScanLog,
        recipient: Recipient,
        clock: Callable[[], int],
        trouble: Callable[[str], None],
        *,
        backoff: Backoff | None = None,
        period: float = PERIOD,
    ) -> None:
        self._log, self._recipient, self._clock, self._trouble = log, recipient, clock, trouble
        self._backoff, self._period = backoff or Backoff(5.0, 900.0), period

    def run(self, stop: Event) -> None:
        """Uploads until ``stop`` is set."""
        pause = 0.0
        while not stop.wait(pause):
            pause = self.look()

    def look(self) -> float:
        """Uploads what waits; the seconds until the next look."""
        try:
            while scans := self._log.waiting(BATCH):
                self._hand_in(scans)
        except (IssuerError, sqlite3.Error) as error:
            if self._backoff.failures == 0:
                self._trouble(f"scans cannot be uploaded, it is tried again: {error}")
            return self._backoff.failed()
        if self._backoff.failures:
            self._trouble("scans are uploaded again")
        self._backoff.went_well()
        return self._period

    def _hand_in(self, scans: Sequence[Scan]) -> None:
        """Uploads a batch; where the issuer refuses what is in it, its halves, so that one scan holds up no other."""
        try:
            self._recipient.upload(scans, self._clock())
        except IssuerError as error:
            if not error.is_final:
                raise
            if len(scans) == 1:
                self._trouble(f"the issuer refuses a scan for good: {error}")
                return self._log.settle(scans, self._clock(), accepted=False)
            middle = len(scans) // 2
            self._hand_in(scans[:middle])
            return self._hand_in(scans[middle:])
        return self._log.settle(scans, self._clock(), accepted=True)
