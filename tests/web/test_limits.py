"""Rates that are counted in the process itself, because the path is too busy or Redis is away."""

from __future__ import annotations

import socket
from time import monotonic

import pytest
from limits import parse

from ecard.domain.errors import RefusedError
from ecard.web.limits import LIMITS, LocalWindow, RateLimits

NO_REDIS = "unix:///nowhere/redis.sock"


def test_a_window_counts_each_party_by_itself() -> None:
    window = LocalWindow(parse("2/minute"))
    assert [window.hit("account:1", now) for now in (100.0, 101.0, 110.0)] == [0, 0, 50.0]
    assert window.hit("account:2", 110.0) == 0


def test_a_window_forgets_everything_at_its_end() -> None:
    window = LocalWindow(parse("1/minute"))
    assert [window.hit("account:1", now) for now in (100.0, 159.0, 160.0, 161.0)] == [0, 1.0, 0, 59.0]


def test_a_busy_path_is_counted_without_redis() -> None:
    limits, most = RateLimits(NO_REDIS), 120
    assert LIMITS["codes.issue"].rates == f"{most}/minute"
    for _ in range(most):
        limits.check("codes.issue", "192.0.2.1", "account:1")
    limits.check("codes.issue", "192.0.2.1", "account:2")
    with pytest.raises(RefusedError) as refused:
        limits.check("codes.issue", "192.0.2.1", "account:1")
    assert (refused.value.code, list(refused.value.facts)) == ("rate_limited", ["retry_after"])


def test_every_other_path_is_counted_here_while_redis_is_away() -> None:
    limits = RateLimits(NO_REDIS)
    for _ in range(5):
        limits.check("citizen.bind", "192.0.2.1", "account:1")
    with pytest.raises(RefusedError):
        limits.check("citizen.bind", "192.0.2.1", "account:1")


def test_the_scale_multiplies_every_limit() -> None:
    limits = RateLimits(NO_REDIS, scale=2)
    for _ in range(10):
        limits.check("citizen.bind", "192.0.2.1", "account:1")


def test_a_redis_that_does_not_answer_holds_nobody_up() -> None:
    """It accepts connections and says nothing, as one does whose machine is out of memory."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        limits = RateLimits(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        began = monotonic()
        limits.check("unit.create", "192.0.2.1", "staff:1")
        assert monotonic() - began < 5
