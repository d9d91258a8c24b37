"""What every answer carries, and what a page of each kind may do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ecard.web import pages
from tests.town import Clock, Town, build_town

ANSWERS = ["/api/v1/public/banks", "/api/v1/me/card", "/nowhere", "/trust/status/1/list", "/openapi.json", "/healthz"]
OUTSIDE = [
    "/citizen/../../ecard.db",
    "/citizen/%2e%2e/%2e%2e/etc/passwd",
    "/citizen//etc/passwd",
    "/home/../counter/index.html",
]
APPS = ["/", "/citizen/", "/verifier/", "/counter/", "/demo/", "/docs/"]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages as a build leaves them."""
    for app in ("home", *pages.APPS):
        (tmp_path / app / "assets").mkdir(parents=True)
        (tmp_path / app / "index.html").write_text("<!doctype html>")
        (tmp_path / app / "assets" / "main-abc123.js").write_text("1")
        (tmp_path / app / "sw.js").write_text("1")
    monkeypatch.setattr(pages, "pages_folder", lambda: tmp_path)


@pytest.fixture
def pages_town(
    sqlite_database_url: str, embedded_redis_url: str, keys: Path, clock: Clock, built: None
) -> Iterator[Town]:
    yield from build_town(sqlite_database_url, embedded_redis_url, keys, clock)


def policy_of(response: TestResponse) -> dict[str, list[str]]:
    """The content security policy, by directive."""
    (text,) = response.headers.getlist("Content-Security-Policy")
    return {name: values for name, *values in (directive.split() for directive in text.split(";"))}


@pytest.mark.parametrize("path", [*ANSWERS, *APPS])
def test_every_answer_is_guarded_once(pages_town: Town, path: str) -> None:
    response = pages_town.client().get(path)
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }.items():
        assert response.headers.getlist(name) == [value]
    assert len(response.headers.getlist("Cross-Origin-Resource-Policy")) == 1
    policy = policy_of(response)
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & {
        source for sources in policy.values() for source in sources
    }
    assert "Strict-Transport-Security" not in response.headers


@pytest.mark.parametrize("path", APPS)
def test_only_the_verifier_may_use_the_camera_compile_and_listen_to_the_stream(pages_town: Town, path: str) -> None:
    response = pages_town.client().get(path)
    policy, permissions = policy_of(response), response.headers["Permissions-Policy"]
    verifier = path == "/verifier/"
    assert response.status_code == 200
    assert policy["script-src"] == (["'self'", "'wasm-unsafe-eval'"] if verifier else ["'self'"])
    assert policy["connect-src"] == (["'self'", "http://localhost:8001"] if verifier else ["'self'"])
    assert ("camera=(self)" in permissions, "camera=()" in permissions) == (verifier, not verifier)
    assert response.headers["Cache-Control"] == "no-cache"


def test_hashed_files_are_kept_and_the_service_worker_is_asked_for_each_time(pages_town: Town) -> None:
    client = pages_town.client()
    assert (
        client.get("/citizen/assets/main-abc123.js").headers["Cache-Control"] == "public, max-age=31536000, immutable"
    )
    assert client.get("/citizen/sw.js").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_the_pages_is_served(pages_town: Town, path: str) -> None:
    assert pages_town.client().get(path).status_code in {400, 404, 308}


def test_over_https_browsers_are_told_to_stay_there(pages_town: Town) -> None:
    response = pages_town.client().get("/", base_url="https://ecard.example")
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_personal_answers_are_kept_by_nobody(pages_town: Town) -> None:
    citizen = pages_town.sign_in(pages_town.a_card())
    for path in ("/api/v1/me/card", "/api/v1/me/card/photo", "/api/v1/me/card/timeline", "/api/v1/auth/session"):
        assert "no-store" in citizen.get(path).headers["Cache-Control"]


def test_outside_the_demo_its_doors_are_not_there(
    sqlite_database_url: str, embedded_redis_url: str, keys: Path, clock: Clock
) -> None:
    production: dict[str, Any] = {"mode": "production", "sms_url": "http://127.0.0.1:1/", "secure_cookies": True}
    for town in build_town(sqlite_database_url, embedded_redis_url, keys, clock, watching=False, **production):
        client = town.client()
        assert {client.get(f"/demo/api/{name}").status_code for name in ("mode", "personas", "inbox")} == {404}


def test_a_person_at_a_wrong_address_gets_the_front_page_and_a_program_a_problem(pages_town: Town) -> None:
    client = pages_town.client()
    person = client.get("/counter/nowhere", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    program = client.get("/counter/nowhere", headers={"Accept": "application/json"})
    assert (person.status_code, person.mimetype) == (404, "text/html")
    assert (program.status_code, program.mimetype) == (404, "application/problem+json")
    assert program.headers["Cache-Control"] == "no-store"
