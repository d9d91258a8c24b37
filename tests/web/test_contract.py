"""The OpenAPI document is complete, well-formed, and true."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from ecard.domain.actors import Role
from ecard.services.keyring import KeysInForce
from ecard.services.sector_keys import deliver_sector_keys
from ecard.web.access import ACCESS
from ecard.web.contract import operation_of, roles_of
from ecard.web.promises import TOKENS_ANEW, UNPROMISED, WITHOUT_KEY, promises
from ecard.web.wording import PROBLEMS
from tests.services.devices import Device
from tests.services.phones import DEVICES, ask, linked, step_up
from tests.town import Api, Town
from tests.web.ledger import Ledger, document, faults_of
from tests.web.parties import a_verifier, staff

Json = dict[str, Any]
TAKE_A_KEY = {"command", "anonymous_command", "session_command", "code_command"}
_NO_EXAMPLE = {"image/png", "application/octet-stream"}


def operations() -> Iterator[tuple[str, str, Json]]:
    """Path, method and operation, one after the other."""
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_document_is_one_of_openapi_3_1() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(document()).iter_errors()] == []


def test_every_endpoint_is_documented_or_named_as_none_of_the_contract(small_town: Town) -> None:
    assert set(promises()) | set(UNPROMISED) == set(ACCESS) == set(small_town.app.view_functions)
    assert not set(promises()) & set(UNPROMISED)


def test_every_operation_says_what_it_is_what_it_answers_and_who_may() -> None:
    tags = {tag["name"] for tag in document()["tags"] if tag["description"]}
    for path, method, operation in operations():
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"], where
        assert set(operation["tags"]) <= tags, where
        assert any(status.startswith(("2", "3")) for status in operation["responses"]), where
        assert "security" in operation, where
        for parameter in operation["parameters"]:
            assert "$ref" in parameter or {"description", "example"} <= set(parameter), (where, parameter)
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)


def test_every_body_has_an_example_that_its_schema_accepts() -> None:
    examples = document()["components"]["examples"]
    for path, method, operation in operations():
        bodies = [("body", operation["requestBody"])] if "requestBody" in operation else []
        for part, holder in [*bodies, *operation["responses"].items()]:
            for media, content in holder.get("content", {}).items():
                where = f"{method} {path} {part} {media}"
                if media in _NO_EXAMPLE:
                    continue
                shown = [examples[name]["value"] for name in content.get("examples", {})]
                shown += [content["example"]] if "example" in content else []
                assert shown, where
                assert [fault for value in shown for fault in faults_of(content["schema"], value)] == [], where


def test_every_code_named_exists_with_that_status() -> None:
    for path, method, operation in operations():
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/problem+json")
            if content is None or status == "default":
                continue
            codes = content["schema"]["properties"]["code"]["enum"]
            assert {PROBLEMS[code].status for code in codes} == {int(status)}, f"{method} {path}"
            assert set(content["examples"]) == set(codes)


def test_roles_and_security_are_those_of_the_access_table(small_town: Town) -> None:
    for endpoint in promises():
        path, method = operation_of(small_town.app, endpoint)
        operation = document()["paths"][path][method]
        for role in Role:
            assert (f"`{role.value}`" in operation["description"]) == (role in ACCESS[endpoint]), (endpoint, role)
        if endpoint != "auth.renew":  # its credential is the refresh token
            assert bool(operation["security"]) == bool(roles_of(endpoint)), endpoint
        for way in operation["security"]:
            by_cookie = any("ookie" in name for name in way)
            assert ("csrf" in way) == (by_cookie and method != "get"), endpoint


def test_a_key_is_documented_where_it_counts(small_town: Town) -> None:
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    for endpoint in promises():
        path, method = operation_of(small_town.app, endpoint)
        view = inspect.unwrap(small_town.app.view_functions[endpoint])
        counts = not TAKE_A_KEY.isdisjoint(view.__code__.co_names)
        assert (key in document()["paths"][path][method]["parameters"]) == counts, endpoint


def test_every_change_takes_a_key_or_says_why_not(small_town: Town) -> None:
    for endpoint, promise in promises().items():
        path, method = operation_of(small_town.app, endpoint)
        changes = method == "post" or promise.store == "written"
        assert changes == (promise.once or endpoint in WITHOUT_KEY), endpoint
        assert not (promise.once and endpoint in WITHOUT_KEY), endpoint
        described = document()["paths"][path][method]["description"]
        assert ("Takes no `Idempotency-Key`" in described) == (endpoint in WITHOUT_KEY), endpoint
        assert ("new tokens for the same session" in described) == (endpoint in TOKENS_ANEW), endpoint


def test_an_answer_that_is_not_documented_is_noticed(small_town: Town) -> None:
    """The ledger itself: a member too many, one too few, one of another kind."""
    schema = {"$ref": "#/components/schemas/SmsCodeSent"}
    assert faults_of(schema, {"expires_in": 300, "retry_after": 60}) == []
    assert faults_of(schema, {"expires_in": 300, "retry_after": 60, "phone": "1"})
    assert faults_of(schema, {"expires_in": 300})
    assert faults_of(schema, {"expires_in": "300", "retry_after": 60})
    assert faults_of({"$ref": "#/components/schemas/ServerTime"}, {"now": "today", "epoch": 1, "epoch_ms": 1})


@pytest.mark.timeout(120)
def test_every_operation_keeps_its_promise(small_town: Town) -> None:
    """A walk through the whole API; the fixture holds each answer against the document."""
    town = small_town
    _before_publication(town)
    town.publisher().publish_if_due()
    _a_citizen(town)
    _a_phone(town)
    _the_counter(town)
    _a_unit(town)
    _the_record(town)
    _what_everybody_may_read(town)
    ledger: Ledger = town.app.extensions["ledger"]
    succeeded = {endpoint for endpoint, status, _ in ledger.seen if status < 400}
    assert succeeded == set(promises())


def _before_publication(town: Town) -> None:
    api = Api(town.client())
    for path in (
        "/trust/keys",
        "/trust/manifest",
        "/trust/status/1",
        "/trust/status/1/list",
        "/trust/status/1/changes",
        "/.well-known/jwks.json",
    ):
        assert api.get(path).status_code in {404, 503}, path
    assert api.get("/readyz").status_code == 503


def _a_citizen(town: Town) -> None:
    holder = town.a_card()
    app = town.sign_in_phone(holder.phone)
    code = town.last_sms_code()
    assert app.post("/api/v1/auth/sms-codes", {"phone": holder.phone}).json["code"] == "sms_too_soon"
    assert app.post("/api/v1/auth/sms-codes", {"phone": "1"}).json["code"] == "phone_malformed"
    assert app.post("/api/v1/auth/sessions", {"phone": holder.phone, "code": code}).json["code"] == "sms_code_used"
    for path in ("", "/photo", "/timeline"):
        assert app.get(f"/api/v1/me/card{path}").json["code"] == "not_bound"
    assert app.post("/api/v1/codes", {"scene": "identity"}).json["code"] == "not_bound"
    details = {"document_number": holder.person.document_number, "name": holder.person.name}
    assert app.post("/api/v1/me/binding", details | {"name": "别人"}).json["code"] == "binding_refused"
    assert app.post("/api/v1/me/binding", details | {"document_number": "1"}).status_code == 422
    for _ in range(2):
        assert app.post("/api/v1/me/binding", details, idempotency_key="once-and-again").status_code == 200
    assert app.post("/api/v1/me/binding", {}, idempotency_key="once-and-again").status_code == 422
    assert app.post("/api/v1/me/binding", details, idempotency_key="short").status_code == 400
    assert app.post("/api/v1/me/binding", details).json["code"] == "already_bound"
    assert app.get("/api/v1/auth/session").json["bound"]
    assert app.get("/api/v1/me/card").json["masked"]
    assert not app.get("/api/v1/me/card?reveal=true").json["masked"]
    assert app.get("/api/v1/me/card/photo").headers["Content-Type"] == "image/png"
    for scene, form in (("identity", "digits"), ("transit", "jwt")):
        assert app.post("/api/v1/codes", {"scene": scene, "form": form}).status_code == 201
    assert app.post("/api/v1/codes", {"scene": "identity"}, accept="image/png").status_code == 201
    assert app.post("/api/v1/codes", {"scene": "moon"}).json["code"] == "scene_unknown"
    assert app.post("/api/v1/me/card/replacement-request").json["code"] == "card_not_suspended"
    assert app.post("/api/v1/me/card/loss-report").status_code == 200
    assert app.post("/api/v1/me/card/loss-report").json["code"] == "loss_already_reported"
    assert app.post("/api/v1/me/card/replacement-request").status_code == 202
    assert app.post("/api/v1/me/card/replacement-request").json["code"] == "replacement_already_requested"
    assert app.get("/api/v1/me/card/timeline?limit=1").json["next"]
    assert app.get("/api/v1/me/card/timeline?limit=0").json["code"] == "request_invalid"
    assert app.get("/api/v1/counter/cancellation-proposals").json["code"] == "role_not_allowed"
    assert app.post("/api/v1/auth/sessions/refresh").json["code"] == "token_invalid"
    assert app.delete("/api/v1/auth/session").status_code == 204
    assert app.get("/api/v1/me/card").json["code"] == "token_revoked"
    assert Api(town.client()).get("/api/v1/me/card").json["code"] == "token_missing"
    _in_a_browser(town)


def _in_a_browser(town: Town) -> None:
    worker = town.staff(Role.AGENCY_OFFICER)
    browser = Api(town.client())
    credentials = town.credentials(worker) | {"delivery": "cookie"}
    assert (
        browser.post("/api/v1/auth/staff-sessions", credentials | {"password": "no"}).json["code"] == "sign_in_failed"
    )
    assert browser.post("/api/v1/auth/staff-sessions", credentials, x_ecard_app="counter").status_code == 201
    refused = browser.post("/api/v1/auth/sessions/refresh", x_ecard_app="counter")
    assert refused.json["code"] == "csrf_failed"
    cookie = browser.client.get_cookie("ecard_counter_refresh_csrf")
    assert cookie is not None
    renewed = browser.post("/api/v1/auth/sessions/refresh", x_ecard_app="counter", x_csrf_token=cookie.value)
    assert renewed.status_code == 200
    assert browser.get("/api/v1/counter/cancellation-proposals").status_code == 200
    assert browser.post("/api/v1/counter/card-lookups").json["code"] == "csrf_failed"


def _a_phone(town: Town) -> None:
    citizen, other = town.sign_in(town.a_card()), town.sign_in(town.a_card(name="陈美玲"))
    assert citizen.post("/api/v1/codes", {"scene": "medical"}).status_code == 201
    first = linked(town, citizen)
    assert ask(town, citizen, first).status_code == 201
    assert citizen.get(DEVICES).json["items"]
    other.post(DEVICES, first.body(step_up(town, other), town.clock.epoch))
    wrong_clock = first.body("1", town.clock.epoch, proof=first.proof(0))
    assert citizen.post(DEVICES, wrong_clock).json["code"] == "device_clock_wrong"
    second = linked(town, citizen)
    assert ask(town, citizen, first).json["code"] == "device_ended"
    assert citizen.delete(f"{DEVICES}/{second.id}").status_code == 200
    assert citizen.post("/api/v1/me/card/loss-report").status_code == 200
    assert ask(town, citizen, second).json["code"] == "card_suspended"


def _the_counter(town: Town) -> None:
    holder, elsewhere = town.a_card(), town.a_card(bank="other")
    card = f"/api/v1/counter/cards/{holder.public_id}"
    clerk = staff(town, Role.BANK_CLERK)
    assert clerk.get("/api/v1/auth/session").json["outlet"]["bank"]
    look = {"document_number": holder.person.document_number}
    assert clerk.post("/api/v1/counter/card-lookups", look).json["masked"]
    assert not clerk.post("/api/v1/counter/card-lookups", look | {"purpose": "status_query"}).json["masked"]
    other = {"document_number": elsewhere.person.document_number, "purpose": "status_query"}
    assert clerk.post("/api/v1/counter/card-lookups", other).json["code"] == "other_bank"
    assert clerk.get(f"{card}/photo").status_code == 200
    assert clerk.get(f"/api/v1/counter/cards/{'0' * 32}/photo").json["code"] == "card_not_found"
    assert clerk.get("/api/v1/counter/cards/moon/photo").json["code"] == "request_invalid"
    assert clerk.post(f"{card}/loss-report", {}).json["code"] == "document_not_seen"
    assert clerk.post(f"{card}/loss-report-withdrawal", {"document_seen": True}).json["code"] == "card_not_suspended"
    assert clerk.post(f"{card}/loss-report", {"document_seen": True}).status_code == 200
    assert clerk.post(f"{card}/loss-report-withdrawal", {"document_seen": True}).status_code == 200
    phone = staff(town, Role.PHONE_OPERATOR)
    assert phone.post(f"{card}/loss-report", {}).json["code"] == "caller_not_verified"
    assert phone.post(f"{card}/loss-report-withdrawal", {}).json["code"] == "not_at_outlet"
    _two_officers(town, card)


def _two_officers(town: Town, card: str) -> None:
    first, second = (staff(town, Role.AGENCY_OFFICER) for _ in range(2))
    why = {"reason": "death", "note": "公安注销户籍通知"}
    rejected = first.post(f"{card}/cancellation-proposals", why).json["id"]
    assert first.post(f"{card}/cancellation-proposals", why).json["code"] == "proposal_exists"
    proposals = "/api/v1/counter/cancellation-proposals"
    assert second.post(f"{proposals}/{rejected}/rejection").status_code == 200
    assert second.post(f"{proposals}/{rejected}/confirmation").json["code"] == "proposal_closed"
    confirmed = first.post(f"{card}/cancellation-proposals", why).json["id"]
    assert first.post(f"{proposals}/{confirmed}/confirmation").json["code"] == "same_person"
    assert second.get(f"{proposals}?limit=1").json["next"]
    assert second.post(f"{proposals}/{confirmed}/confirmation").status_code == 200
    assert second.get(f"{proposals}?state=all").json["items"]
    assert first.post(f"{card}/cancellation-proposals", why).json["code"] == "card_cancelled"
    assert first.post(f"{proposals}/{'0' * 32}/rejection").json["code"] == "proposal_not_found"


def _a_unit(town: Town) -> None:
    unit = town.a_unit(attributes=("name", "document_number", "card_number", "concession"))
    admin = staff(town, Role.UNIT_ADMIN, unit=unit)
    gate, device = a_verifier(town, unit)
    text = town.sign_in(town.a_card()).post("/api/v1/codes", {"scene": "transit"}).json["text"]
    asked = {"text": text, "purpose": "boarding", "operator": "窗口 3"}
    assert gate.post("/api/v1/verifications", asked).json["verdict"]["outcome"] == "valid"
    assert gate.post("/api/v1/verifications", asked).json["verdict"]["code"] == "replayed"
    assert gate.post("/api/v1/verifications", asked | {"text": "35"}).json["verdict"]["outcome"] == "invalid"
    _sector_keys(town, gate, device)
    scan = {"id": "0" * 32, "at": town.clock.epoch, "outcome": "valid", "code": "ok"}
    assert gate.post("/api/v1/verifier/scans", {"scans": [scan]}).json == {"taken": 1, "known": 0}
    verifier = f"/api/v1/unit/verifiers/{device.verifier_id}"
    assert admin.get("/api/v1/unit/verifiers?limit=1").json["next"]
    assert admin.post(f"{verifier}/enrolment-code").status_code == 201
    assert admin.delete(verifier).status_code == 204
    assert admin.delete(f"/api/v1/unit/verifiers/{'0' * 32}").json["code"] == "verifier_not_found"
    door = Api(town.client())
    assertion = {"assertion": device.assertion(town.clock.epoch)}
    assert door.post("/api/v1/verifiers/sessions", assertion).json["code"] == "assertion_invalid"
    code = "AAAA-AAAA-AAAA"
    for proof, refusal in ((device.proof(code, town.clock.epoch), "enrolment_code_wrong"), ("x", "proof_invalid")):
        wrong = {"code": code, "public_key": device.jwk, "proof": proof}
        assert door.post("/api/v1/verifiers/enrolment", wrong).json["code"] == refusal


def _sector_keys(town: Town, gate: Api, device: Device) -> None:
    path, body = "/api/v1/verifier/encryption-key", {"encryption_key": device.encryption_jwk}
    proof = device.encryption_proof(town.clock.epoch)
    for _ in range(2):
        assert gate.post(path, body | {"proof": proof}, idempotency_key="once-and-again").status_code == 200
    assert gate.post(path, body | {"proof": "x"}).json["code"] == "proof_invalid"
    keystore = town.foundation.keystore
    assert deliver_sector_keys(town.foundation.uow, KeysInForce(keystore.folder).current(), keystore.sector_key) == 1
    assert gate.get("/api/v1/verifier/sector-keys").json["items"]


def _the_record(town: Town) -> None:
    auditor = staff(town, Role.AUDITOR)
    assert auditor.get("/api/v1/audit/entries?limit=100").json["next"] is None
    assert auditor.get("/api/v1/audit/verification").json["ok"]


def _what_everybody_may_read(town: Town) -> None:
    town.publisher().publish()
    api = Api(town.client())
    shards = town.trust().shards
    lists = [f"/trust/status/{shard}{part}" for shard in shards for part in ("", "/list", "/changes")]
    names = ("/trust/root.json", "/trust/keys", "/trust/manifest", "/.well-known/jwks.json", *lists)
    for path in names:
        answer = api.get(path)
        assert answer.status_code == 200, path
        assert api.get(path, if_none_match=answer.headers["ETag"]).status_code == 304, path
    changes = lists[2]
    assert api.get(changes, range="bytes=0-3").status_code == 206
    assert api.get(changes, range="bytes=9000000-").json["code"] == "range_not_satisfiable"
    assert api.get("/trust/events").status_code == 307
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        assert api.get(path).status_code == 200, path
    assert api.get("/api/v1/public/banks").json["items"]
    assert api.get("/api/v1/public/server-time").json["epoch"]
