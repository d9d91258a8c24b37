"""Sessions: tokens that rotate, end at once, and cannot be made, changed or used for anything else."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from sqlalchemy import select

from ecard.domain.actors import Role
from ecard.store.models import Session
from tests.services.lists import AWAY
from tests.town import Answer, Api, Clock, Holder, Town, build_town
from tests.waiting import wait_for
from tests.web.parties import a_verifier, staff

CARD, REFRESH, SESSION = "/api/v1/me/card", "/api/v1/auth/sessions/refresh", "/api/v1/auth/session"


def tokens(town: Town, holder: Holder, delivery: str = "body") -> tuple[Api, dict[str, Any]]:
    """A citizen's sign-in and what it answered."""
    api = Api(town.client())
    api.post("/api/v1/auth/sms-codes", {"phone": holder.phone})
    body = {"phone": holder.phone, "code": town.last_sms_code(), "delivery": delivery}
    answer = api.post("/api/v1/auth/sessions", body)
    assert answer.status_code == 201, answer.json
    return api, answer.json


def a_holder(town: Town) -> Holder:
    holder = town.a_card()
    town.an_account(holder)
    return holder


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def test_a_refresh_token_is_exchanged_and_counts_once(town: Town) -> None:
    api, first = tokens(town, a_holder(town))
    second = api.with_token(first["refresh_token"]).post(REFRESH)
    assert second.status_code == 200
    assert second.json["session"]["id"] == first["session"]["id"]
    assert api.with_token(second.json["access_token"]).get(CARD).status_code == 200
    third = api.with_token(second.json["refresh_token"]).post(REFRESH)
    assert len({answer["refresh_token"] for answer in (first, second.json, third.json)}) == 3


def test_a_refresh_token_shown_twice_ends_the_session_for_both_who_hold_it(town: Town) -> None:
    """The thief's copy or the owner's: nobody can tell, so neither goes on (RFC 9700, 4.14.2)."""
    api, first = tokens(town, a_holder(town))
    second = api.with_token(first["refresh_token"]).post(REFRESH).json
    assert code_of(api.with_token(first["refresh_token"]).post(REFRESH)) == (401, "refresh_reused")
    assert code_of(api.with_token(second["refresh_token"]).post(REFRESH)) == (401, "token_revoked")
    assert code_of(api.with_token(second["access_token"]).get(CARD)) == (401, "token_revoked")
    assert code_of(api.with_token(first["access_token"]).get(CARD)) == (401, "token_revoked")


def test_signing_out_ends_both_tokens_at_once_and_nobody_else_s(town: Town) -> None:
    holder = a_holder(town)
    api, mine = tokens(town, holder)
    town.clock.forward(minutes=1)
    _, elsewhere = tokens(town, holder)
    assert api.with_token(mine["access_token"]).delete(SESSION).status_code == 204
    assert code_of(api.with_token(mine["access_token"]).get(CARD)) == (401, "token_revoked")
    assert code_of(api.with_token(mine["refresh_token"]).post(REFRESH)) == (401, "token_revoked")
    assert api.with_token(elsewhere["access_token"]).get(CARD).status_code == 200


@pytest.fixture(params=["redis", "no redis"])
def watching_town(
    request: pytest.FixtureRequest, sqlite_database_url: str, embedded_redis_url: str, keys: Path, clock: Clock
) -> Iterator[Town]:
    """A process with a memory, as in production, with Redis and without."""
    redis_url = embedded_redis_url if request.param == "redis" else AWAY
    yield from build_town(sqlite_database_url, redis_url, keys, clock, watching=True)


def test_a_process_that_remembers_learns_of_a_sign_out_within_a_moment(watching_town: Town) -> None:
    """With Redis by its bell, without by its next look at the database, at most a second later."""
    api, mine = tokens(watching_town, a_holder(watching_town))
    signed_in = api.with_token(mine["access_token"])
    assert signed_in.get(CARD).status_code == 200
    assert signed_in.delete(SESSION).status_code == 204
    wait_for(lambda: signed_in.get(CARD).status_code == 401, seconds=3)
    assert code_of(signed_in.get(CARD)) == (401, "token_revoked")


def test_a_process_that_remembers_shows_no_code_of_a_lost_card_for_more_than_a_moment(watching_town: Town) -> None:
    api, mine = tokens(watching_town, a_holder(watching_town))
    citizen = api.with_token(mine["access_token"])
    assert all(citizen.post("/api/v1/codes", {"scene": "identity"}).status_code == 201 for _ in range(3))
    assert citizen.post(f"{CARD}/loss-report").status_code == 200
    wait_for(lambda: citizen.post("/api/v1/codes", {"scene": "identity"}).status_code == 409, seconds=3)


def test_a_session_lasts_thirty_days_for_a_citizen_and_ten_hours_for_staff(town: Town) -> None:
    citizen, first = tokens(town, a_holder(town))
    worker = town.staff(Role.AUDITOR)
    answer = Api(town.client()).post("/api/v1/auth/staff-sessions", town.credentials(worker)).json
    town.clock.forward(hours=10)
    assert code_of(citizen.with_token(answer["refresh_token"]).post(REFRESH)) == (401, "token_revoked")
    renewed = citizen.with_token(first["refresh_token"]).post(REFRESH)
    town.clock.forward(days=30)
    assert code_of(citizen.with_token(renewed.json["refresh_token"]).post(REFRESH)) == (401, "token_revoked")


def forged(town: Town, token: str, **changes: Any) -> str:
    """The token's claims, changed, signed with the right key: what only the server could make."""
    claims = jwt.decode(token, options={"verify_signature": False}) | changes
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, town.app.config["JWT_SECRET_KEY"], "HS256")


def test_an_expired_access_token_says_so_that_the_app_may_renew_it(small_town: Town) -> None:
    api, mine = tokens(small_town, a_holder(small_town))
    past = datetime.now(UTC) - timedelta(minutes=1)
    expired = forged(small_town, mine["access_token"], exp=int(past.timestamp()))
    assert code_of(api.with_token(expired).get(CARD)) == (401, "token_expired")


def _b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_that_the_server_did_not_make_for_this_is_refused(small_town: Town) -> None:
    api, mine = tokens(small_town, a_holder(small_town))
    access, refresh = mine["access_token"], mine["refresh_token"]
    head, body, signature = access.split(".")
    claims = jwt.decode(access, options={"verify_signature": False})
    secret = small_town.app.config["JWT_SECRET_KEY"]
    presented = {
        "a refresh token for access": refresh,
        "another signature": f"{head}.{body}.{'A' * len(signature)}",
        "a changed role": f"{head}.{_b64(claims | {'role': 'auditor'})}.{signature}",
        "no algorithm": f"{_b64({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "no algorithm, the signature kept": f"{_b64({'alg': 'none', 'typ': 'JWT'})}.{body}.{signature}",
        "another algorithm": jwt.encode(claims, secret, "HS512"),
        "another secret": jwt.encode(claims, "0" * 64, "HS256"),
        "no session": forged(small_town, access, sid=None),
        "no role": forged(small_town, access, role=None),
        "an unknown role": forged(small_town, access, role="mayor"),
        "no csrf": forged(small_town, access, csrf=None),
        "a subject that is no number": forged(small_town, access, sub="x"),
        "two parts": f"{head}.{body}",
        "not a token": "token",
        "other letters": "令牌",
    }
    answers = {name: code_of(api.with_token(token).get(CARD)) for name, token in presented.items()}
    assert answers == dict.fromkeys(presented, (401, "token_invalid"))
    assert code_of(api.with_token(access).post(REFRESH)) == (401, "token_invalid")
    assert api.with_token(access).get(CARD).status_code == 200


def test_a_genuine_token_of_a_session_that_is_gone_is_refused(small_town: Town) -> None:
    api, mine = tokens(small_town, a_holder(small_town))
    stranger = forged(small_town, mine["access_token"], sid="another")
    assert code_of(api.with_token(stranger).get(CARD)) == (401, "token_revoked")


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "bearer", "", "Token x"])
def test_an_authorization_of_another_kind_is_no_session(small_town: Town, header: str) -> None:
    answer = Api(small_town.client()).get(CARD, Authorization=header)
    assert (answer.status_code, answer.json["code"] in {"token_invalid", "token_missing"}) == (401, True)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


class Browser:
    """A page with cookies, of one app."""

    def __init__(self, api: Api, app: str) -> None:
        self.api, self.app = api, app
        self.prefix = "ecard_" if app == "citizen" else f"ecard_{app}_"

    def cookie(self, name: str) -> str:
        path = {"access": "/api", "refresh": "/api/v1/auth"}.get(name, "/")
        found = self.api.client.get_cookie(f"{self.prefix}{name}", path=path)
        return found.value if found else ""

    def post(self, path: str, csrf: str | None = None, body: dict[str, Any] | None = None) -> Answer:
        headers = {"X_Ecard_App": self.app} | ({} if csrf is None else {"X_CSRF_Token": csrf})
        return self.api.post(path, body, **headers)

    def get(self, path: str) -> Answer:
        return self.api.get(path, X_Ecard_App=self.app)


def a_browser(town: Town, holder: Holder) -> Browser:
    return Browser(tokens(town, holder, "cookie")[0], "citizen")


def test_a_browser_never_sees_its_tokens(small_town: Town) -> None:
    api, body = tokens(small_town, a_holder(small_town), "cookie")
    assert body.keys() == {"session"}
    browser = Browser(api, "citizen")
    assert browser.get(CARD).status_code == 200
    for name, readable in (("access", False), ("refresh", False), ("csrf", True), ("refresh_csrf", True)):
        path = {"access": "/api", "refresh": "/api/v1/auth"}.get(name, "/")
        cookie = api.client.get_cookie(f"ecard_{name}", path=path)
        assert cookie is not None
        assert (cookie.http_only, cookie.same_site) == (not readable, "Strict"), name


@pytest.mark.parametrize("csrf", [None, "", "wrong", "令牌", "refresh_csrf"])
def test_a_page_that_cannot_read_our_cookie_changes_nothing(small_town: Town, csrf: str | None) -> None:
    """A missing, empty, wrong or other value of X-CSRF-Token; then the right one."""
    browser = a_browser(small_town, a_holder(small_town))
    given = browser.cookie(csrf) if csrf == "refresh_csrf" else csrf
    assert code_of(browser.post(f"{CARD}/loss-report", given)) == (403, "csrf_failed")
    assert browser.get(CARD).json["state"] == "active"
    assert browser.post(f"{CARD}/loss-report", browser.cookie("csrf")).json["state"] == "suspended"


def test_renewing_by_cookie_takes_the_refresh_token_s_own_value(small_town: Town) -> None:
    browser = a_browser(small_town, a_holder(small_town))
    assert code_of(browser.post(REFRESH, browser.cookie("csrf"))) == (403, "csrf_failed")
    before = browser.cookie("refresh")
    assert browser.post(REFRESH, browser.cookie("refresh_csrf")).status_code == 200
    assert browser.cookie("refresh") not in {"", before}
    assert browser.post("/api/v1/codes", browser.cookie("csrf"), {"scene": "identity"}).status_code == 201


def test_a_citizen_s_and_a_clerk_s_page_stay_signed_in_side_by_side(small_town: Town) -> None:
    """One browser, two apps: each with cookies of its own, and neither's CSRF value opens the other."""
    holder = a_holder(small_town)
    citizen = a_browser(small_town, holder)
    clerk = Browser(citizen.api, "counter")
    worker = small_town.staff(Role.BANK_CLERK, bank="own", at_outlet=True)
    signed_in = clerk.post("/api/v1/auth/staff-sessions", None, small_town.credentials(worker) | {"delivery": "cookie"})
    assert signed_in.status_code == 201
    assert citizen.get(SESSION).json["role"] == "citizen"
    assert clerk.get(SESSION).json["role"] == "bank_clerk"
    look = {"document_number": holder.person.document_number}
    assert code_of(clerk.post("/api/v1/counter/card-lookups", citizen.cookie("csrf"), look)) == (403, "csrf_failed")
    assert clerk.post("/api/v1/counter/card-lookups", clerk.cookie("csrf"), look).status_code == 200
    out = citizen.api.delete(SESSION, X_Ecard_App="citizen", X_CSRF_Token=citizen.cookie("csrf"))
    assert (out.status_code, citizen.cookie("access")) == (204, "")
    assert clerk.get(SESSION).status_code == 200


def test_cookies_travel_only_over_https_in_production(
    sqlite_database_url: str, embedded_redis_url: str, keys: Path, clock: Clock
) -> None:
    for town in build_town(sqlite_database_url, embedded_redis_url, keys, clock, secure_cookies=True):
        api = tokens(town, a_holder(town), "cookie")[0]
        cookie = api.client.get_cookie("ecard_access", path="/api")
        assert cookie is not None
        assert cookie.secure


def test_the_session_tells_who_and_where(small_town: Town) -> None:
    clerk = staff(small_town, Role.BANK_CLERK).get(SESSION).json
    assert (clerk["role"], clerk["outlet"]["bank"]["code"], clerk["name"]) == ("bank_clerk", "own", "吴敏")
    citizen = small_town.sign_in(small_town.a_card()).get(SESSION).json
    assert (citizen["role"], citizen["name"], citizen["bound"]) == ("citizen", "林*远", True)
    admin = staff(small_town, Role.UNIT_ADMIN, unit=small_town.a_unit("transport")).get(SESSION).json
    assert admin["unit"]["kind"] == "transport"


def test_a_verifier_may_sign_out(small_town: Town) -> None:
    session, _ = a_verifier(small_town)
    assert session.delete(SESSION).status_code == 204
    asked = session.post("/api/v1/verifications", {"text": "351", "purpose": "boarding", "operator": "1"})
    assert code_of(asked) == (401, "token_revoked")


def test_no_token_stands_in_the_database(small_town: Town) -> None:
    _, mine = tokens(small_town, a_holder(small_town))
    with small_town.foundation.uow.read() as tx:
        (row,) = tx.db.scalars(select(Session))
    assert row.refresh_id not in {mine["access_token"], mine["refresh_token"]}
    assert code_of(Api(small_town.client()).with_token(row.refresh_id).post(REFRESH)) == (401, "token_invalid")
