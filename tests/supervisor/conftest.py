"""Small programs with real process ids: each notes its pid, then its end, in a file that the test reads."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ecard.supervisor import Patience, Process

HASTY = Patience(ready=5, stop=1, quick=10, quick_deaths=3, first_pause=0.01, longest_pause=0.05)

_SLEEPER = """
import os, pathlib, signal, sys, time
name, diary, deaf = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3] == "deaf"
def note(word):
    with diary.open("a") as out:
        out.write(f"{name} {word} {os.getpid()}\\n")
def end(*_):
    note("stopped")
    raise SystemExit
signal.signal(signal.SIGTERM, signal.SIG_IGN if deaf else end)
note("started")
while True:
    time.sleep(0.05)
"""


@dataclass(frozen=True)
class Diary:
    """What the programs noted, in the order of events."""

    path: Path

    def events(self) -> list[str]:
        """Such as `web started`."""
        return [" ".join(line.split()[:2]) for line in self._lines()]

    def pids(self, name: str) -> list[int]:
        """The process ids of a program's lives, oldest first."""
        return [int(line.split()[2]) for line in self._lines() if line.startswith(f"{name} started ")]

    def _lines(self) -> list[str]:
        return self.path.read_text().splitlines() if self.path.exists() else []


@pytest.fixture
def diary(tmp_path: Path) -> Diary:
    return Diary(tmp_path / "diary")


@pytest.fixture
def a_program(diary: Diary) -> Callable[..., Process]:
    """Builds a program that sleeps; a deaf one ignores SIGTERM. It is ready when it has noted its start."""

    def build(name: str, *, deaf: bool = False) -> Process:
        argv = [sys.executable, "-c", _SLEEPER, name, str(diary.path), "deaf" if deaf else "polite"]
        return Process(name, argv, ready=lambda: bool(diary.pids(name)))

    return build
