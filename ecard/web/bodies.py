"""Bodies are JSON: what is none is refused before a view sees it, and by its own kind of fault."""

from __future__ import annotations

from flask import Flask, request

from ecard.domain.errors import RefusedError

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def read_body() -> None:
    """Read the body once, for all who look at it later.

    Raises:
        RefusedError: ``request_malformed`` for JSON nested beyond reading.
        HTTPException: 400, 413, 415.
    """
    if request.endpoint is None or request.method not in _WITH_BODY:
        return
    try:
        request.get_json()
    except RecursionError as error:
        raise RefusedError("request_malformed") from error


def register_bodies(app: Flask) -> None:
    """Install after the guard, so that only who may ask is listened to."""
    app.before_request(read_body)
