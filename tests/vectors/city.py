"""A city whose keys, cards and clock never change: the builders behind every vector."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from signing import Claims, P256Signer, Scene, base64url, cose, digits, encode_code, encode_jwt

ISSUER = "https://ecard.guangzhou.example"
NOW = 1_795_000_100
WEEK = 604_800
SHARD = NOW // WEEK
SHARD_SIZE = 1024

IDENTITY = Scene(1, "identity")
TRANSIT = Scene(2, "transit", ("concession", "pseudonym"))
MEDICAL = Scene(3, "medical", ("sealed",))
"""A scene with an attribute that this version of the format does not know yet."""
TRANSIT_ATTRIBUTES: Mapping[str, int | bytes] = {"concession": 1, "pseudonym": bytes(range(8))}
SCENES = (IDENTITY, TRANSIT, MEDICAL)

INDEX, REVOKED_INDEX, REVOKED_LATER, WITHDRAWN = 7, 5, 9, 6

GROUP_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def a_signer(name: str) -> P256Signer:
    """The key of this name: its private number is a hash of the name, for it guards nothing."""
    secret = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") % (GROUP_ORDER - 1) + 1
    return P256Signer(ec.derive_private_key(secret, ec.SECP256R1()), deterministic=True)


ROOT, SECOND_ROOT, STRANGER = a_signer("root"), a_signer("second root"), a_signer("stranger")
CODE, RETIRED_CODE, COMING_CODE = a_signer("code"), a_signer("retired code"), a_signer("coming code")
LIST, RETIRED_LIST, NEXT_LIST = a_signer("list"), a_signer("retired list"), a_signer("next list")


def some_claims(
    *,
    scene: Scene = TRANSIT,
    index: int = INDEX,
    issued_at: int = NOW,
    expires_at: int = NOW + 60,
    attributes: Mapping[str, int | bytes] | None = None,
) -> Claims:
    """Claims of a code that was just made for a bus gate."""
    token_id = hashlib.sha256(f"{scene.name} {index} {issued_at} {expires_at}".encode()).digest()[:8]
    if attributes is None:
        attributes = TRANSIT_ATTRIBUTES if scene is TRANSIT else {}
    return Claims(scene, index, token_id, issued_at, expires_at, attributes)


def a_code(claims: Claims | None = None, signer: P256Signer = CODE) -> str:
    """A code in digits."""
    return encode_code(claims or some_claims(), signer)


def a_jwt(claims: Claims | None = None, signer: P256Signer = CODE, *, issuer: str = ISSUER) -> str:
    """The same code as a JWT."""
    return encode_jwt(claims or some_claims(), signer, issuer=issuer)


def cwt_payload(claims: Claims | None = None) -> dict[object, object]:
    """The payload of a code as a map, to be bent out of shape."""
    payload = cbor2.loads(cose.encode_payload(claims or some_claims()))
    assert isinstance(payload, dict)
    return payload


def cwt_header(signer: P256Signer = CODE) -> dict[object, object]:
    """The protected header of a code as a map."""
    return {1: -7, 4: bytes.fromhex(signer.kid)}


def sign_cwt(
    payload: Mapping[object, object] | bytes | None = None,
    header: Mapping[object, object] | bytes | None = None,
    signer: P256Signer = CODE,
) -> list[object]:
    """The four items of a COSE_Sign1 over whatever is given, with a signature that holds."""
    protected = header if isinstance(header, bytes) else cbor2.dumps(header or cwt_header())
    content = payload if isinstance(payload, bytes) else cbor2.dumps(payload or cwt_payload())
    signed = cbor2.dumps(["Signature1", protected, b"", content])
    return [protected, {}, content, signer.sign(signed)]


def write_cwt(items: Sequence[object], tag: int = 18) -> str:
    """The digits of a tagged array."""
    return write_bytes(cbor2.dumps(cbor2.CBORTag(tag, list(items))))


def write_bytes(token: bytes) -> str:
    """The digits of any bytes."""
    return digits.encode(token)


def sign_jws(header: str, payload: str, signer: P256Signer = CODE) -> str:
    """A compact JWS over any header and payload text, with a signature that holds."""
    signing_input = f"{base64url.encode(header.encode())}.{base64url.encode(payload.encode())}"
    return f"{signing_input}.{base64url.encode(signer.sign(signing_input.encode()))}"
