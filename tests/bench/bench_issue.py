"""What a code costs over HTTP, beside a route that does nothing on the same server.

``python -m tests.bench.bench_issue``
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from ecard.supervisor import Process, Supervisor, port_answers
from tests.bench.load import post, rate
from tests.bench.report import Row, at_least, print_rows
from tests.bench.service import a_service, sign_in
from tests.provision.redis import LOOPBACK, free_port

_CITIZENS = 64
_ROUNDS, _SECONDS = 30, 0.3


def main() -> list[Row]:
    """The two servers are asked in turns, so that a busy neighbour slows both; the median round of each counts."""
    with a_service() as city, _an_empty_route(city.settings.threads) as empty_port:
        codes = [post("/api/v1/codes", {"scene": "identity"}, citizen.headers) for citizen in sign_in(city, _CITIZENS)]
        nothing = [post("/empty", {})]
        rounds = [
            (
                rate(city.settings.port, codes, status=201, seconds=_SECONDS),
                rate(empty_port, nothing, status=200, seconds=_SECONDS),
            )
            for _ in range(_ROUNDS)
        ]
    ours, empty = (median(rates) for rates in zip(*rounds, strict=True))
    return [Row("POST a server code, session and status checked", ours, "/s", at_least(0.30), empty)]


@contextmanager
def _an_empty_route(threads: int) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.empty_route", str(port), str(threads)]
    with Supervisor([Process("empty", command, ready=port_answers(LOOPBACK, port))]):
        yield port


if __name__ == "__main__":
    print_rows(main())
