"""What a verdict tells beside its code; the steps themselves are in `tests.vectors`."""

from __future__ import annotations

import hashlib
import json

import cbor2
import pytest

from signing import OUTCOME_OF, BoundedReplayMemory, Policy, Sighting, parse_unverified, verify
from tests.signing.circumstances import GATE, a_trust, judge
from tests.vectors import city
from tests.vectors.city import (
    CODE,
    INDEX,
    MEDICAL,
    MEDICAL_ATTRIBUTES,
    NOW,
    OTHER_PHONE,
    SHARD,
    WEEK,
    a_code,
    a_credential,
    a_device_code,
    a_jwt,
    credential_claims,
    sign_presentation,
    some_claims,
    write_bytes,
    write_device,
)


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
            "form": "server",
            "code_age": 5,
            "kid": CODE.kid,
            "shard": SHARD,
        },
    }


def test_verdict_of_a_valid_device_code() -> None:
    credential, payload = credential_claims(), cbor2.loads(a_credential()).value[2]
    assert judge(a_device_code(), now=NOW + 5).to_json() == {
        "outcome": "valid",
        "code": "ok",
        "claims": {
            "scene": "transit",
            "issued_at": NOW,
            "expires_at": NOW + 60,
            "token_id": hashlib.sha256(payload).digest()[:8].hex(),
            "concession": 1,
            "pseudonym": "0001020304050607",
        },
        "evidence": {
            "list_age": 65,
            "list_version": 812,
            "keys_version": 3,
            "form": "device",
            "code_age": 5,
            "credential_age": 3605,
            "kid": CODE.kid,
            "shard": credential.expires_at // WEEK,
        },
    }


def test_a_device_code_dies_with_its_credential() -> None:
    verdict = judge(a_device_code(credential_claims(expires_at=NOW + 20)))
    assert verdict.claims is not None
    assert (verdict.code, verdict.claims.expires_at) == ("ok", NOW + 20)


def test_claims_are_the_credential_s_until_the_phone_s_signature_holds() -> None:
    credential = credential_claims()
    for text in (write_device(sign_presentation(signer=OTHER_PHONE)), write_bytes(a_credential())):
        verdict = judge(text)
        assert verdict.outcome == "invalid"
        assert verdict.claims is not None
        times = (verdict.claims.issued_at, verdict.claims.expires_at)
        assert times == (credential.issued_at, credential.expires_at)


def test_sealed_claims_are_shown_in_hex_and_not_opened() -> None:
    claims = judge(a_device_code(credential_claims(scene=MEDICAL)), policy=Policy.preset("hospital")).to_json()[
        "claims"
    ]
    assert isinstance(claims, dict)
    assert bytes.fromhex(claims["sealed"]) == MEDICAL_ATTRIBUTES["sealed"]


def test_a_replay_memory_is_told_the_phone_s_time() -> None:
    memory = Notebook()
    judge(a_device_code(), replay=memory, now=NOW + 3)
    judge(a_device_code(credential_claims(expires_at=NOW + 20)), replay=memory, now=NOW + 3)
    assert [note[1:] for note in memory.notes] == [(NOW, NOW + 3, NOW + 90), (NOW, NOW + 3, NOW + 50)]


def test_two_codes_of_one_credential_are_two_codes() -> None:
    memory = BoundedReplayMemory()
    assert judge(a_device_code(), replay=memory).code == "ok"
    assert judge(a_device_code(now=NOW + 15), replay=memory, now=NOW + 15).code == "ok"


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


@pytest.mark.parametrize(
    "text", [a_code(), a_jwt(), a_device_code(), "", a_code(some_claims(index=city.REVOKED_INDEX))]
)
def test_verdict_is_ready_for_json(text: str) -> None:
    verdict = judge(text)
    assert json.loads(json.dumps(verdict.to_json())) == verdict.to_json()
    assert OUTCOME_OF[verdict.code] == verdict.outcome


class Notebook:
    """A replay memory that notes what it is told."""

    def __init__(self) -> None:
        self.notes: list[tuple[bytes, int, int, int]] = []

    def sight(self, token_id: bytes, issued_at: int, *, now: int, forget_at: int) -> Sighting:
        self.notes.append((token_id, issued_at, now, forget_at))
        return "first"


def test_second_sight_is_a_replay_in_either_writing() -> None:
    memory = BoundedReplayMemory()
    assert judge(a_code(), replay=memory).code == "ok"
    assert judge(a_jwt(), replay=memory).code == "double_read"
    assert judge(a_code(), replay=memory, now=NOW + 9).code == "replayed"


def test_replay_memory_is_to_keep_a_code_for_as_long_as_a_slow_clock_takes_it() -> None:
    memory = Notebook()
    judge(a_code(), replay=memory, now=NOW + 3)
    assert memory.notes == [(some_claims().token_id, NOW, NOW + 3, NOW + 60 + GATE.leeway)]


def test_refused_code_is_not_remembered() -> None:
    memory = Notebook()
    judge(a_code(some_claims(index=city.REVOKED_INDEX)), replay=memory)
    assert memory.notes == []


@pytest.mark.parametrize("text", [a_code(), a_jwt()], ids=["digits", "jwt"])
def test_parse_unverified_reads_without_trust(text: str) -> None:
    code = parse_unverified(text)
    assert (code.kid, code.algorithm, code.index) == (CODE.kid, "ES256", INDEX)
    assert (code.issued_at, code.expires_at, code.token_id) == (NOW, NOW + 60, some_claims().token_id)


def test_parse_unverified_reads_a_device_code() -> None:
    credential = credential_claims()
    code = parse_unverified(a_device_code(challenge=7))
    assert (code.kid, code.index, code.issued_at) == (CODE.kid, INDEX, credential.issued_at)
    assert code.expires_at == credential.expires_at
    assert code.presentation is not None
    assert (code.presentation.issued_at, code.presentation.challenge) == (NOW, 7)
    assert code.presentation.credential == a_credential()


def test_trust_is_shared_between_verdicts() -> None:
    assert judge(a_code()) == verify(a_code(), trust=a_trust(), policy=GATE, now=NOW)
