"""What the service tells of itself: a log line and a metric for each request, with endpoint names and never with contents."""

from __future__ import annotations

import secrets
import time
from functools import cache

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

_log = structlog.get_logger()
_REQUESTS = Counter("ecard_requests_total", "Requests by endpoint and status", ("endpoint", "status"))
_SECONDS = Histogram(
    "ecard_request_seconds",
    "Time to answer",
    ("endpoint",),
    buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
_QUIET = frozenset(
    {
        *("codes.issue", "public.server_time"),
        *("trust.manifest", "trust.keys", "trust.shard_list", "trust.changes"),
        *("operations.healthz", "operations.readyz", "operations.metrics"),
        *("pages.asset", "pages.page", "pages.home"),
        *("demo.inbox", "demo.who_to_be", "demo.mode"),
    }
)
"""Too frequent to log when all is well."""


def register_observation(app: Flask) -> None:
    """Install for the whole application."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()
    g.problem = None


def _end(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    seconds = time.perf_counter() - g.began
    requests, durations = _meters(endpoint, response.status_code)
    requests.inc()
    durations.observe(seconds)
    if response.status_code >= 400 or endpoint not in _QUIET:
        number = secrets.token_hex(8)
        response.headers["X-Request-Id"] = number
        party = g.get("signed_in")
        _log.info(
            "request",
            request=number,
            method=request.method,
            endpoint=endpoint,
            status=response.status_code,
            problem=g.problem,
            role=party.role.value if party else None,
            party=party.party if party else None,
            milliseconds=round(seconds * 1000, 1),
        )
    return response


@cache  # endpoints and statuses are few, and to find a meter costs more than to count on it
def _meters(endpoint: str, status: int) -> tuple[Counter, Histogram]:
    return _REQUESTS.labels(endpoint, status), _SECONDS.labels(endpoint)
