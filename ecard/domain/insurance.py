"""Which medical insurance a person is in, as the medical scene tells it (Art. 14)."""

from __future__ import annotations

from enum import IntEnum


class Insurance(IntEnum):
    """Insurance types; the numbers are those of the token format (§1.5)."""

    NONE = 0
    EMPLOYEES = 1
    RESIDENTS = 2
    OTHER = 3
