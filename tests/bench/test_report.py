"""The report's own arithmetic."""

from __future__ import annotations

import pytest

from tests.bench.report import Row, at_least, at_most, print_rows


@pytest.mark.parametrize(
    ("row", "reached"),
    [
        (Row("verify", 850, "/s", at_least(0.85), reference=1000), True),
        (Row("verify", 849, "/s", at_least(0.85), reference=1000), False),
        (Row("look up", 15, "ms", at_most(1.5), reference=10), True),
        (Row("refuse a lost card", 251, "ms", at_most(250)), False),
    ],
)
def test_a_goal_bounds_the_ratio_if_there_is_a_reference(row: Row, reached: bool) -> None:
    assert row.reached is reached


def test_prints_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([Row("verify", 15400, "/s", at_least(0.85), reference=16000), Row("memory", 31.25, "MB", at_most(64))])
    assert capsys.readouterr().out.splitlines() == [
        "what   |  measured | reference | ratio |    goal | reached",
        "------ | --------- | --------- | ----- | ------- | -------",
        "verify | 15,400 /s | 16,000 /s |  0.96 |  ≥ 0.85 |     yes",
        "memory |   31.2 MB |           |       | ≤ 64 MB |     yes",
        "",
        "2 of 2 goals reached",
    ]
