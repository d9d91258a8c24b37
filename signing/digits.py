"""The decimal writing of a token, which scanners, keyboard layouts and input methods all leave alone (docs/token-format.md §1.1).

``35`` · format digit · the bytes as one big-endian number in base 10. ``35`` names Article 35, by which the card may be a code.
"""

from __future__ import annotations

import re

from signing.errors import CodeError

MAX_CHARACTERS = 4096
"""Length of the longest text that is looked at, in characters, before folding."""
MAX_DIGITS = 1200
"""Length of the longest decimal writing, after folding."""

MARKER = "35"
SERVER_FORMAT = "1"

_FOLDING = dict.fromkeys((*range(0x09, 0x0E), 0x20, 0xA0, 0x3000, 0xFEFF)) | {
    0xFF10 + digit: str(digit) for digit in range(10)
}
_WRITING = re.compile(MARKER + "([0-9])([0-9]*)")


def fold(text: str) -> str:
    """``text`` with full-width digits made ASCII and white space removed.

    Raises:
        CodeError: ``too_long``.
    """
    if len(text) > MAX_CHARACTERS:
        raise CodeError("too_long")
    return text.translate(_FOLDING)


def match(folded: str) -> str | None:
    """The decimal number of a server code, or None where the text is not written in digits at all.

    Raises:
        CodeError: ``too_long``, ``unsupported_format``.
    """
    written = _WRITING.fullmatch(folded)
    if written is None:
        return None
    if len(folded) > MAX_DIGITS:
        raise CodeError("too_long")
    form, number = written.groups()
    if form != SERVER_FORMAT:  # "2" is the place of the device code
        raise CodeError("unsupported_format")
    return number


def decode(number: str) -> bytes:
    """The bytes behind a decimal number.

    Raises:
        CodeError: ``malformed`` – no digit, a leading zero, or longer than the interpreter is set to convert.
    """
    if number[:1] in ("", "0"):
        raise CodeError("malformed")
    try:
        value = int(number)
    except ValueError as error:
        raise CodeError("malformed") from error
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def encode(token: bytes) -> str:
    """The one text of a server code's ``token``."""
    return f"{MARKER}{SERVER_FORMAT}{int.from_bytes(token, 'big')}"
