"""Holds every answer of a test against the OpenAPI document, more strictly than a client would: nothing undocumented may come."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask import Flask, Response, request
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from ecard.running import openapi_document
from ecard.web.contract import operation_of
from ecard.web.promises import promises
from tests.town import Town

Json = dict[str, Any]
_ACTED_ON = (
    "Retry-After",
    "Set-Cookie",
    "Idempotency-Replayed",
    "ETag",
    "Ecard-Expires-At",
    "WWW-Authenticate",
    "Location",
)
_BODY_NOT_SENT = {304, 307}
"""What is written for 304 stays here (RFC 9110 §15.4.5); that of 307 nobody reads."""
_NO_PROMISE = {405, 500}
"""A wrong method, a fault of ours: the document's ``default``."""


@cache
def document() -> Json:
    """The document, made once."""
    return openapi_document()


@cache
def _promised() -> frozenset[str]:
    return frozenset(promises())


@cache
def _closed_schemas() -> Json:
    """The document's schemas, each without room for a member that it does not name."""
    schemas: Json = deepcopy(document()["components"]["schemas"])
    for schema in schemas.values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return schemas


def faults_of(schema: Json, value: object) -> list[str]:
    """Where a value differs from a schema of the document."""
    whole = schema | {"components": {"schemas": _closed_schemas()}}
    validator = OAS31Validator(whole, format_checker=oas31_format_checker)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


@dataclass
class Ledger:
    """What was answered in one application, and what of it the document does not say."""

    app: Flask
    seen: set[tuple[str, int, str]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def note(self, response: Response) -> Response:
        """After a request: hold its answer against the document."""
        endpoint = request.endpoint
        if endpoint is None or endpoint not in _promised():
            return response
        path, method = operation_of(self.app, endpoint)
        if request.method.lower() == method:
            problem = _code(response)
            self.seen.add((endpoint, response.status_code, problem))
            found = _differences(document()["paths"][path][method]["responses"], response)
            self.faults += [f"{method.upper()} {path} {response.status_code} {problem}: {fault}" for fault in found]
        return response


def held(towns: Iterator[Town]) -> Iterator[Town]:
    """The same town; at its end, every answer must have been one that the document promises."""
    for town in towns:
        ledger = Ledger(town.app)
        town.app.extensions["ledger"] = ledger
        town.app.after_request(ledger.note)
        yield town
        assert not ledger.faults, "\n".join(ledger.faults)


def _code(response: Response) -> str:
    body: Any = response.get_json() if response.mimetype == "application/problem+json" else None
    return str(body["code"]) if body else ""


def _differences(responses: Json, response: Response) -> Iterator[str]:
    status, media = response.status_code, response.mimetype or ""
    if str(status) not in responses and status not in _NO_PROMISE:
        yield "status not documented"
        return
    declared: Json = responses[str(status) if str(status) in responses else "default"]
    for name in _ACTED_ON:
        if name in response.headers and name not in declared.get("headers", {}) and status not in _NO_PROMISE:
            yield f"header {name} not documented"
    content = declared.get("content", {})
    if not content:
        if response.get_data() and status not in _BODY_NOT_SENT:
            yield "a body where none is documented"
    elif media not in content:
        yield f"media type {media} not documented"
    elif media.endswith("json"):
        yield from faults_of(content[media]["schema"], response.get_json(force=True))
