"""How long after the acknowledgement of a loss report a connected verifier still accepts the card's code.

``python -m tests.bench.bench_revocation``
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

from tests.bench.listener import Listener, listening
from tests.bench.report import Row, at_most, print_rows
from tests.bench.service import Citizen, a_service, sign_in
from tests.running_city import RunningCity

_REPORTS = 200
_LONGEST_PAUSE = 0.1  # seconds between two reports, so that they meet the worker at every moment of its round


def main() -> list[Row]:
    """Web, worker, stream and Redis run as they do in a city; the verifier and the holders are this process."""
    with a_service() as city, tempfile.TemporaryDirectory() as folder, listening(city.settings, Path(folder)) as gate:
        waits = [_wait(city, holder, gate) for holder in sign_in(city, _REPORTS)]
    percentiles = quantiles(waits, n=100, method="inclusive")
    return [
        Row(
            f"loss report acknowledged → verifier refuses, p{percent} of {_REPORTS}",
            percentiles[percent - 1],
            "ms",
            goal,
        )
        for percent, goal in ((50, at_most(100)), (99, at_most(250)))
    ]


def _wait(city: RunningCity, holder: Citizen, gate: Listener) -> float:
    """Milliseconds from the acknowledgement to the first refusal."""
    time.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 - a pause needs no secrecy
    code = _post(city, holder, "/api/v1/codes", {"scene": "identity"})["text"]
    assert gate.judge(code).outcome == "valid"
    _post(city, holder, "/api/v1/me/card/loss-report", {})
    acknowledged = time.perf_counter()
    while gate.judge(code).outcome == "valid":
        gate.hear()
    return (time.perf_counter() - acknowledged) * 1000


def _post(city: RunningCity, holder: Citizen, path: str, body: dict[str, str]) -> dict[str, Any]:
    status, answer = city.request("POST", path, body, **holder.headers)
    assert status in {200, 201}, answer
    assert isinstance(answer, dict)
    return answer


if __name__ == "__main__":
    print_rows(main())
