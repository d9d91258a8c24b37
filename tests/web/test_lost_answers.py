"""A lost answer that carried tokens: the very same request, with its key, gets new ones for the same session, and nobody else does."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from sqlalchemy import select

from ecard.domain.actors import Role
from ecard.store.models import AuditEntry, IdempotencyRecord, Session
from tests.services.devices import Device
from tests.town import Answer, Api, Town
from tests.web.parties import a_verifier, staff
from tests.web.repeats import (
    CARD,
    DEVICE,
    JUST_IN_TIME,
    KEY,
    OTHER_KEY,
    REFRESH,
    SESSION,
    SIGN_IN,
    STAFF,
    a_code_for,
    a_holder,
    code_of,
    count,
    many,
    replayed,
)


class Request:
    """A request that opens a session, and what its credential is refused with when it comes a second time."""

    def __init__(self, path: str, body: dict[str, Any], token: str | None, refusal: str) -> None:
        self.path, self.body, self.token, self.refusal = path, body, token, refusal

    def send(self, town: Town, key: str | None = KEY, **changes: Any) -> Answer:
        headers = {"Idempotency_Key": key} if key else {}
        return Api(town.client(), self.token).post(self.path, self.body | changes, **headers)


def _citizen(town: Town) -> Request:
    return Request(SIGN_IN, a_code_for(town, a_holder(town)), None, "sms_code_used")


def _staff(town: Town) -> Request:
    return Request(STAFF, town.credentials(town.staff(Role.AUDITOR)), None, "sign_in_failed")


def _renewal(town: Town) -> Request:
    first = Api(town.client()).post(SIGN_IN, a_code_for(town, a_holder(town))).json
    return Request(REFRESH, {}, first["refresh_token"], "refresh_reused")


def _device(town: Town) -> Request:
    _, device = a_verifier(town)
    return Request(DEVICE, {"assertion": device.assertion(town.clock.epoch)}, None, "assertion_invalid")


def session_of(answer: Answer) -> str:
    return str(jwt.decode(answer.json["access_token"], options={"verify_signature": False})["sid"])


@pytest.fixture(params=[_citizen, _staff, _renewal, _device], ids=["citizen", "staff", "renewal", "device"])
def opening(request: pytest.FixtureRequest, town: Town) -> Request:
    """Each request whose answer carries tokens."""
    made: Request = request.param(town)
    return made


def test_tokens_whose_answer_was_lost_are_made_anew_for_the_same_session(town: Town, opening: Request) -> None:
    first = opening.send(town)
    sessions, entries = count(town, Session), count(town, AuditEntry)
    town.clock.forward(seconds=JUST_IN_TIME)
    again = opening.send(town)
    assert first.status_code == again.status_code < 300
    assert (replayed(first), replayed(again)) == (False, True)
    assert again.json.keys() == first.json.keys()
    assert (count(town, Session), count(town, AuditEntry)) == (sessions, entries)
    assert first.json["access_token"] != again.json["access_token"]
    assert session_of(first) == session_of(again)
    assert Api(town.client(), again.json["access_token"]).delete(SESSION).status_code == 204


def test_who_recorded_the_request_has_no_more_of_it_after_the_window(town: Town, opening: Request) -> None:
    assert opening.send(town).status_code < 300
    town.clock.forward(seconds=JUST_IN_TIME + 1)
    assert code_of(opening.send(town)) == (401, opening.refusal)


def test_a_window_is_not_prolonged_by_using_it(town: Town, opening: Request) -> None:
    opening.send(town)
    town.clock.forward(seconds=JUST_IN_TIME)
    assert replayed(opening.send(town))
    town.clock.forward(seconds=1)
    assert code_of(opening.send(town)) == (401, opening.refusal)


@pytest.mark.parametrize("key", [OTHER_KEY, None])
def test_under_another_key_or_none_a_used_credential_is_refused_as_ever(
    town: Town, opening: Request, key: str | None
) -> None:
    opening.send(town)
    assert code_of(opening.send(town, key)) == (401, opening.refusal)


def test_an_ended_session_is_not_opened_again(town: Town, opening: Request) -> None:
    first = opening.send(town)
    assert Api(town.client(), first.json["access_token"]).delete(SESSION).status_code == 204
    refused = opening.send(town)
    assert refused.status_code == 401
    assert refused.json["code"] in {opening.refusal, "token_revoked"}


def test_sent_many_times_at_once_it_opens_one_session(town: Town, opening: Request) -> None:
    sessions = count(town, Session) + (opening.path != REFRESH)
    answers = many(town, opening.path, opening.body, opening.token)
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert [replayed(answer) for answer in answers].count(False) == 1
    assert count(town, Session) == sessions
    assert Api(town.client(), answers[-1].json["access_token"]).delete(SESSION).status_code == 204


def test_another_request_under_a_used_key_gets_no_tokens(town: Town, opening: Request) -> None:
    """Not even one that differs by a blank: what is answered again is the very same request."""
    opening.send(town)
    body = json.dumps(opening.body).replace("{", "{ ").encode()
    bearer = {"Authorization": f"Bearer {opening.token}"} if opening.token else {}
    headers = {"Idempotency-Key": KEY, "Content-Type": "application/json"} | bearer
    refused = Answer.of(town.client().post(opening.path, data=body, headers=headers))
    assert code_of(refused) == (422, "idempotency_key_reused")
    assert replayed(opening.send(town))


def test_no_token_and_nothing_that_was_presented_is_kept(town: Town, opening: Request) -> None:
    answer = opening.send(town)
    with town.foundation.uow.read() as tx:
        row = tx.db.scalars(select(IdempotencyRecord)).one()
        note = tx.vault.open(row.body_sealed, f"answer:{row.subject}:{row.key}").decode()
    stored = f"{row.subject} {row.key} {bytes(row.request_hash)!r} {bytes(row.body_sealed)!r}"
    for secret in [*map(str, opening.body.values()), opening.token or KEY, KEY]:
        assert secret not in stored
    for token in (answer.json["access_token"], answer.json.get("refresh_token", "no refresh token")):
        assert token not in note
        assert token.encode() not in bytes(row.body_sealed)


def test_a_renewal_without_a_key_is_re_use_as_ever(town: Town) -> None:
    renewal = _renewal(town)
    door = Api(town.client(), renewal.token)
    second = door.post(REFRESH)
    assert code_of(door.post(REFRESH)) == (401, "refresh_reused")
    assert code_of(door.with_token(second.json["refresh_token"]).post(REFRESH)) == (401, "token_revoked")


def test_an_answer_that_was_used_was_not_lost(town: Town) -> None:
    """Who holds the new token has renewed with it: whoever sends the old request again is somebody else, and it ends for both."""
    renewal = _renewal(town)
    second = renewal.send(town)
    third = Api(town.client(), second.json["refresh_token"]).post(REFRESH, Idempotency_Key=OTHER_KEY)
    assert third.status_code == 200
    assert code_of(renewal.send(town)) == (401, "refresh_reused")
    assert code_of(Api(town.client(), third.json["refresh_token"]).post(REFRESH)) == (401, "token_revoked")


def test_a_sign_in_that_was_renewed_is_not_answered_again(town: Town) -> None:
    opening = _citizen(town)
    first = opening.send(town)
    assert Api(town.client(), first.json["refresh_token"]).post(REFRESH).status_code == 200
    assert code_of(opening.send(town)) == (401, "sms_code_used")


def test_a_thief_of_the_token_without_the_key_ends_the_session_within_the_window_too(town: Town) -> None:
    renewal = _renewal(town)
    second = renewal.send(town)
    assert code_of(Api(town.client(), renewal.token).post(REFRESH)) == (401, "refresh_reused")
    assert code_of(renewal.send(town)) == (401, "token_revoked")
    assert code_of(Api(town.client(), second.json["access_token"]).get(CARD)) == (401, "token_revoked")


def test_who_answers_a_replay_and_who_was_replayed_cannot_both_go_on(town: Town) -> None:
    """Somebody recorded request and key: both now hold the same token, and the second to renew gives it away."""
    renewal = _renewal(town)
    owner, thief = renewal.send(town), renewal.send(town)
    assert replayed(thief)
    assert Api(town.client(), owner.json["refresh_token"]).post(REFRESH, Idempotency_Key=KEY).status_code == 200
    stolen = Api(town.client(), thief.json["refresh_token"])
    assert code_of(stolen.post(REFRESH, Idempotency_Key=OTHER_KEY)) == (401, "refresh_reused")


def test_one_key_for_every_renewal_is_no_trap(town: Town) -> None:
    """A key belongs to the refresh token beside it: a careless client neither stands still nor escapes the detection of re-use."""
    renewal = _renewal(town)
    second = renewal.send(town)
    third = Api(town.client(), second.json["refresh_token"]).post(REFRESH, Idempotency_Key=KEY)
    assert (third.status_code, replayed(third)) == (200, False)
    assert third.json["refresh_token"] not in {renewal.token, second.json["refresh_token"]}
    assert code_of(renewal.send(town)) == (401, "refresh_reused")


def cookie(api: Api, name: str) -> str:
    path = {"access": "/api", "refresh": "/api/v1/auth"}.get(name, "/")
    found = api.client.get_cookie(f"ecard_{name}", path=path)
    assert found is not None, name
    return found.value


def test_a_browser_whose_answer_was_lost_signs_in_and_renews_by_cookie(town: Town) -> None:
    body = a_code_for(town, a_holder(town)) | {"delivery": "cookie"}
    lost, browser = Api(town.client()), Api(town.client())
    assert lost.post(SIGN_IN, body, Idempotency_Key=KEY).status_code == 201
    again = browser.post(SIGN_IN, body, Idempotency_Key=KEY)
    assert (again.status_code, list(again.json), replayed(again)) == (201, ["session"], True)
    assert browser.get(CARD).status_code == 200

    before = {name: cookie(browser, name) for name in ("refresh", "refresh_csrf")}
    csrf = before["refresh_csrf"]
    assert browser.post(REFRESH, Idempotency_Key=KEY, X_CSRF_Token=csrf).status_code == 200
    for name, path in (("refresh", "/api/v1/auth"), ("refresh_csrf", "/")):
        browser.client.set_cookie(f"ecard_{name}", before[name], path=path)  # the answer and its cookies were lost
    assert code_of(browser.post(REFRESH, Idempotency_Key=KEY)) == (403, "csrf_failed")
    renewed = browser.post(REFRESH, Idempotency_Key=KEY, X_CSRF_Token=csrf)
    assert (renewed.status_code, list(renewed.json), replayed(renewed)) == (200, ["session"], True)
    assert browser.get(CARD).status_code == 200
    assert (
        browser.post(REFRESH, Idempotency_Key=OTHER_KEY, X_CSRF_Token=cookie(browser, "refresh_csrf")).status_code
        == 200
    )


def test_a_disabled_device_is_given_no_token_again(town: Town) -> None:
    unit = town.a_unit()
    admin, (_, device) = staff(town, Role.UNIT_ADMIN, unit=unit), a_verifier(town, unit)
    body, door = {"assertion": device.assertion(town.clock.epoch)}, Api(town.client())
    assert door.post(DEVICE, body, Idempotency_Key=KEY).status_code == 201
    assert admin.delete(f"/api/v1/unit/verifiers/{device.verifier_id}").status_code == 204
    assert code_of(door.post(DEVICE, body, Idempotency_Key=KEY)) == (401, "assertion_invalid")


def test_a_device_named_by_half_a_character_is_refused_not_a_fault(small_town: Town) -> None:
    door, device = Api(small_town.client()), Device()
    body = {"assertion": device.assertion(small_town.clock.epoch, kid="\ud800")}
    assert code_of(door.post(DEVICE, body, Idempotency_Key=KEY)) == (401, "assertion_invalid")
