"""Telling the log of a trouble that lasts, without filling it: its beginning, a reminder each minute, its end."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

_REMIND_SECONDS = 60.0

_log = structlog.get_logger()


class Trouble:
    """One kind of trouble of one loop, which calls `met` or `over` at each turn. ``facts`` are logged each time."""

    def __init__(self, event: str, *, monotonic: Callable[[], float] = time.monotonic, **facts: str) -> None:
        self._event = event
        self._facts = facts
        self._monotonic = monotonic
        self._since: float | None = None
        self._told = 0.0

    def met(self, error: BaseException) -> None:
        """It is there. Only the error's kind is logged: its text may quote data."""
        now = self._monotonic()
        if self._since is None:
            self._since = now
        elif now - self._told < _REMIND_SECONDS:
            return
        self._told = now
        _log.warning(self._event, **self._facts, error=_kind(error), seconds=round(now - self._since))

    def over(self) -> None:
        """It is not there, or no longer."""
        if self._since is not None:
            _log.warning(f"{self._event}_over", **self._facts, seconds=round(self._monotonic() - self._since))
            self._since = None


def _kind(error: BaseException) -> str:
    """The cause where our own error only wraps one, and its code where the database gave one."""
    cause = error.__cause__ or error
    origin = getattr(cause, "orig", None) or cause
    code = getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None)
    return f"{type(origin).__name__} {code}" if code else type(origin).__name__
