"""Every error is a problem document: one stable code, worded in two languages, without a word of what was sent."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

import ecard
from ecard.domain import cards
from ecard.domain.actors import Role
from ecard.domain.cards import Condition
from ecard.domain.errors import RefusedError
from ecard.store import database as databases
from ecard.store.heads import lock_head
from ecard.web.wording import PROBLEMS
from tests.town import Api, Clock, Town, build_town
from tests.web.parties import staff

SIGN_IN, CODES, REPORT = "/api/v1/auth/sessions", "/api/v1/codes", "/api/v1/me/card/loss-report"
SECRET = "44010019900612001X"


def assert_problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The members of RFC 9457 and our own, in agreement with the answer."""
    assert response.mimetype == "application/problem+json", response.data
    body: dict[str, Any] = response.get_json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["type"].endswith(code)
    assert body["title"]
    assert body["detail"]
    assert SECRET not in response.get_data(as_text=True)
    return body


REQUESTS: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "no such address": ("GET", "/api/v1/nowhere", {}, 404, "not_found"),
    "no such page": ("GET", "/nowhere", {}, 404, "not_found"),
    "no such method": ("PUT", SIGN_IN, {"json": {}}, 405, "method_not_allowed"),
    "more than a megabyte": ("POST", SIGN_IN, {"json": {"phone": "1" * (1 << 20)}}, 413, "request_too_large"),
    "a megabyte of digits": ("POST", SIGN_IN, {"json": {"phone": SECRET * 50_000}}, 422, "request_invalid"),
    "a form": ("POST", SIGN_IN, {"data": {"phone": SECRET}}, 415, "media_type_unsupported"),
    "plain text": ("POST", SIGN_IN, {"data": SECRET, "content_type": "text/plain"}, 415, "media_type_unsupported"),
    "no content type": ("POST", SIGN_IN, {"data": b"{}"}, 415, "media_type_unsupported"),
    "broken JSON": ("POST", SIGN_IN, {"data": b'{"phone":', "content_type": "application/json"}, 400, "request_malformed"),
    "no JSON": ("POST", SIGN_IN, {"data": b"", "content_type": "application/json"}, 400, "request_malformed"),
    "no UTF-8": ("POST", SIGN_IN, {"data": b'{"phone":"\xff"}', "content_type": "application/json"}, 400, "request_malformed"),
    "a list": ("POST", SIGN_IN, {"json": [SECRET]}, 422, "request_invalid"),
    "a text": ("POST", SIGN_IN, {"json": SECRET}, 422, "request_invalid"),
    "null": ("POST", SIGN_IN, {"data": b"null", "content_type": "application/json"}, 422, "request_invalid"),
    "deep JSON": ("POST", SIGN_IN, {"data": b"[" * 100_000, "content_type": "application/json"}, 400, "request_malformed"),
    "a member too many": ("POST", SIGN_IN, {"json": {"phone": "1", "code": "1", "x": SECRET}}, 422, "request_invalid"),
    "half a character": ("POST", SIGN_IN, {"json": {"phone": "\ud800", "code": "1"}}, 422, "request_invalid"),
    "a number too long for a list": ("GET", f"/trust/status/{'9' * 5000}", {}, 404, "not_found"),
    "a cursor too large": ("GET", "/api/v1/me/card/timeline?cursor=99999999999999999999", {}, 401, "token_missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_that_cannot_be_understood_is_answered_in_kind(small_town: Town, name: str) -> None:
    method, path, content, status, code = REQUESTS[name]
    assert_problem(small_town.client().open(path, method=method, **content), status, code)


def test_a_method_that_is_not_taken_is_told_which_ones_are(small_town: Town) -> None:
    response = small_town.client().put(SIGN_IN, json={})
    assert {"POST", "OPTIONS"} <= {method.strip() for method in response.headers["Allow"].split(",")}


def test_invalid_fields_are_named_with_their_fault_and_never_with_their_value(small_town: Town) -> None:
    citizen = small_town.sign_in(small_town.a_card())
    body = {"scene": SECRET * 10, "form": SECRET, SECRET[:4]: 1}
    headers = {"Authorization": f"Bearer {citizen.token}"}
    problem = assert_problem(small_town.client().post(CODES, json=body, headers=headers), 422, "request_invalid")
    faults = {fault["field"]: fault["fault"] for fault in problem["errors"]}
    assert (faults["scene"], faults["form"]) == ("string_too_long", "enum")


BAD_TEXTS: dict[str, tuple[str, dict[str, Any]]] = {
    "staff name": ("/api/v1/auth/staff-sessions", {"username": "a\0b", "password": "x", "totp": "123456"}),
    "code": ("/api/v1/verifiers/enrolment", {"code": "A\0", "public_key": {}, "proof": "x"}),
    "phone": ("/api/v1/auth/sms-codes", {"phone": "138\x000013"}),
}


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_a_control_character_is_an_invalid_text_on_every_database(town: Town, name: str) -> None:
    """PostgreSQL stores no NUL: it must not get so far."""
    path, body = BAD_TEXTS[name]
    answer = Api(town.client()).post(path, body)
    assert (answer.status_code, answer.json["code"]) in {
        (422, "request_invalid"),
        (422, "proof_invalid"),
        (422, "phone_malformed"),
    }


def test_a_label_with_a_control_character_is_refused(town: Town) -> None:
    admin = staff(town, Role.UNIT_ADMIN, unit=town.a_unit())
    answer = admin.post("/api/v1/unit/verifiers", {"label": "窗口\0", "preset": "gate"})
    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")


LANGUAGES = [
    (None, "没有找到"),
    ("zh-CN", "没有找到"),
    ("zh-TW,en;q=0.5", "没有找到"),
    ("zh-CN,en-US;q=0.9,en;q=0.8", "没有找到"),
    ("en;q=0,zh;q=0.1", "没有找到"),
    ("yue,zh-HK;q=0.9,en;q=0.5", "没有找到"),
    ("en", "Not found"),
    ("en-GB,en;q=0.9,zh;q=0.8", "Not found"),
    ("fr,de;q=0.7", "没有找到"),
    ("zh;q=0.1,en;q=0.9", "Not found"),
    (";;;q=,", "没有找到"),
]


@pytest.mark.parametrize(("accepted", "title"), LANGUAGES)
def test_wording_follows_the_language_of_the_request(small_town: Town, accepted: str | None, title: str) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    problem = assert_problem(small_town.client().get("/nowhere", headers=headers), 404, "not_found")
    assert problem["title"] == title


def test_tries_left_and_waits_can_be_read_by_programs(small_town: Town) -> None:
    holder, api = small_town.a_card(), Api(small_town.client())
    api.post("/api/v1/auth/sms-codes", {"phone": holder.phone})
    wrong = api.post(SIGN_IN, {"phone": holder.phone, "code": "x"})
    assert (wrong.json["code"], wrong.json["tries_left"], "4" in wrong.json["detail"]) == ("sms_code_wrong", 4, True)
    soon = api.post("/api/v1/auth/sms-codes", {"phone": holder.phone})
    assert (soon.status_code, soon.json["code"]) == (429, "sms_too_soon")
    assert 0 < int(soon.headers["Retry-After"]) <= 61


def test_an_error_of_ours_says_nothing_of_itself(small_town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> str:
        raise RuntimeError(SECRET)

    _replace_view(small_town.app, "public.banks", fail)
    assert_problem(small_town.client().get("/api/v1/public/banks"), 500, "internal_error")
    said = capsys.readouterr()
    assert "RuntimeError" in said.out
    assert SECRET not in said.out + said.err


def test_a_code_without_wording_is_an_error_of_ours(small_town: Town) -> None:
    def refuse() -> str:
        raise RefusedError("never_heard_of")

    _replace_view(small_town.app, "public.banks", refuse)
    assert_problem(small_town.client().get("/api/v1/public/banks"), 500, "internal_error")


def _replace_view(app: Flask, endpoint: str, view: Any) -> None:
    app.view_functions[endpoint] = view


@pytest.fixture
def impatient_town(
    database_url: str, embedded_redis_url: str, keys: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """A town that waits a second for its database."""
    monkeypatch.setattr(databases, "_BUSY_SECONDS", 1)
    yield from build_town(database_url, embedded_redis_url, keys, clock)


def test_a_locked_database_is_told_and_nothing_is_changed(impatient_town: Town) -> None:
    citizen = impatient_town.sign_in(impatient_town.a_card())
    with impatient_town.foundation.uow.write() as holder:
        lock_head(holder.db, "audit")
        lock_head(holder.db, "revocation")
        busy = citizen.post(REPORT)
    assert (busy.status_code, busy.json["code"], busy.headers["Retry-After"]) == (503, "database_busy", "2")
    assert citizen.get("/api/v1/me/card").json["version"] == 1
    assert citizen.get("/api/v1/me/card/timeline").json["items"] == []
    assert citizen.post(REPORT).json["state"] == "suspended"


def literal_codes() -> set[str]:
    """Every code that stands as a literal in a `RefusedError(...)` or a `problem_response(...)` of the package."""
    found = set()
    for path in Path(ecard.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _NAMING:
                found |= {part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)}
    return {code for code in found if isinstance(code, str)}


_NAMING = {"RefusedError", "problem_response"}


def test_every_code_that_can_be_raised_has_wording() -> None:
    tables = {
        *(condition.value for condition in Condition),
        *cards._WRONG_STATE.values(),
        *cards._ENDED.values(),
        *cards._REQUESTED.values(),
    }
    codes = literal_codes()
    assert len(codes) > 40
    assert (codes | tables) - set(PROBLEMS) == set()


def test_wording_is_complete_and_asks_only_for_facts_that_are_given() -> None:
    for code, row in PROBLEMS.items():
        texts = (row.title, row.detail, row.title_en, row.detail_en)
        assert all(texts), code
        assert 400 <= row.status < 600, code
        assert all(text.isascii() for text in (row.title_en, row.detail_en)), code
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
        assert fields[1] == fields[3], code
        assert fields[1] <= {"retry_after", "tries_left"}, code
