"""P-256 keys and raw signatures, held to all of Wycheproof."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signing import generate_key, kid_of, thumbprint, to_jwk
from signing.errors import MalformedError
from signing.keys import parse_jwk
from tests.signing import foreign
from tests.vectors.city import CODE, LIST


def test_wycheproof_ecdsa_p1363() -> None:
    wrong = []
    for group in foreign.load("wycheproof/ecdsa_secp256r1_sha256_p1363_test.json")["testGroups"]:
        point = load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
        assert isinstance(point, ec.EllipticCurvePublicKey)
        key = parse_jwk(to_jwk(point))
        for test in group["tests"]:
            holds = key.verifies(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
            if holds != (test["result"] == "valid"):
                wrong.append((test["tcId"], test["comment"], test["result"]))
    assert wrong == []


def test_thumbprint_of_rfc_7638_names_the_key() -> None:
    key = generate_key().public_key()
    jwk = to_jwk(key)
    assert jwk["kid"] == kid_of(key) == thumbprint(key)[:4].hex()
    assert parse_jwk(jwk).kid == kid_of(key)


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"x": "AAAA"},
        {"x": "A" * 43},
        {"y": to_jwk(LIST.public_key)["y"]},
        {"y": None},
        {"x": to_jwk(CODE.public_key)["x"] + "="},
        {"kid": "00000000"},
        {"kid": to_jwk(CODE.public_key)["kid"].upper()},
    ],
    ids=str,
)
def test_jwk_that_is_no_such_key(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        parse_jwk({**to_jwk(CODE.public_key), **change})
