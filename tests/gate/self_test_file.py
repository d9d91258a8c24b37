"""Makes the file of `python -m signing gate --self-test`: one vector for each code that a verdict can have.

``python -m tests.gate.self_test_file`` after the vectors were built anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import signing.gate
from signing.gate.self_test import FILE
from tests.vectors import build

PATH = Path(signing.gate.__file__).parent / FILE
_GROUPS = ("judged", "device", "text", "written-cwt", "written-device", "trust")


def content() -> str:
    """The file as it should be."""
    cases: dict[str, dict[str, Any]] = {}
    for group in _GROUPS:
        for vector in json.loads((build.FOLDER / f"{group}.json").read_text(encoding="ascii")):
            cases.setdefault(f"{vector['expect']['code']} {_form(vector['text'])}", vector)
    used = sorted({case["trust"] for case in cases.values() if case["trust"] is not None})
    bundles = {name: json.loads((build.FOLDER / "trust" / f"{name}.json").read_text(encoding="ascii")) for name in used}
    return json.dumps({"bundles": bundles, "cases": list(cases.values())}, indent=1) + "\n"


def _form(text: str) -> str:
    return text[:3] if text[:3] in {"351", "352"} else "another"


if __name__ == "__main__":
    PATH.write_text(content(), encoding="ascii")
