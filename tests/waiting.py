"""Waiting for what another process does: no fixed sleeps in the tests."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

import psutil

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
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
