"""``python -m tests.simulation``: prints the table, and draws the plot where ``--plot`` names a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.simulation.days import Plan, simulate
from tests.simulation.report import draw, write_table

_PLAN = Plan()


def main(arguments: list[str] | None = None) -> int:
    """A city of twenty million takes about ten minutes."""
    options = _parser().parse_args(arguments)
    plan = Plan(options.cards, options.losses, options.days)
    season = simulate(plan)
    sys.stdout.write(write_table(plan, season))
    if options.plot:
        draw(season, options.plot)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--cards", type=int, default=_PLAN.cards, help="how many the city has (default: %(default)s)")
    parser.add_argument(
        "--losses", type=float, default=_PLAN.losses_a_year, help="share lost a year (default: %(default)s)"
    )
    parser.add_argument("--days", type=int, default=_PLAN.days, help="how many days pass (default: %(default)s)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the plot into this .svg or .png")
    return parser


if __name__ == "__main__":
    sys.exit(main())
