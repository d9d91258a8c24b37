"""Errors as RFC 9457 problem documents: one table from stable code to HTTP status and wording.

Wording says what happened and what to do; it never repeats what was sent, so no personal data can come back in an error.
"""

from __future__ import annotations

import json
from typing import Any

import structlog
from flask import Flask, Response, g, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from ecard.domain.errors import RefusedError
from ecard.store.database import ConcurrentChangeError, DatabaseBusyError
from ecard.web.presenters import rfc3339
from ecard.web.wording import PROBLEMS, Problem, prefers_english

_log = structlog.get_logger()
_MEDIA_TYPE = "application/problem+json"
_BY_STATUS = {
    400: "request_malformed",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "request_too_large",
    415: "media_type_unsupported",
    416: "range_not_satisfiable",
    429: "rate_limited",
}


def problem_response(
    code: str, facts: dict[str, Any] | None = None, errors: list[dict[str, str]] | None = None
) -> Response:
    """The answer for a code; a code without wording is a fault of ours and answers 500."""
    facts = facts or {}
    row = PROBLEMS.get(code)
    if row is None:
        _log.error("problem_without_wording", code=code)
        code, row = "internal_error", PROBLEMS["internal_error"]
    title, detail = _wording(row, facts)
    body: dict[str, Any] = {
        "type": f"urn:ecard:problem:{code}",
        "title": title,
        "status": row.status,
        "detail": detail,
        "code": code,
    }
    if "tries_left" in facts:
        body["tries_left"] = facts["tries_left"]
    if "server_time" in facts:
        body["server_time"] = rfc3339(facts["server_time"])
    if errors:
        body["errors"] = errors
    response = Response(json.dumps(body, ensure_ascii=False), row.status, mimetype=_MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if "retry_after" in facts:
        response.headers["Retry-After"] = str(facts["retry_after"])
    if row.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    g.problem = code
    return response


def validation_problem(error: ValidationError) -> Response:
    """422 with the place and kind of each fault, without the values."""
    faults = [
        {"field": ".".join(map(str, fault["loc"])), "fault": fault["type"]}
        for fault in error.errors(include_input=False)
    ]
    return problem_response("request_invalid", errors=faults)


def register_problems(app: Flask) -> None:
    """Answer every error of the application as a problem document."""
    app.register_error_handler(RefusedError, lambda error: problem_response(error.code, error.facts))
    app.register_error_handler(DatabaseBusyError, _database_busy)
    app.register_error_handler(
        ConcurrentChangeError, lambda _error: problem_response("request_in_progress", {"retry_after": 1})
    )
    app.register_error_handler(HTTPException, http_problem)
    app.register_error_handler(Exception, _unexpected)


def _database_busy(error: DatabaseBusyError) -> Response:
    _log.warning("database_busy", reason=str(error), endpoint=request.endpoint)
    return problem_response("database_busy", {"retry_after": 2})


def http_problem(error: HTTPException) -> Response:
    """The problem document of an error that Flask or Werkzeug raised."""
    status = error.code or 500
    if status < 400 and error.response is not None:
        return error.get_response()  # type: ignore[return-value]
    response = problem_response(_BY_STATUS.get(status, "request_malformed" if status < 500 else "internal_error"))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _unexpected(error: Exception) -> Response:
    """Nothing of the error leaves the house; its kind and place are logged, not its text, which may quote data."""
    trace = error.__traceback__
    places = []
    while trace is not None:
        places.append(f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}")
        trace = trace.tb_next
    _log.error("unexpected_error", kind=type(error).__name__, places=places[-6:], endpoint=request.endpoint)
    return problem_response("internal_error")


def _wording(row: Problem, facts: dict[str, Any]) -> tuple[str, str]:
    title, detail = (row.title_en, row.detail_en) if prefers_english(request) else (row.title, row.detail)
    return title, detail.format_map(_Facts(facts))


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"
