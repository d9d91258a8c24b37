"""One line of the report: a figure, what it is compared with, and whether it reaches its goal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_HEADS = ("what", "measured", "reference", "ratio", "goal", "reached")


@dataclass(frozen=True)
class Goal:
    """A bound. Make it with `at_least` or `at_most`."""

    sign: str  # "≥" or "≤"
    bound: float

    def is_met_by(self, value: float) -> bool:
        return value >= self.bound if self.sign == "≥" else value <= self.bound


def at_least(bound: float) -> Goal:
    return Goal("≥", bound)


def at_most(bound: float) -> Goal:
    return Goal("≤", bound)


@dataclass(frozen=True)
class Row:
    """A figure in `unit`. With a reference, in the same unit, the goal bounds their ratio; without one, the figure itself.

    Machines differ and are shared: a ratio of two figures of one run says more than either.
    """

    what: str
    measured: float
    unit: str
    goal: Goal
    reference: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if self.reference is None else self.measured / self.reference

    @property
    def reached(self) -> bool:
        return self.goal.is_met_by(self.measured if self.ratio is None else self.ratio)

    def cells(self) -> tuple[str, ...]:
        """The texts below the heads."""
        goal_unit = f" {self.unit}" if self.reference is None else ""
        return (
            self.what,
            f"{_figure(self.measured)} {self.unit}",
            "" if self.reference is None else f"{_figure(self.reference)} {self.unit}",
            "" if self.ratio is None else f"{self.ratio:.2f}",
            f"{self.goal.sign} {self.goal.bound:g}{goal_unit}",
            "yes" if self.reached else "NO",
        )


def print_rows(rows: Iterable[Row]) -> None:
    """Print the rows as one table, and how many goals were reached."""
    rows = list(rows)
    lines = [_HEADS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADS))]
    lines.insert(1, tuple("-" * width for width in widths))
    for line in lines:
        print(_aligned(line, widths))  # noqa: T201 — the report itself
    print(f"\n{sum(row.reached for row in rows)} of {len(rows)} goals reached")  # noqa: T201


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Names to the left, figures to the right."""
    padded = [
        cells[0].ljust(widths[0]),
        *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)),
    ]
    return " | ".join(padded)


def _figure(value: float) -> str:
    """About three digits: 15,400 or 0.43."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
