"""What hostile input needs of this interpreter."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def _long_numbers_can_be_written() -> Iterator[None]:
    """A stranger's program writes numbers that this interpreter, unless told, would not: beyond 4,300 digits."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(20_000)
    yield
    sys.set_int_max_str_digits(limit)
