"""How often: rate limits by endpoint, counted in Redis, in the process's memory while Redis is away."""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass
from threading import Lock
from time import monotonic, time

from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from ecard.domain.errors import RefusedError
from ecard.store.redis_link import impatience


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
    "citizen.bind": Limit("5/minute;10/day", by="party"),  # a birthday known, 500 document numbers are left
    "devices.request_step_up": Limit("5/minute;20/hour", by="party"),
    "devices.enrol": Limit("10/minute;30/hour", by="party"),
    "devices.unlink": Limit("30/minute", by="party"),
    "devices.issue_credentials": Limit("10/minute;60/hour", by="party"),
    "counter.look_up": Limit("60/minute;1000/hour", by="party"),
    "codes.issue": Limit("120/minute", by="party", local=True),
    "verifier.enrol": Limit("10/minute;60/hour"),
    "verifier.open_verifier_session": Limit("60/minute"),
    "verifier.verify_online": Limit("300/minute", by="party"),
    "verifier.sector_keys": Limit("60/minute", by="party"),
    "verifier.replace_encryption_key": Limit("10/minute;60/hour", by="party"),
    "verifier.take_scans": Limit(
        "60/minute", by="party"
    ),  # 500 each: a gate that was alone for days catches up in minutes
    "unit.create": Limit("30/minute;300/hour", by="party"),
    "auditor.verification": Limit("10/minute", by="party"),
}
"""Endpoints not named here are bounded by the web server alone."""


class LocalWindow:
    """Counts one rate's hits in this process. At the end of a window everything is forgotten at once, so that no timer is needed."""

    def __init__(self, rate: RateLimitItem) -> None:
        self._most, self._seconds = rate.amount, rate.get_expiry()
        self._hits: Counter[str] = Counter()
        self._ends = 0.0
        self._lock = Lock()

    def hit(self, key: str, now: float) -> float:
        """Count a hit at ``now`` (monotonic seconds); returns the seconds to wait, 0 within the rate."""
        with self._lock:
            if now >= self._ends:
                self._hits.clear()
                self._ends = now + self._seconds
            self._hits[key] += 1
            return self._ends - now if self._hits[key] > self._most else 0


@dataclass(frozen=True, slots=True)
class _Rate:
    """One of an endpoint's rates, and the window that counts it here."""

    item: RateLimitItem
    window: LocalWindow


class RateLimits:
    """Counts hits; one instance a process. ``scale`` multiplies every limit (the demo and load tests)."""

    def __init__(self, redis_url: str, *, scale: int = 1) -> None:
        storage = storage_from_string(_storage_uri(redis_url), wrap_exceptions=True, **impatience())
        self._shared = FixedWindowRateLimiter(storage)
        self._rates = {endpoint: _scaled(limit.rates, scale) for endpoint, limit in LIMITS.items()}

    def check(self, endpoint: str, address: str, party: str | None) -> None:
        """Count one request.

        Raises:
            RefusedError: ``rate_limited`` with the seconds to wait.
        """
        limit = LIMITS.get(endpoint)
        if limit is None:
            return
        key = party if party and limit.by == "party" else _subscriber(address)
        for rate in self._rates[endpoint]:
            wait = rate.window.hit(key, monotonic()) if limit.local else self._hit_shared(rate, endpoint, key)
            if wait:
                raise RefusedError("rate_limited", retry_after=int(wait) + 1)

    def _hit_shared(self, rate: _Rate, endpoint: str, key: str) -> float:
        try:
            if self._shared.hit(rate.item, endpoint, key):
                return 0
            reset, _left = self._shared.get_window_stats(rate.item, endpoint, key)
        except StorageError:
            return rate.window.hit(key, monotonic())
        return max(1.0, reset - time())


def _subscriber(address: str) -> str:
    """What one subscriber holds: an IPv4 address, or a whole IPv6 network of 64 bits, whose addresses he may change at will."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.ipv4_mapped:
        return str(getattr(parsed, "ipv4_mapped", None) or parsed)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


def _scaled(rates: str, scale: int) -> list[_Rate]:
    items = [type(item)(item.amount * scale, item.multiples) for item in parse_many(rates)]
    return [_Rate(item, LocalWindow(item)) for item in items]


def _storage_uri(redis_url: str) -> str:
    return redis_url.replace("unix://", "redis+unix://", 1)
