"""Codes that the issuer let in a moment ago: a reader that reads the customer once more asks nobody, and shows nothing new.

Of what this site judges by itself its replay memory knows that; where its own answer was ``unknown``, it never came to look there.
"""

from __future__ import annotations

from signing.replay import DOUBLE_READ


class Rereads:
    """Texts of the last two seconds, in memory alone."""

    def __init__(self) -> None:
        self._read_at: dict[str, int] = {}

    def note(self, text: str, now: int) -> None:
        """``text`` was let in ``now``, seconds since 1970."""
        self._read_at[text] = now

    def has(self, text: str, now: int) -> bool:
        """Whether ``text`` was let in, or read again, a moment ago; being read again now counts."""
        self._read_at = {known: at for known, at in self._read_at.items() if 0 <= now - at <= DOUBLE_READ}
        if text not in self._read_at:
            return False
        self.note(text, now)
        return True
