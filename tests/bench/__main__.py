"""Runs every bench in turn, so that none disturbs another, and prints one table."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import tests.bench
from tests.bench.report import Row, print_rows

_PREFIX = "bench_"


def main(topics: list[str]) -> int:
    """Run the benches named, such as `verify`, or all. Returns 1 if one could not run; a missed goal is only printed."""
    rows: list[Row] = []
    broken: list[str] = []
    for topic in topics or _topics():
        sys.stderr.write(f"measuring {topic} …\n")
        try:
            rows += import_module(f"tests.bench.{_PREFIX}{topic}").main()
        except Exception:  # noqa: BLE001 — the other benches shall still run
            traceback.print_exc()
            broken.append(topic)
    print_rows(rows)
    if broken:
        sys.stderr.write(f"could not run: {', '.join(broken)}\n")
    return 1 if broken else 0


def _topics() -> Iterator[str]:
    names = sorted(module.name for module in iter_modules(tests.bench.__path__))
    return (name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
