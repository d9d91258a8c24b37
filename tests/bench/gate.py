"""A gate that starts, loads its trust folder, judges one code, and says how much memory that took at most.

``python -m tests.bench.gate TRUST_FOLDER NOW CODE`` prints the outcome and, where the system tells it, the peak in bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from signing import Policy, TrustBundle, verify

_STATUS = Path("/proc/self/status")  # proc(5); VmHWM: the most memory ever resident, in kB


def main(folder: str, now: int, code: str) -> None:
    """Everything a gate does before it opens for the first time."""
    verdict = verify(code, trust=TrustBundle.load(folder), policy=Policy.preset("gate"), now=now)
    print(verdict.outcome, _peak())  # noqa: T201 - read by the bench


def _peak() -> int:
    lines = _STATUS.read_text().splitlines() if _STATUS.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
