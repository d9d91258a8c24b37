"""Bytes from a scanner, cut into lines: whatever arrives, and however slowly, takes a bounded room.

A scanner ends a code with CR, LF or TAB, whichever it was set to. One that was set to nothing is served by silence: what stands there
when no byte has come for a while is a line too.
"""

from __future__ import annotations

import re

from signing.digits import MAX_CHARACTERS

MAX_LINE_BYTES = 4 * (MAX_CHARACTERS + 1)
"""As much of a line as is kept: whatever is longer is longer than any code in UTF-8, and is judged ``too_long``."""
SILENCE = 1.0
"""Seconds without a byte after which an unfinished line is taken as it stands: a wedge types at least 100 characters a second."""

_END = re.compile(rb"[\r\n\t]+")


class LineSplitter:
    """Cuts a stream of bytes into lines."""

    def __init__(self) -> None:
        self._rest = bytearray()

    @property
    def is_within_line(self) -> bool:
        """Whether a line has begun and not ended."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[str]:
        """The lines that end in ``data``; empty ones, such as between CR and LF, are none."""
        *ended, rest = _END.split(data)
        lines = []
        for piece in ended:
            self._append(piece)
            lines.append(self._take())
        self._append(rest)
        return [line for line in lines if line]

    def flush(self) -> list[str]:
        """What stands there without an end, as a line."""
        line = self._take()
        return [line] if line else []

    def _append(self, piece: bytes) -> None:
        self._rest += piece[: MAX_LINE_BYTES - len(self._rest)]

    def _take(self) -> str:
        line = self._rest.decode("utf-8", "replace").strip()
        self._rest.clear()
        return line
