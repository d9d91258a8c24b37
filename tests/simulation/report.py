"""The simulation as a table in Markdown and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.simulation.days import DAY, Plan, Season

_HEADS = (
    "verifier",
    "to join",
    "bodies a day",
    "headers a day",
    "answers a day",
    "to refusal, median",
    "to refusal, p99",
)


def write_table(plan: Plan, season: Season) -> str:
    """A table, a row a verifier."""
    rows = [
        (
            result.name,
            _kilobytes(result.joined),
            _kilobytes(result.bodies_a_day),
            _kilobytes(result.headers_a_day),
            f"{result.answers_a_day:,.0f}",
            _seconds(result.refusal_median),
            _seconds(result.refusal_p99),
        )
        for result in season.results
    ]
    sizes = [size for _, size in season.joins]
    lines = [_line(_HEADS), _line(["---"] * len(_HEADS)), *map(_line, rows)]
    summary = (
        f"{plan.cards:,} cards, {plan.losses_a_year:.0%} of them lost a year, {plan.days} days, {season.losses:,} loss reports. "
        f"To join: {_kilobytes(min(sizes))} to {_kilobytes(max(sizes))}, {_kilobytes(sum(sizes) / len(sizes))} on the average."
    )
    return "\n".join([*lines, "", summary, ""])


def draw(season: Season, path: Path) -> None:
    """The size to join over the days, and the traffic of a day, as a picture whose format the path's ending names."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - only this command draws

    plt.rcParams["svg.hashsalt"] = "ecard"  # the same figures give the same file
    figure, (joining, traffic) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    joining.plot([at / DAY for at, _ in season.joins], [size / 1e3 for _, size in season.joins], color="#1a6b5a")
    joining.axhline(50, color="#b3261e", linestyle="--", linewidth=1)
    joining.set(title="Download to join", xlabel="day", ylabel="kB", ylim=(0, 60))
    names = [result.name for result in season.results]
    bodies = [result.bodies_a_day / 1e3 for result in season.results]
    headers = [result.headers_a_day / 1e3 for result in season.results]
    traffic.barh(names, bodies, color="#1a6b5a", label="bodies")
    traffic.barh(names, headers, left=bodies, color="#c9dfd8", label="headers")
    traffic.invert_yaxis()
    traffic.set(title="Download of a day", xlabel="kB")
    traffic.legend()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _kilobytes(size: float) -> str:
    return f"{size / 1e3:,.1f} kB"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:,.0f} s" if seconds < 600 else f"{seconds / 60:,.0f} min"
