"""Who may call what: nothing is open by accident, and nothing is closed to whom it is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

from ecard.domain.actors import Role
from ecard.store.models import Staff
from ecard.web.access import ACCESS, PUBLIC
from ecard.web.limits import LIMITS
from tests.town import Api, Town
from tests.web.parties import a_verifier, everybody, staff

CREDENTIALS_OF_THEIR_OWN = {
    "auth.request_sms",
    "auth.sign_in_citizen",
    "auth.sign_in_staff",
    "auth.renew",
    "verifier.enrol",
    "verifier.open_verifier_session",
}
OPEN_TO_READ = {"public", "trust", "operations", "pages", "contract", "demo"}


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route and method; signing out comes last."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint == "auth.sign_out")
    for rule in rules:
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def path_of(rule: Rule) -> str:
    """An address of that route, of nothing that exists."""
    path = rule.rule
    for argument in rule.arguments:
        converter = path.split(f":{argument}>")[0].rsplit("<", 1)[1] if f":{argument}>" in path else ""
        value = {"int": "1", "path": "assets/x.js"}.get(converter, "citizen" if "any(" in converter else "0" * 32)
        path = path.replace(f"<{converter}:{argument}>" if converter else f"<{argument}>", value)
    return path


def test_every_endpoint_stands_in_the_table_and_the_table_names_no_other(small_town: Town) -> None:
    endpoints = {rule.endpoint for rule in small_town.app.url_map.iter_rules()}
    assert endpoints == set(ACCESS)
    assert set(LIMITS) <= set(ACCESS)


def test_what_needs_no_session_is_read_only_or_asks_for_another_credential(small_town: Town) -> None:
    for rule, method in routes(small_town.app):
        if ACCESS[rule.endpoint] is PUBLIC and rule.endpoint not in CREDENTIALS_OF_THEIR_OWN:
            assert method == "GET", rule
            assert rule.endpoint.split(".")[0] in OPEN_TO_READ, rule
    assert set(LIMITS) >= CREDENTIALS_OF_THEIR_OWN, "whoever tries credentials is counted"


def answers(api: Api, rule: Rule, method: str) -> tuple[int, str | None]:
    headers = {"Authorization": f"Bearer {api.token}"} if api.token else {}
    body: dict[str, str] | None = {} if method == "POST" else None
    response = api.client.open(path_of(rule), method=method, json=body, headers=headers)
    problem = response.get_json(silent=True) or {}
    return response.status_code, problem.get("code") if response.status_code >= 400 else None


def test_every_endpoint_answers_every_role_as_the_table_says(small_town: Town) -> None:
    """Each endpoint × each role: 401 without a session, 403 in another role, else the endpoint's own answer."""
    parties = everybody(small_town, small_town.a_card())
    counted: Counter[str] = Counter()
    for rule, method in routes(small_town.app):
        roles = ACCESS[rule.endpoint]
        for name, api in parties.items():
            status, code = answers(api, rule, method)
            place = f"{method} {rule.rule} as {name}: {status} {code}"
            if roles is PUBLIC:
                assert code not in {"token_missing", "role_not_allowed"} or rule.endpoint == "auth.renew", place
                counted["public"] += 1
            elif name == "stranger":
                assert (status, code) == (401, "token_missing"), place
                counted["stranger"] += 1
            elif Role(name) in roles:
                assert status not in {401, 500}, place
                assert code != "role_not_allowed", place
                counted["allowed"] += 1
            else:
                assert (status, code) == (403, "role_not_allowed"), place
                counted["refused"] += 1
    assert counted["refused"] > 150
    assert counted["allowed"] > 40


def test_an_endpoint_that_the_table_does_not_name_is_closed_to_everybody(small_town: Town) -> None:
    small_town.app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "open")
    for name, api in everybody(small_town, small_town.a_card()).items():
        answer = api.get("/api/v1/forgotten")
        assert (answer.status_code, answer.json["code"]) == (403, "role_not_allowed"), name


def test_a_role_that_was_taken_away_counts_at_the_next_request(small_town: Town) -> None:
    worker = small_town.staff(Role.AGENCY_OFFICER)
    officer = small_town.sign_in_staff(worker)
    assert officer.get("/api/v1/counter/cancellation-proposals").status_code == 200
    with small_town.foundation.uow.write() as tx:
        tx.db.get_one(Staff, worker.id).disabled_at = tx.now
    answer = officer.get("/api/v1/counter/cancellation-proposals")
    assert (answer.status_code, answer.json["code"]) == (401, "token_revoked")


def test_a_verifier_s_session_ends_with_its_device(small_town: Town) -> None:
    unit = small_town.a_unit()
    device_session, device = a_verifier(small_town, unit)
    admin = staff(small_town, Role.UNIT_ADMIN, unit=unit)
    assert admin.delete(f"/api/v1/unit/verifiers/{device.verifier_id}").status_code == 204
    asked = device_session.post("/api/v1/verifications", {"text": "351", "purpose": "boarding", "operator": "1"})
    assert (asked.status_code, asked.json["code"]) == (401, "token_revoked")
    door = Api(small_town.client())
    again = door.post("/api/v1/verifiers/sessions", {"assertion": device.assertion(small_town.clock.epoch)})
    assert (again.status_code, again.json["code"]) == (401, "assertion_invalid")


def test_an_assertion_opens_one_session(small_town: Town) -> None:
    _, device = a_verifier(small_town)
    door, assertion = Api(small_town.client()), device.assertion(small_town.clock.epoch)
    first, second = (door.post("/api/v1/verifiers/sessions", {"assertion": assertion}) for _ in range(2))
    assert (first.status_code, second.status_code, second.json["code"]) == (201, 401, "assertion_invalid")
