"""A city whose keys, cards and clock never change: the builders behind every vector."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from signing import (
    Claims,
    CredentialClaims,
    P256Signer,
    Scene,
    SealedClaims,
    base64url,
    cose,
    describe_key,
    describe_seal_key,
    digits,
    encode_code,
    encode_credential,
    encode_jwt,
    encode_presentation,
)

ISSUER = "https://ecard.guangzhou.example"
NOW = 1_795_000_100
WEEK = 604_800
SHARD = NOW // WEEK
SHARD_SIZE = 1024

IDENTITY = Scene(1, "identity")
TRANSIT = Scene(2, "transit", ("concession", "pseudonym"))
MEDICAL = Scene(3, "medical", ("sealed",))
LIBRARY = Scene(4, "library", ("shelf",))
"""A scene with an attribute that this version of the format does not know yet."""
SCENES = (IDENTITY, TRANSIT, MEDICAL, LIBRARY)
TRANSIT_ATTRIBUTES: Mapping[str, int | bytes] = {"concession": 1, "pseudonym": bytes(range(8))}
MEDICAL_ATTRIBUTES: Mapping[str, int | bytes] = {
    "sealed": bytes.fromhex(
        "5e7a53319e42b5de59de5a70513e407ae259f7ea6c54391895ab59dbcfa36d660caa773a1f6213a0c67bb5249f5c776374ee4a7d9d22635c19c8c89533774b4375988bb11452105ffc99d83c470df7ffbe9659eb"
    )
}
PATIENT = SealedClaims("陈美玲", "440106198001010012", 1)
"""What is sealed in `MEDICAL_ATTRIBUTES`, once and for all: sealing again would give other bytes."""
ATTRIBUTES = {TRANSIT: TRANSIT_ATTRIBUTES, MEDICAL: MEDICAL_ATTRIBUTES}

INDEX, REVOKED_INDEX, REVOKED_LATER, WITHDRAWN = 7, 5, 9, 6

GROUP_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def a_signer(name: str) -> P256Signer:
    """The key of this name: its private number is a hash of the name, for it guards nothing."""
    secret = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") % (GROUP_ORDER - 1) + 1
    return P256Signer(ec.derive_private_key(secret, ec.SECP256R1()), deterministic=True)


ROOT, SECOND_ROOT, STRANGER = a_signer("root"), a_signer("second root"), a_signer("stranger")
CODE, RETIRED_CODE, COMING_CODE = a_signer("code"), a_signer("retired code"), a_signer("coming code")
REVOKED_CODE = a_signer("revoked code")
PHONE, OTHER_PHONE = a_signer("phone"), a_signer("other phone")
SECTOR = X25519PrivateKey.from_private_bytes(hashlib.sha256(b"medical").digest())
"""The medical sector's private key."""
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
        attributes = ATTRIBUTES.get(scene, {})
    return Claims(scene, index, token_id, issued_at, expires_at, attributes)


def credential_claims(
    *,
    scene: Scene = TRANSIT,
    index: int = INDEX,
    issued_at: int = NOW - 3600,
    expires_at: int = NOW + 40_000,
) -> CredentialClaims:
    """Claims of a credential that a phone fetched an hour ago and that dies this week."""
    return CredentialClaims(scene, index, issued_at, expires_at, ATTRIBUTES.get(scene, {}))


def a_credential(
    claims: CredentialClaims | None = None, holder: P256Signer = PHONE, signer: P256Signer = CODE
) -> bytes:
    """A credential of the city's citizen with a phone."""
    return encode_credential(claims or credential_claims(), holder.public_key, signer)


def a_device_code(
    claims: CredentialClaims | None = None,
    *,
    signer: P256Signer = CODE,
    now: int = NOW,
    challenge: int | None = None,
) -> str:
    """A device code that the phone has made just now."""
    return encode_presentation(a_credential(claims, signer=signer), PHONE, now=now, challenge=challenge)


def more_keys(not_before: int, expires_at: int) -> list[dict[str, object]]:
    """A code key that was stolen yesterday, and the key that medical claims are sealed to, as a key set lists them."""
    window = {"not_before": not_before, "expires_at": expires_at}
    return [
        {**describe_key(REVOKED_CODE.public_key, "code", **window), "revoked": NOW - 86_400},
        describe_seal_key(SECTOR.public_key(), MEDICAL.name, **window),
    ]


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
    protected = header if isinstance(header, bytes) else cbor2.dumps(cwt_header() if header is None else header)
    content = payload if isinstance(payload, bytes) else cbor2.dumps(cwt_payload() if payload is None else payload)
    signed = cbor2.dumps(["Signature1", protected, b"", content])
    return [protected, {}, content, signer.sign(signed)]


def credential_payload(claims: CredentialClaims | None = None, holder: P256Signer = PHONE) -> dict[object, object]:
    """The payload of a credential as a map, to be bent out of shape."""
    payload = cbor2.loads(cose.encode_credential_payload(claims or credential_claims(), holder.public_key))
    assert isinstance(payload, dict)
    return payload


def sign_presentation(
    credential: bytes | None = None,
    payload: Mapping[object, object] | bytes | None = None,
    header: bytes | None = None,
    signer: P256Signer = PHONE,
) -> list[object]:
    """The four items of a presentation of whatever is given, with a signature that holds; ``header`` is a protected header's content."""
    protected = b"\xa2\x01\x26\x0d" + (credential or a_credential()) if header is None else header
    return sign_cwt({6: NOW} if payload is None else payload, protected, signer)


def token_of(text: str) -> bytes:
    """The bytes behind digits."""
    number = int(text[3:])
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def write_device(token: Sequence[object] | bytes) -> str:
    """The digits of a device code: of its four items, or of any bytes."""
    data = token if isinstance(token, bytes) else cbor2.dumps(cbor2.CBORTag(18, list(token)))
    return digits.encode(data, digits.DEVICE_FORMAT)


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
