"""Waiting for what another process does: no fixed sleeps in the tests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

T = TypeVar("T")


def wait_for(what: Callable[[], T], *, seconds: float = 15.0) -> T:
    """The first true answer of `what`; an AssertionError when none came in time."""
    deadline = monotonic() + seconds
    while not (answer := what()):
        assert monotonic() < deadline, f"waited {seconds:.0f} s in vain"
        sleep(0.02)
    return answer


def is_alive(pid: int) -> bool:
    """Whether a process still runs; a zombie, which only waits for its parent to notice, does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")
