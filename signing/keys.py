"""P-256 keys as JSON Web Keys: reading, naming, verifying, making (RFC 7517, RFC 7638; docs/token-format.md §2.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from signing import base64url, strict_json
from signing.errors import MalformedError
from signing.jws import JwsKey

ALGORITHM = "ES256"
COORDINATE_BYTES = 32
SIGNATURE_BYTES = 2 * COORDINATE_BYTES

_P256 = ec.SECP256R1()
# How DER begins numbers of 32 bytes, which take a zero byte more where their highest bit is set.
_DER_SEQUENCE = (b"\x30\x44", b"\x30\x45", b"\x30\x46")
_DER_INTEGER = (b"\x02\x20", b"\x02\x21\x00")
_ECDSA_OF_DIGEST = ec.ECDSA(Prehashed(hashes.SHA256()))


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A P-256 key that verifies ES256: ``point`` for codes, ``jws`` for signed documents.

    ``kid``: 8 hex digits, the first four bytes of its RFC 7638 thumbprint.
    """

    kid: str
    point: ec.EllipticCurvePublicKey
    jws: JwsKey

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether ``signature``, ``r‖s`` of 32 bytes each, is this key's over ``message``."""
        return verifies(self.point, signature, message)


def verifies(point: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> bool:
    """Whether ``signature``, ``r‖s`` of 32 bytes each, is over ``message`` by ES256 and the key ``point``."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        point.verify(_to_der(signature), hashlib.sha256(message).digest(), _ECDSA_OF_DIGEST)
    except InvalidSignature:
        return False
    return True


def decompress(point: bytes) -> ec.EllipticCurvePublicKey | None:
    """The key of a compressed point (SEC 1 §2.3.4); None where P-256 has no such point."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_P256, point)
    except ValueError:
        return None


def generate_key() -> ec.EllipticCurvePrivateKey:
    """A new P-256 private key."""
    return ec.generate_private_key(ec.SECP256R1())


def thumbprint(key: ec.EllipticCurvePublicKey) -> bytes:
    """The SHA-256 thumbprint of RFC 7638."""
    return hashlib.sha256(strict_json.write(dict(sorted(_coordinates(key).items())))).digest()


def kid_of(key: ec.EllipticCurvePublicKey) -> str:
    """The key id: the first four bytes of the thumbprint in hex."""
    return thumbprint(key)[:4].hex()


def to_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public JWK, as the root file holds it."""
    return {**_coordinates(key), "kid": kid_of(key)}


def parse_jwk(jwk: strict_json.Object) -> PublicKey:
    """The key of a public P-256 JWK.

    Raises:
        MalformedError: another kind of key, a point off the curve, or a ``kid`` that is not its thumbprint's.
    """
    if (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256"):
        raise MalformedError("not a P-256 key")
    x, y = (base64url.decode(strict_json.text(jwk, name)) for name in ("x", "y"))
    if len(x) != COORDINATE_BYTES or len(y) != COORDINATE_BYTES:
        raise MalformedError(f"a coordinate has {COORDINATE_BYTES} bytes")
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
    except ValueError as error:
        raise MalformedError("the point is not on the curve") from error
    if jwk.get("kid") != kid_of(point):
        raise MalformedError("'kid' is not the key's thumbprint")
    return PublicKey(kid_of(point), point, JwsKey.from_jwk(to_jwk(point)))


def _to_der(signature: bytes) -> bytes:
    """``r‖s`` as `cryptography` takes it: two INTEGERs in a SEQUENCE."""
    r, s = signature[:COORDINATE_BYTES], signature[COORDINATE_BYTES:]
    if not (r[0] and s[0]):  # shorter numbers: about one in 128
        return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    r_high, s_high = r[0] >> 7, s[0] >> 7
    return b"".join((_DER_SEQUENCE[r_high + s_high], _DER_INTEGER[r_high], r, _DER_INTEGER[s_high], s))


def _coordinates(key: ec.EllipticCurvePublicKey) -> Mapping[str, str]:
    numbers = key.public_numbers()
    x, y = (base64url.encode(number.to_bytes(COORDINATE_BYTES, "big")) for number in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}
