"""Requests that nobody would write by hand: none is our fault, and every answer is one that the contract names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from ecard.domain.actors import Role
from tests.town import Clock, Town, build_town
from tests.web.parties import a_verifier, staff

EXAMPLES = 12
OFTEN_ENOUGH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
CONFORMANCE = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
NOT_ASKED = {("DELETE", "/api/v1/auth/session"), ("GET", "/trust/events")}
"""The one ends the session that the others need, the other is a stream of another process."""


@pytest.fixture
def fuzzed_town(sqlite_database_url: str, embedded_redis_url: str, keys: Path, clock: Clock) -> Iterator[Town]:
    """A town where nobody is counted."""
    yield from build_town(sqlite_database_url, embedded_redis_url, keys, clock, rate_limit_scale=10_000)


def tokens(town: Town) -> dict[str, str]:
    """Who asks, by the path that is asked."""
    unit = town.a_unit()
    citizen = town.sign_in(town.a_card())
    found = {
        "/api/v1/counter": staff(town, Role.AGENCY_OFFICER),
        "/api/v1/unit": staff(town, Role.UNIT_ADMIN, unit=unit),
        "/api/v1/audit": staff(town, Role.AUDITOR),
        "/api/v1/verifications": a_verifier(town, unit)[0],
        "/api/v1/verifier/scans": a_verifier(town, unit)[0],
        "/api/v1/me": citizen,
        "/api/v1/codes": citizen,
        "/api/v1/auth/session": citizen,
    }
    return {prefix: api.token or "" for prefix, api in found.items()}


def operations(town: Town) -> list[Any]:
    """Every operation of the contract, as Schemathesis sees it."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", town.app)
    found: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    return [operation for operation in found if (operation.method.upper(), operation.path) not in NOT_ASKED]


def asking(operation: Any, checks: list[Any], headers: dict[str, str]) -> Callable[[], None]:
    """Asks one operation often enough."""

    @OFTEN_ENOUGH
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=checks)

    return ask


def test_no_request_finds_a_fault_of_ours_or_an_answer_that_is_not_documented(fuzzed_town: Town) -> None:
    load_all_checks()
    checks = [CHECKS.get_one(name) for name in CONFORMANCE]
    fuzzed_town.publisher().publish()
    held, asked = tokens(fuzzed_town), operations(fuzzed_town)
    for operation in asked:
        token = next((token for prefix, token in held.items() if operation.path.startswith(prefix)), "")
        asking(operation, checks, {"Authorization": f"Bearer {token}"} if token else {})()
    assert len(asked) > 25
