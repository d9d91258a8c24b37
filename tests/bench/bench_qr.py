"""The server's picture of a code, beside the `qrcode` library with its defaults.

``python -m tests.bench.bench_qr``
"""

from __future__ import annotations

import io
from collections.abc import Callable
from statistics import median
from time import perf_counter

import qrcode

from ecard.services.qr_image import code_image
from tests.bench.report import Row, at_least, print_rows
from tests.vectors import city

_ROUNDS, _PICTURES = 40, 4


def main() -> list[Row]:
    """Text to PNG in memory, the two in turns; the median round of each counts."""
    code = city.a_code()
    rounds = [(_rate(code_image, code), _rate(_by_default, code)) for _ in range(_ROUNDS)]
    ours, theirs = (median(rates) for rates in zip(*rounds, strict=True))
    return [Row("QR picture of a server code, PNG", ours, "/s", at_least(5), theirs)]


def _by_default(text: str) -> bytes:
    file = io.BytesIO()
    qrcode.make(text).save(file)
    return file.getvalue()


def _rate(draw: Callable[[str], bytes], text: str) -> float:
    start = perf_counter()
    for _ in range(_PICTURES):
        draw(text)
    return _PICTURES / (perf_counter() - start)


if __name__ == "__main__":
    print_rows(main())
