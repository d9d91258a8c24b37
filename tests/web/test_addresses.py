"""Where a request comes from: who counts as one, and who as this machine."""

from __future__ import annotations

import pytest

from ecard.domain.errors import RefusedError
from ecard.web.limits import RateLimits
from tests.town import Town

NO_REDIS = "unix:///nowhere/redis.sock"
_SMS_A_MINUTE = 10


def _ask(limits: RateLimits, address: str) -> None:
    limits.check("auth.request_sms", address, None)


def test_another_address_of_the_same_ipv6_network_brings_no_new_tries() -> None:
    """A subscriber has 2^64 of them."""
    limits = RateLimits(NO_REDIS)
    for host in range(_SMS_A_MINUTE):
        _ask(limits, f"2001:db8:1:2::{host:x}")
    with pytest.raises(RefusedError, match="rate_limited"):
        _ask(limits, "2001:db8:1:2:ffff::1")
    _ask(limits, "2001:db8:1:3::1")


def test_an_ipv4_address_is_the_same_in_either_writing() -> None:
    limits = RateLimits(NO_REDIS)
    for _ in range(_SMS_A_MINUTE):
        _ask(limits, "::ffff:192.0.2.1")
    with pytest.raises(RefusedError, match="rate_limited"):
        _ask(limits, "192.0.2.1")
    _ask(limits, "192.0.2.2")


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_metrics_are_not_for_whoever_comes_through_a_proxy_on_this_machine(small_town: Town, header: str) -> None:
    assert small_town.client().get("/metrics").status_code == 200
    assert small_town.client().get("/metrics", headers={header: "for=192.0.2.1"}).status_code == 404
