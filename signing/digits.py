"""The decimal writing of a token, which scanners, keyboard layouts and input methods all leave alone (docs/token-format.md §1.1).

``35`` · format digit · the bytes as one big-endian number in base 10. ``35`` names Article 35, by which the card may be a code.
"""

from __future__ import annotations

from signing.errors import CodeError

MAX_CHARACTERS = 4096
"""Length of the longest text that is looked at, in characters, before folding."""
MAX_DIGITS = 1200
"""Length of the longest decimal writing, after folding."""

MARKER = b"35"
SERVER_FORMAT, DEVICE_FORMAT = b"351", b"352"
"""How a server code and a device code begin: the marker and a format digit."""

_FORMATS = frozenset((SERVER_FORMAT, DEVICE_FORMAT))
_PREFIX_DIGITS = 3
_NO_FIRST_DIGIT = (b"", b"0")

_FOLDING = dict.fromkeys((*range(0x09, 0x0E), 0x20, 0xA0, 0x3000, 0xFEFF)) | {
    0xFF10 + digit: str(digit) for digit in range(10)
}


def fold(text: str) -> str:
    """``text`` with full-width digits made ASCII and white space removed.

    Raises:
        CodeError: ``too_long``.
    """
    if len(text) > MAX_CHARACTERS:
        raise CodeError("too_long")
    return text.translate(_FOLDING)


def decode(text: str) -> tuple[bytes, bytes] | None:
    """The format and the token that ``text`` writes in digits, folded where it needs to be; None where it is no such writing.

    Raises:
        CodeError: ``too_long``, ``unsupported_format``, or ``malformed``: no number, a leading zero.
    """
    written = text.encode("ascii", "replace")
    if not written.isdigit():
        written = fold(text).encode("ascii", "replace")
        if not written.isdigit():
            return None
    form = written[:_PREFIX_DIGITS]
    if form not in _FORMATS or len(written) > MAX_DIGITS:
        _check_writing(written)
        return None
    number = written[_PREFIX_DIGITS:]
    if number[:1] in _NO_FIRST_DIGIT:
        raise CodeError("malformed")
    try:
        value = int(number)
    except ValueError as error:  # longer than the interpreter was told to convert
        raise CodeError("malformed") from error
    return form, value.to_bytes((value.bit_length() + 7) // 8, "big")


def encode(token: bytes, form: bytes = SERVER_FORMAT) -> str:
    """The one text of a ``token`` in the format ``form``."""
    return f"{form.decode()}{int.from_bytes(token, 'big')}"


def _check_writing(written: bytes) -> None:
    """Says why digits are no code, or leaves them to whoever reads other writings."""
    if not written.startswith(MARKER) or len(written) == len(MARKER):
        return
    if len(written) > MAX_DIGITS:
        raise CodeError("too_long")
    raise CodeError("unsupported_format")
