"""Strict JWS, held to Wycheproof."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from signing import base64url, jws, strict_json, to_jwk
from signing.errors import MalformedError
from tests.signing import foreign
from tests.vectors.city import CODE, LIST, sign_jws

CONTRADICTORY = {367, 370}
"""Labelled invalid, though byte for byte the token that 357 labels valid, under the same key (C2SP/wycheproof issue 236)."""
ALGORITHM_FROM_THE_TOKEN = {346, 350}
"""Labelled valid, though the header says PS384 and the key PS256: the algorithm comes from the key."""
FOREIGN_CHARACTER = {372, 373}
"""Labelled valid, though a question mark stands inside their base64url (RFC 7515 §2 allows no other characters)."""


def test_wycheproof_json_web_signature() -> None:
    """Every label but the six that no strict verifier can follow; any other difference fails."""
    differing = {
        case.number for case in _wycheproof().values() if _is_accepted(case.token, case.jwk) != case.is_labelled_valid
    }
    assert differing == CONTRADICTORY | ALGORITHM_FROM_THE_TOKEN | FOREIGN_CHARACTER


def test_wycheproof_labels_that_are_not_followed() -> None:
    cases = _wycheproof()
    for number in CONTRADICTORY:
        assert (cases[number].token, cases[number].jwk) == (cases[357].token, cases[357].jwk)
        assert cases[357].is_labelled_valid
    for number in ALGORITHM_FROM_THE_TOKEN:
        header = base64url.decode(cases[number].token.split(".")[0])
        assert (strict_json.parse_object(header)["alg"], cases[number].jwk["alg"]) == ("PS384", "PS256")
    for number in FOREIGN_CHARACTER:
        assert "?" in cases[number].token


class Case(NamedTuple):
    """One test of Wycheproof's."""

    number: int
    token: str
    jwk: dict[str, Any]
    is_labelled_valid: bool


def _wycheproof() -> dict[int, Case]:
    groups = foreign.load("wycheproof/json_web_signature_test.json")["testGroups"]
    return {
        test["tcId"]: Case(
            test["tcId"], test["jws"], group.get("public") or group["private"], test["result"] == "valid"
        )
        for group in groups
        for test in group["tests"]
    }


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"key_ops": []},
        {"kty": "oct"},
        {"crv": "P-384"},
        {"alg": "ES384"},
        {"x": "AA"},
        {"kid": "00"},
    ],
    ids=str,
)
def test_key_that_may_not_verify_this(change: dict[str, Any]) -> None:
    token = sign_jws(f'{{"alg":"ES256","kid":"{CODE.kid}"}}', "payload")
    assert jws.verify_compact(token, _jwk()) == b"payload"
    with pytest.raises(jws.JwsError):
        jws.verify_compact(token, {**_jwk(), **change})


@pytest.mark.parametrize(
    "header",
    [
        '{"alg":"ES256","crit":["exp"],"exp":1}',
        '{"alg":"ES256","b64":false,"crit":["b64"]}',
        '{"alg":"none"}',
        '{"alg":["ES256"]}',
        '{"alg":"ES256","kid":"other"}',
        "{}",
    ],
)
def test_header_that_is_not_understood(header: str) -> None:
    with pytest.raises(jws.JwsError):
        jws.verify_compact(sign_jws(header, "payload"), _jwk())


@pytest.mark.parametrize("header", ['{"alg":"ES256","alg":"ES256"}', "[]", '{"alg":"ES256"', '{"alg":NaN}', "\ufeff{}"])
def test_header_that_is_not_strict_json(header: str) -> None:
    with pytest.raises(MalformedError):
        jws.verify_compact(sign_jws(header, "payload"), _jwk())


def test_signature_of_another_key() -> None:
    with pytest.raises(jws.JwsError):
        jws.verify_compact(sign_jws('{"alg":"ES256"}', "payload", LIST), _jwk())


def _jwk() -> dict[str, Any]:
    return {**to_jwk(CODE.public_key), "alg": "ES256", "use": "sig"}


def _is_accepted(token: str, jwk: dict[str, Any]) -> bool:
    try:
        jws.verify_compact(token, jwk)
    except (MalformedError, jws.JwsError):
        return False
    return True
