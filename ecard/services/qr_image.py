"""The picture of a code, for whoever cannot draw one: mini-programs, print, interim vouchers (Art. 35).

The mask is fixed: searching for the best of eight takes most of the time, and a signature leaves no pattern for a mask to break.
A module is eight pixels wide, so a row of modules is written as a row of bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET_ZONE = 4
"""Modules around the symbol that stay light (ISO/IEC 18004 §6.3.8)."""
PIXELS = 8
"""Width and height of a module."""

_MASK = 2
_DARK, _LIGHT = b"\x00", b"\xff"
_UNFILTERED, _LIKE_ABOVE = b"\x00", b"\x02"  # filters of a PNG row: as it is, or the difference to the row above
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def code_image(text: str) -> bytes:
    """A PNG of one bit a pixel with ``text`` as a QR symbol of level M; digits are written in numeric mode."""
    symbol = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=_MASK, border=QUIET_ZONE)
    symbol.add_data(text, optimize=0)
    modules = symbol.get_matrix()
    width = len(modules) * PIXELS
    header = struct.pack(">IIBBBBB", width, width, 1, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(_rows(modules)), level=1)
    return b"".join((_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"IDAT", pixels), _chunk(b"IEND", b"")))


def _rows(modules: list[list[bool]]) -> Iterator[bytes]:
    repeated = (_LIKE_ABOVE + bytes(len(modules))) * (PIXELS - 1)
    for row in modules:
        yield _UNFILTERED
        yield b"".join([_DARK if module else _LIGHT for module in row])
        yield repeated


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
