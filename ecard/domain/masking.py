"""What of a person is shown before somebody has said why he needs more (Art. 16)."""

from __future__ import annotations

import re

_STAR = "*"


def mask_name(name: str) -> str:
    """`张三` → `张*`, `欧阳小明` → `欧**明`, `Mary Ann Smith` → `M*** A** S****`."""
    if re.search(r"[A-Za-z]", name):
        return " ".join(part[0] + _STAR * (len(part) - 1) for part in name.split(" ") if part)
    if len(name) <= 2:
        return name[:1] + _STAR
    return name[0] + _STAR * (len(name) - 2) + name[-1]


def mask_document(number: str) -> str:
    """The first three characters (province) and the last two."""
    return number[:3] + _STAR * (len(number) - 5) + number[-2:]


def mask_phone(phone: str) -> str:
    """`13800138000` → `138****8000`."""
    return phone[:3] + _STAR * max(len(phone) - 7, 0) + phone[-4:]
