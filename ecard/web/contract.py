"""The OpenAPI 3.1 document: what the views declare of requests, completed by what is written down once elsewhere.

Roles come from the access table, rates from the limits, refusals from the promises and the transition table, statuses and words from
the wording, answers from their models. So the document cannot say anything else than the tables that the service obeys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from flask import Flask
from flask_openapi3 import OpenAPI
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ecard.domain.actors import Role
from ecard.web import contract_words as words
from ecard.web.access import ACCESS
from ecard.web.answers import ProblemDocument, ReadinessInfo
from ecard.web.limits import LIMITS
from ecard.web.promises import BINARY, Promise, promises
from ecard.web.schemas import Schema, ShardPath
from ecard.web.sessions import COUNTER_PATHS
from ecard.web.wording import PROBLEMS

Json = dict[str, Any]
_SCHEMA = "#/components/schemas/"
_UNSAFE = frozenset({"post", "put", "patch", "delete"})
_PARAMETER = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
_SHOWN_FACTS = {"retry_after": 30, "tries_left": 4}
_HELD = "ecard-contract"


def contract(app: Flask) -> Json:
    """The document of this application, made once."""
    if _HELD not in app.extensions:
        app.extensions[_HELD] = _Contract(app).document()
    document: Json = app.extensions[_HELD]
    return document


def operation_of(app: Flask, endpoint: str) -> tuple[str, str]:
    """Path template and method (lower case) of an endpoint, as the document names them."""
    rule = next(iter(app.url_map.iter_rules(endpoint)))
    (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    return _PARAMETER.sub(r"{\1}", rule.rule), method.lower()


def example_of(schema: Json, schemas: Json) -> Any:
    """An example of a schema, from the examples of its members."""
    for word in ("examples", "enum"):
        if word in schema:
            return schema[word][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(_SCHEMA)], schemas)
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas)
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas)]
    members = schema.get("properties", {})
    required = schema.get("required", [])
    shown = {name: member for name, member in members.items() if name in required or "examples" in member}
    return {name: example_of(member, schemas) for name, member in shown.items()}


class _Contract:
    """One making of the document."""

    def __init__(self, app: Flask) -> None:
        assert isinstance(app, OpenAPI)  # noqa: S101 - `create_app` makes no other; tells the type checker
        self._app = app
        self._raw: Json = deepcopy(app.api_doc)
        self._promises = promises()
        self._schemas = self._all_schemas()

    def document(self) -> Json:
        """All of it."""
        paths: Json = {}
        for endpoint, promise in self._promises.items():
            path, method = operation_of(self._app, endpoint)
            paths.setdefault(path, {})[method] = self._operation(endpoint, path, method, promise)
        public_url = self._app.extensions["ecard"].settings.public_url
        return {
            "openapi": self._raw["openapi"],
            "info": self._raw["info"] | {"description": words.ABOUT, "summary": words.SUMMARY},
            "servers": [{"url": public_url or "/", "description": "本服务 · this service"}],
            "tags": [{"name": name, "description": text} for name, text in words.TAGS.items()],
            "paths": paths,
            "components": {
                "schemas": self._schemas,
                "parameters": words.PARAMETERS,
                "headers": words.HEADERS,
                "examples": dict(self._problem_examples()),
                "securitySchemes": words.SECURITY_SCHEMES,
            },
        }

    def _all_schemas(self) -> Json:
        """Of requests as they are read, of answers as they are written; the library's own keep no examples."""
        answers = {promise.answer for promise in self._promises.values() if promise.answer} | {ProblemDocument}
        ordered = sorted(answers, key=lambda model: model.__name__)
        modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
            (model, "validation") for model in Schema.__subclasses__()
        ]
        modes += [(model, "serialization") for model in ordered]
        _, found = models_json_schema(modes, ref_template=_SCHEMA + "{model}")
        schemas: Json = found["$defs"]
        for schema in schemas.values():
            for name, member in schema.get("properties", {}).items():
                if "default" in member:  # left out where it says nothing: absent, not null
                    schema["properties"][name] = _without_null(member)
        return schemas

    def _operation(self, endpoint: str, path: str, method: str, promise: Promise) -> Json:
        declared: Json = self._raw["paths"].get(path, {}).get(method, {})
        story = declared.get("description") or (self._app.view_functions[endpoint].__doc__ or "").strip()
        operation: Json = {
            "tags": [endpoint.partition(".")[0]],
            "summary": declared.get("summary") or promise.summary,
            "description": "\n\n".join([story, *_who_and_how_often(endpoint), *words.sent_again(endpoint)]),
            "operationId": endpoint.replace(".", "_"),
            "parameters": [*self._declared_parameters(path, declared), *_common_parameters(endpoint, promise)],
            "responses": self._responses(endpoint, method, promise, declared),
            "security": _security(endpoint, path, method),
        }
        if body := declared.get("requestBody"):
            content = body["content"]["application/json"]
            content["example"] = example_of(content["schema"], self._schemas)
            operation["requestBody"] = body
        return operation

    def _declared_parameters(self, path: str, declared: Json) -> Iterator[Json]:
        parameters: list[Json] = declared.get("parameters", [])
        if "{shard}" in path:
            shard: Json = ShardPath.model_json_schema()["properties"]["shard"]
            parameters = [{"name": "shard", "in": "path", "required": True, "schema": shard}]
        for parameter in parameters:
            schema = _without_null(parameter["schema"])
            described = words.DESCRIBED.get(parameter["name"], {})
            yield parameter | {"schema": schema} | described

    def _responses(self, endpoint: str, method: str, promise: Promise, declared: Json) -> Json:
        responses = {str(promise.status): self._success(endpoint, promise)} | _special(endpoint)
        codes: dict[int, list[str]] = {}
        for code in [*promise.codes, *_common_codes(endpoint, method, promise, declared)]:
            known = codes.setdefault(PROBLEMS[code].status, [])
            if code not in known:
                known.append(code)
        return responses | {str(status): _problem(codes[status]) for status in sorted(codes)} | {"default": _anything()}

    def _success(self, endpoint: str, promise: Promise) -> Json:
        response: Json = {
            "description": words.success(endpoint, promise),
            "headers": words.headers_of(endpoint, promise),
        }
        content: Json = {media: {"schema": _bytes_or_text(media)} for media in promise.media}
        for media in promise.media:
            if media in words.MEDIA_EXAMPLES:
                content[media]["example"] = words.MEDIA_EXAMPLES[media]
        if promise.answer:
            schema = {"$ref": _SCHEMA + promise.answer.__name__}
            content = {promise.json: {"schema": schema, "example": example_of(schema, self._schemas)}} | content
        return response | ({"content": content} if content else {})

    def _problem_examples(self) -> Iterator[tuple[str, Json]]:
        for code, row in PROBLEMS.items():
            value = {"type": f"urn:ecard:problem:{code}", "title": row.title, "status": row.status}
            value |= {"detail": row.detail.format_map(_SHOWN_FACTS), "code": code}
            if code in {"sms_code_wrong", "step_up_code_wrong"}:
                value["tries_left"] = _SHOWN_FACTS["tries_left"]
            if code == "device_clock_wrong":
                value["server_time"] = "2026-11-23T08:00:00Z"
            if code == "request_invalid":
                value["errors"] = [{"field": "document_number", "fault": "string_too_short"}]
            yield code, {"summary": row.title_en, "description": row.detail_en.format_map(_SHOWN_FACTS), "value": value}


def roles_of(endpoint: str) -> list[str]:
    """Who may, in the order of the roles; empty for everybody."""
    return [role.value for role in Role if role in ACCESS[endpoint]]


def _who_and_how_often(endpoint: str) -> Iterator[str]:
    roles = roles_of(endpoint)
    yield (
        f"Roles: {', '.join(f'`{role}`' for role in roles)}."
        if roles
        else words.FOR_ALL.get(endpoint, "For everybody.")
    )
    if limit := LIMITS.get(endpoint):
        rates = " and ".join(rate.replace("/", " a ") for rate in limit.rates.split(";"))
        yield f"At most {rates}, counted by {'session' if limit.by == 'party' else 'network address'}."


def _common_parameters(endpoint: str, promise: Promise) -> Iterator[Json]:
    names = ["AcceptLanguage"]
    if promise.once:
        names.append("IdempotencyKey")
    if endpoint.startswith("auth.") and endpoint != "auth.request_sms":
        names.append("EcardApp")
    if endpoint in words.CONDITIONAL:
        names.append("IfNoneMatch")
    if endpoint in words.RANGED:
        names.append("Range")
    return ({"$ref": f"#/components/parameters/{name}"} for name in names)


def _security(endpoint: str, path: str, method: str) -> list[Json]:
    """Alternatives; empty for everybody. A cookie that changes something needs its CSRF value beside it."""
    unsafe = method in _UNSAFE
    if endpoint == "auth.renew":
        cookies: list[Json] = [{name: [], "csrf": []} for name in ("refreshCookie", "counterRefreshCookie")]
        return [{"refreshBearer": []}, *cookies]
    roles = ACCESS[endpoint]
    if not roles:
        return []
    names = [] if roles == {Role.VERIFIER} else _cookies_at(path)
    return [{"bearer": []}, *({name: [], "csrf": []} if unsafe else {name: []} for name in names)]


def _cookies_at(path: str) -> list[str]:
    if path.startswith("/api/v1/auth"):
        return ["cookie", "counterCookie"]
    return ["counterCookie"] if path.startswith(COUNTER_PATHS) else ["cookie"]


def _common_codes(endpoint: str, method: str, promise: Promise, declared: Json) -> Iterator[str]:
    """What may happen to any request of this kind."""
    roles = ACCESS[endpoint]
    if roles:
        yield from ("token_missing", "token_invalid", "token_expired", "token_revoked", "role_not_allowed")
        if method in _UNSAFE and roles != {Role.VERIFIER}:
            yield "csrf_failed"
    if "requestBody" in declared:
        yield from ("request_malformed", "request_too_large", "media_type_unsupported")
    if "requestBody" in declared or declared.get("parameters"):
        yield "request_invalid"
    if promise.once:
        yield from ("idempotency_key_malformed", "idempotency_key_reused")
    if promise.store == "written":
        yield "request_in_progress"
    if promise.store != "untouched":
        yield "database_busy"
    if endpoint in LIMITS:
        yield "rate_limited"


def _special(endpoint: str) -> Json:
    """Answers that are neither the success nor a problem."""
    if endpoint in words.CONDITIONAL:
        etag = {"ETag": {"$ref": "#/components/headers/ETag"}}
        unchanged = {"304": {"description": "the client has it already", "headers": etag}}
        return unchanged | _part() if endpoint in words.RANGED else unchanged
    if endpoint == "trust.events":
        header = {"description": "where the stream is", "required": True, "schema": {"type": "string", "format": "uri"}}
        return {"307": {"description": "the stream is elsewhere: follow", "headers": {"Location": header}}}
    if endpoint == "operations.readyz":
        schema = {"$ref": _SCHEMA + ReadinessInfo.__name__}
        example = {"ready": False, "database": True, "redis": True, "manifest_age": None, "code_key": "ok"}
        content = {"application/json": {"schema": schema, "example": example}}
        return {"503": {"description": "not ready: send requests elsewhere", "content": content}}
    return {}


def _part() -> Json:
    """The answer to a byte range."""
    names = {"ETag": "ETag", "Content-Range": "ContentRange"}
    headers = {name: {"$ref": f"#/components/headers/{component}"} for name, component in names.items()}
    content = {"application/octet-stream": {"schema": _bytes_or_text("application/octet-stream")}}
    return {"206": {"description": "the bytes that were asked for", "headers": headers, "content": content}}


def _problem(codes: Iterable[str]) -> Json:
    """A problem with one of these codes. Generators see one type; validators also the codes."""
    codes = list(codes)
    schema = {"$ref": _SCHEMA + ProblemDocument.__name__, "properties": {"code": {"enum": codes}}}
    examples = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    return {
        "description": "; ".join(f"`{code}`: {PROBLEMS[code].title_en}" for code in codes),
        "headers": words.problem_headers(codes),
        "content": {"application/problem+json": {"schema": schema, "examples": examples}},
    }


def _anything() -> Json:
    content = {
        "schema": {"$ref": _SCHEMA + ProblemDocument.__name__},
        "examples": {"internal_error": {"$ref": "#/components/examples/internal_error"}},
    }
    return {"description": "any other problem", "content": {"application/problem+json": content}}


def _bytes_or_text(media: str) -> Json:
    """OpenAPI 3.1 writes bytes as a schema without a type; tools of 3.0 read ``binary``."""
    return {"type": "string", "format": "binary"} if media in BINARY else {"type": "string"}


def _without_null(schema: Json) -> Json:
    """The same for a member that is left out rather than null."""
    kept = {name: value for name, value in schema.items() if not (name == "default" and value is None)}
    choices = [choice for choice in kept.pop("anyOf", []) if choice != {"type": "null"}]
    if not choices:
        return kept
    return kept | (choices[0] if len(choices) == 1 else {"anyOf": choices})
