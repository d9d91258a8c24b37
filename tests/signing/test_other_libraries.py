"""Libraries that know nothing of this project read what it writes."""

from __future__ import annotations

import json
import zlib
from typing import Any

import cbor2
import cwt
import jwt
import pytest
from cwt.cose_key_interface import COSEKeyInterface
from joserfc import jws as jose
from joserfc import jwt as jose_jwt
from joserfc.jwk import ECKey

from signing import P256Signer, base64url, encode_credential, generate_key, shard_of, status_uri
from tests.signing.circumstances import judge
from tests.vectors.bundles import a_bundle, a_status_list
from tests.vectors.city import (
    CODE,
    INDEX,
    ISSUER,
    LIST,
    NOW,
    OTHER_PHONE,
    PHONE,
    ROOT,
    TRANSIT_ATTRIBUTES,
    a_code,
    a_credential,
    a_device_code,
    a_jwt,
    credential_claims,
    some_claims,
    token_of,
    write_device,
)


def test_python_cwt_verifies_a_code() -> None:
    payload = cbor2.loads(cwt.COSE.new(verify_kid=True).decode(token_of(a_code()), _cose_key(CODE)))
    card = [2, INDEX, *TRANSIT_ATTRIBUTES.values()]
    assert payload == {4: NOW + 60, 6: NOW, 7: some_claims().token_id, -65537: card}


def test_python_cwt_refuses_a_code_of_another_key() -> None:
    with pytest.raises(cwt.VerifyError):
        cwt.COSE.new().decode(token_of(a_code()), _cose_key(LIST, kid=CODE.kid))


def test_python_cwt_verifies_a_credential() -> None:
    payload = cbor2.loads(cwt.COSE.new(verify_kid=True).decode(a_credential(), _cose_key(CODE)))
    claims, numbers = credential_claims(), PHONE.public_key.public_numbers()
    key = {1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: bool(numbers.y & 1)}
    card = [2, INDEX, *TRANSIT_ATTRIBUTES.values()]
    assert payload == {4: claims.expires_at, 6: claims.issued_at, 8: {1: key}, -65537: card}


def test_python_cwt_verifies_a_presentation() -> None:
    token = token_of(a_device_code(challenge=123_456))
    protected, unprotected, payload = cwt.COSE.new().decode_with_headers(token, _cose_key(PHONE, kid=None))
    assert (protected, unprotected) == ({1: -7, 13: cbor2.loads(a_credential())}, {})
    assert cbor2.loads(payload) == {6: NOW, 10: (123_456).to_bytes(8, "big")}


def test_python_cwt_refuses_a_presentation_of_another_phone() -> None:
    with pytest.raises(cwt.VerifyError):
        cwt.COSE.new().decode(token_of(a_device_code()), _cose_key(OTHER_PHONE, kid=None))


def test_a_presentation_that_python_cwt_wrote_is_valid() -> None:
    key = generate_key()
    credential = encode_credential(credential_claims(), key.public_key(), CODE)
    private = key.private_numbers().private_value.to_bytes(32, "big")
    signer = cwt.COSEKey.new({**_cose_members(P256Signer(key)), -4: private})
    headers = {1: -7, 13: cbor2.loads(credential)}
    token = cwt.COSE.new().encode_and_sign(cbor2.dumps({6: NOW}), signer, protected=headers)
    assert isinstance(token, bytes)
    assert judge(write_device(token)).code == "ok"


def test_joserfc_verifies_a_jwt() -> None:
    token = jose_jwt.decode(a_jwt(), _key(CODE), algorithms=["ES256"])
    assert token.header == {"alg": "ES256", "kid": CODE.kid, "typ": "ecard+jwt"}
    assert token.claims == {
        "iss": ISSUER,
        "iat": NOW,
        "exp": NOW + 60,
        "jti": base64url.encode(some_claims().token_id),
        "scene": "transit",
        "status": {"status_list": {"idx": INDEX, "uri": status_uri(ISSUER, shard_of(NOW + 60))}},
        "concession": TRANSIT_ATTRIBUTES["concession"],
        "pseudonym": "AAECAwQFBgc",
    }


def test_pyjwt_verifies_a_jwt() -> None:
    options: Any = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(a_jwt(), CODE.public_key, algorithms=["ES256"], issuer=ISSUER, options=options)
    assert claims["scene"] == "transit"


def test_joserfc_verifies_a_manifest() -> None:
    manifest = jose.deserialize_compact(a_bundle().manifest, _key(LIST), algorithms=["ES256"])
    assert json.loads(manifest.payload or b"")["version"] == 812


def test_joserfc_verifies_a_status_list() -> None:
    status_list = jose_jwt.decode(a_status_list().decode(), _key(LIST), algorithms=["ES256"])
    assert status_list.header["typ"] == "statuslist+jwt"
    assert zlib.decompress(base64url.decode(status_list.claims["status_list"]["lst"])) == b"\x20\x02" + bytes(126)


def test_joserfc_verifies_a_key_set() -> None:
    key_set = jose.deserialize_json(json.loads(a_bundle().keys), _key(ROOT), algorithms=["ES256"])
    assert json.loads(key_set.payload or b"")["version"] == 3


def _cose_key(signer: P256Signer, kid: str | None = CODE.kid) -> COSEKeyInterface:
    return cwt.COSEKey.new(_cose_members(signer) | ({} if kid is None else {2: bytes.fromhex(kid)}))


def _cose_members(signer: P256Signer) -> dict[int, Any]:
    """RFC 9053 §7.1.1: key type 2 (EC2), curve 1 (P-256)."""
    numbers = signer.public_key.public_numbers()
    x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
    return {1: 2, 3: -7, -1: 1, -2: x, -3: y}


def _key(signer: P256Signer) -> ECKey:
    return ECKey.import_key(signer.public_key)
