"""Handing in scans over HTTP: by an enrolled verifier alone, once a key, and nothing that is no scan."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from ecard.store.models import Scan
from tests.town import Town
from tests.web.parties import a_verifier

PATH = "/api/v1/verifier/scans"


def a_scan(town: Town, number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{number:032x}",
        "at": town.clock.epoch,
        "outcome": "valid",
        "code": "ok",
        "token_id": "8f3a1c5e7d902b46",
        "code_time": town.clock.epoch,
        "shard": 2968,
    } | changes


def test_scans_are_taken_once(town: Town) -> None:
    gate, _ = a_verifier(town)
    body = {"scans": [a_scan(town, 1), a_scan(town, 2, outcome="invalid", code="not_a_code")]}
    body["scans"][1] = {name: body["scans"][1][name] for name in ("id", "at", "outcome", "code")}
    first = gate.post(PATH, body, idempotency_key="hand-in-1")
    assert (first.status_code, first.json) == (200, {"taken": 2, "known": 0})
    again = gate.post(PATH, body, idempotency_key="hand-in-1")
    assert (again.json, again.headers["Idempotency-Replayed"]) == ({"taken": 2, "known": 0}, "true")
    assert gate.post(PATH, body).json == {"taken": 0, "known": 2}
    with town.foundation.uow.read() as tx:
        assert len(tx.db.scalars(select(Scan)).all()) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "1"},
        {"at": 1},
        {"at": 2**60},
        {"outcome": "open"},
        {"code": "not a code"},
        {"token_id": "8F3A1C5E7D902B46"},
        {"text": "3519284756018273645509182736455"},
        {"name": "林志远"},
    ],
    ids=str,
)
def test_what_is_no_scan_is_refused(small_town: Town, changes: dict[str, Any]) -> None:
    gate, _ = a_verifier(small_town)
    refused = gate.post(PATH, {"scans": [a_scan(small_town, **changes)]})
    assert (refused.status_code, refused.json["code"]) == (422, "request_invalid")


def test_too_many_and_none_are_refused(small_town: Town) -> None:
    gate, _ = a_verifier(small_town)
    for scans in ([], [a_scan(small_town, number) for number in range(501)]):
        assert gate.post(PATH, {"scans": scans}).json["code"] == "request_invalid"
