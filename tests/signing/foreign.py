"""Test vectors that others wrote. They lie beside this repository, or where ``ECARD_SHARED_VECTORS`` says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).parents[3] / "shared" / "vectors"


def load(name: str) -> Any:
    """The JSON of a vector file. Skips, and says so, where it is absent; an environment that names the folder must have it."""
    named = os.environ.get("ECARD_SHARED_VECTORS")
    path = (Path(named) if named else _BESIDE) / name
    if named is None and not path.exists():
        pytest.skip(f"no {path}: set ECARD_SHARED_VECTORS to the folder that has it")
    return json.loads(path.read_text(encoding="utf-8"))
