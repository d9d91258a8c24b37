"""What a verdict tells beside its code; the steps themselves are in `tests.vectors`."""

from __future__ import annotations

import json

import pytest

from signing import OUTCOME_OF, parse_unverified, verify
from tests.signing.circumstances import GATE, Memory, a_trust, judge
from tests.vectors import city
from tests.vectors.city import CODE, INDEX, NOW, SHARD, a_code, a_jwt, some_claims


@pytest.mark.parametrize("text", [a_code(), a_jwt()], ids=["digits", "jwt"])
def test_verdict_of_a_valid_code(text: str) -> None:
    claims = some_claims()
    assert judge(text, now=NOW + 5).to_json() == {
        "outcome": "valid",
        "code": "ok",
        "claims": {
            "scene": "transit",
            "issued_at": NOW,
            "expires_at": NOW + 60,
            "token_id": claims.token_id.hex(),
            "concession": 1,
            "pseudonym": "0001020304050607",
        },
        "evidence": {
            "list_age": 65,
            "list_version": 812,
            "keys_version": 3,
            "code_age": 5,
            "kid": CODE.kid,
            "shard": SHARD,
        },
    }


def test_verdict_without_trust_knows_nothing() -> None:
    verdict = verify(a_code(), trust=None, policy=GATE, now=NOW)
    assert verdict.to_json() == {"outcome": "unknown", "code": "no_trust", "claims": None, "evidence": {}}


def test_claims_are_not_shown_before_the_signature_holds() -> None:
    verdict = judge(a_code(signer=city.STRANGER))
    assert (verdict.code, verdict.claims) == ("unknown_key", None)
    assert verdict.evidence["kid"] == city.STRANGER.kid


def test_claims_are_shown_once_the_signature_holds() -> None:
    verdict = judge(a_code(signer=city.RETIRED_CODE))
    assert (verdict.code, verdict.claims) == ("key_not_valid", some_claims())


def test_verdict_is_no_boolean() -> None:
    with pytest.raises(TypeError, match="outcome"):
        bool(judge(a_code()))


@pytest.mark.parametrize("text", [a_code(), a_jwt(), "", a_code(some_claims(index=city.REVOKED_INDEX))])
def test_verdict_is_ready_for_json(text: str) -> None:
    verdict = judge(text)
    assert json.loads(json.dumps(verdict.to_json())) == verdict.to_json()
    assert OUTCOME_OF[verdict.code] == verdict.outcome


def test_second_sight_is_a_replay_in_either_writing() -> None:
    memory = Memory()
    assert judge(a_code(), replay=memory).code == "ok"
    assert judge(a_jwt(), replay=memory).code == "replayed"


def test_replay_memory_keeps_a_code_for_as_long_as_a_slow_clock_takes_it() -> None:
    memory = Memory()
    judge(a_code(), replay=memory)
    assert memory.kept == {some_claims().token_id: NOW + 60 + GATE.leeway}


def test_refused_code_is_not_remembered() -> None:
    memory = Memory()
    judge(a_code(some_claims(index=city.REVOKED_INDEX)), replay=memory)
    assert memory.kept == {}


@pytest.mark.parametrize("text", [a_code(), a_jwt()], ids=["digits", "jwt"])
def test_parse_unverified_reads_without_trust(text: str) -> None:
    code = parse_unverified(text)
    assert (code.kid, code.algorithm, code.index) == (CODE.kid, "ES256", INDEX)
    assert (code.issued_at, code.expires_at, code.token_id) == (NOW, NOW + 60, some_claims().token_id)


def test_trust_is_shared_between_verdicts() -> None:
    assert judge(a_code()) == verify(a_code(), trust=a_trust(), policy=GATE, now=NOW)
