"""How often: rate limits by endpoint, counted in Redis, in the process's memory while Redis is away."""

from __future__ import annotations

from dataclasses import dataclass
from time import time

from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from ecard.domain.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Limit:
    """``rates`` in the notation of the limits library; ``by`` is ``address`` or ``party`` (session, else address).

    ``local`` counts in this process only: for paths too busy for a round trip.
    """

    rates: str
    by: str = "address"
    local: bool = False


LIMITS: dict[str, Limit] = {
    "auth.request_sms": Limit("10/minute;60/hour"),
    "auth.sign_in_citizen": Limit("20/minute;200/hour"),
    "auth.sign_in_staff": Limit("20/minute;200/hour"),
    "auth.renew": Limit("60/minute"),
    "citizen.bind": Limit("5/minute;20/hour", by="party"),
    "counter.look_up": Limit("60/minute;1000/hour", by="party"),
    "codes.issue": Limit("120/minute", by="party", local=True),
    "verifier.enrol": Limit("10/minute;60/hour"),
    "verifier.open_verifier_session": Limit("60/minute"),
    "verifier.verify_online": Limit("300/minute", by="party"),
    "unit.create": Limit("30/minute;300/hour", by="party"),
    "auditor.verification": Limit("10/minute", by="party"),
}
"""Endpoints not named here are bounded by the web server alone."""


class RateLimits:
    """Counts hits; one instance a process. ``scale`` multiplies every limit (the demo and load tests)."""

    def __init__(self, redis_url: str, *, scale: int = 1) -> None:
        self._shared = FixedWindowRateLimiter(storage_from_string(_storage_uri(redis_url), wrap_exceptions=True))
        self._local = FixedWindowRateLimiter(MemoryStorage())
        self._rates: dict[str, list[RateLimitItem]] = {
            endpoint: [type(item)(item.amount * scale, item.multiples) for item in parse_many(limit.rates)]
            for endpoint, limit in LIMITS.items()
        }

    def check(self, endpoint: str, address: str, party: str | None) -> None:
        """Count one request.

        Raises:
            RefusedError: ``rate_limited`` with the seconds to wait.
        """
        limit = LIMITS.get(endpoint)
        if limit is None:
            return
        key = party or address if limit.by == "party" else address
        for rate in self._rates[endpoint]:
            limiter = self._local if limit.local else self._shared
            try:
                self._hit(limiter, rate, endpoint, key)
            except StorageError:
                self._hit(self._local, rate, endpoint, key)

    def _hit(self, limiter: FixedWindowRateLimiter, rate: RateLimitItem, endpoint: str, key: str) -> None:
        if not limiter.hit(rate, endpoint, key):
            reset, _left = limiter.get_window_stats(rate, endpoint, key)
            raise RefusedError("rate_limited", retry_after=max(1, int(reset - time()) + 1))


def _storage_uri(redis_url: str) -> str:
    return redis_url.replace("unix://", "redis+unix://", 1)
