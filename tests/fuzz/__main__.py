"""Ten million hostile inputs: ``python -m tests.fuzz``, all targets in turn, two at a time; ``--help`` tells how to run fewer or longer.

Half of the inputs are seeded mutations of codes, properly signed ones among them; half come from a coverage-guided fuzzer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

TEN_MILLION = 10_000_000
_LONGEST_INPUT = 1_500
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run: inputs, seconds, and the program's words where it found something."""

    name: str
    inputs: int
    seconds: float
    finding: str = ""


def main(arguments: list[str] | None = None) -> int:
    """Prints a line a run; 1 where anything was found."""
    options = _parser().parse_args(arguments)
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - after the help, which needs no keys

    names = options.target or list(TARGETS)
    share = options.runs // 2
    tasks = [("mutations", share, options.seed)] + [(name, share // len(names), options.seed) for name in names]
    with ThreadPoolExecutor(max_workers=options.jobs) as pool:
        runs = []
        for run in pool.map(lambda task: run_one(*task), tasks):
            runs.append(run)
            _say(f"{run.name:16} {run.inputs:>12,} inputs {run.seconds:8.1f} s  {run.finding or 'nothing found'}")
    _say(f"{sum(run.inputs for run in runs):,} hostile inputs, {sum(bool(run.finding) for run in runs)} findings")
    return 1 if any(run.finding for run in runs) else 0


def run_one(name: str, runs: int, seed: int) -> Run:
    """One target in a process of its own, or ``mutations``."""
    start = time.monotonic()
    if name == "mutations":
        command = [sys.executable, "-m", "tests.fuzz.mutated", str(runs), str(seed)]
    else:
        limits = [f"-runs={runs}", f"-seed={seed}", f"-max_len={_LONGEST_INPUT}", "-timeout=20", "-rss_limit_mb=2048"]
        command = [
            sys.executable,
            "-m",
            "tests.fuzz.guided",
            name,
            *limits,
            "-artifact_prefix=/dev/null",
            "-verbosity=0",
        ]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    finding = "" if done.returncode == 0 else (done.stdout + done.stderr).strip()[-3000:]
    return Run(name, runs, time.monotonic() - start, finding)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=TEN_MILLION, help="inputs in all (default: %(default)s)")
    parser.add_argument("--target", action="append", help="only this target of the guided fuzzer; may be given again")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other inputs (default: %(default)s)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time (default: %(default)s)"
    )
    return parser


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
