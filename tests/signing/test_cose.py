"""COSE structures, held to the COSE working group's examples."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from signing import CodeError, base64url, cose, parse_unverified, to_jwk
from signing.keys import PublicKey, parse_jwk
from tests.signing import foreign
from tests.vectors.city import a_code, a_credential, credential_claims, some_claims, token_of, write_bytes

_PASSING = ("sign-pass-01", "sign-pass-02", "sign-pass-03", "ecdsa-sig-01")
_FAILING = tuple(f"sign-fail-0{number}" for number in (2, 3, 4, 6, 7))


@pytest.mark.parametrize("name", _PASSING)
def test_cose_example_verifies(name: str) -> None:
    example = foreign.load(f"cose/{name}.json")
    protected, payload, signature = _parts(example)
    external = bytes.fromhex(example["input"]["sign0"].get("external", ""))
    signed = cose.signing_input(*map(cose.byte_string, (protected, payload, external)))
    assert signed.hex().upper() == example["intermediates"]["ToBeSign_hex"]
    assert _key(example).verifies(signature, signed)


@pytest.mark.parametrize("name", _FAILING)
def test_cose_example_fails(name: str) -> None:
    example = foreign.load(f"cose/{name}.json")
    protected, payload, signature = _parts(example)
    signed = cose.signing_input(cose.byte_string(protected), cose.byte_string(payload))
    assert cbor2.loads(protected).get(1) != -7 or not _key(example).verifies(signature, signed)


@pytest.mark.parametrize("name", [*_PASSING, *_FAILING, "sign-fail-01"])
def test_cose_example_is_no_code(name: str) -> None:
    with pytest.raises(CodeError):
        cose.decode(bytes.fromhex(foreign.load(f"cose/{name}.json")["output"]["cbor"]))


@pytest.mark.parametrize("token", [token_of(a_code()), a_credential()], ids=["server code", "credential"])
def test_a_token_is_what_a_general_library_would_write(token: bytes) -> None:
    assert cbor2.dumps(cbor2.loads(token), canonical=True) == token
    payload = cbor2.loads(token).value[2]
    assert cbor2.dumps(cbor2.loads(payload), canonical=True) == payload


@pytest.mark.parametrize("number", [0, 23, 24, 255, 256, 65_535, 65_536, 2**31 - 1])
def test_index_of_every_width(number: int) -> None:
    assert parse_unverified(a_code(some_claims(index=number))).index == number
    assert parse_unverified(write_bytes(a_credential(credential_claims(index=number)))).index == number


@pytest.mark.parametrize("length", [0, 23, 24, 255, 256, 65_535])
def test_byte_string_of_every_width(length: int) -> None:
    assert cose.byte_string(bytes(length)) == cbor2.dumps(bytes(length))


@pytest.mark.parametrize("token", [token_of(a_code()), a_credential()], ids=["server code", "credential"])
def test_every_cut_is_malformed(token: bytes) -> None:
    for length in range(len(token)):
        with pytest.raises(CodeError):
            cose.decode(token[:length])


def _parts(example: dict[str, Any]) -> tuple[bytes, bytes, bytes]:
    message = cbor2.loads(bytes.fromhex(example["output"]["cbor"]))
    protected, _, payload, signature = message.value if isinstance(message, cbor2.CBORTag) else message
    # An empty header is signed as an empty string (RFC 9052 §4.4), whichever way it was written.
    return b"" if protected == b"\xa0" else protected, payload, signature


def _key(example: dict[str, Any]) -> PublicKey:
    jwk = example["input"]["sign0"]["key"]
    x, y = (base64url.decode(jwk[name]) for name in ("x", "y"))
    return parse_jwk(to_jwk(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)))
