"""X25519 keys as JSON Web Keys (RFC 8037): what claims, and sector keys on their way to a verifier, are sealed to.

docs/token-format.md §1.5, §2.2.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from signing import base64url, strict_json
from signing.errors import MalformedError

SEALING_ALGORITHM = "HPKE-3"
"""JOSE's name of DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM."""
PUBLIC_BYTES = 32


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A public X25519 key. ``kid``: 8 hex digits, the first four bytes of its RFC 7638 thumbprint."""

    kid: str
    key: X25519PublicKey


def sealing_kid(key: X25519PublicKey) -> str:
    """The key id: the first four bytes of the RFC 7638 thumbprint in hex."""
    return hashlib.sha256(strict_json.write(_members(key))).digest()[:4].hex()


def to_sealing_jwk(key: X25519PublicKey) -> dict[str, str]:
    """The public JWK, with its ``kid``."""
    return {**_members(key), "kid": sealing_kid(key)}


def parse_sealing_jwk(jwk: strict_json.Object) -> SealingKey:
    """The key of a public X25519 JWK that names itself.

    Raises:
        MalformedError: as `parse_sealing_point`, or a ``kid`` that is not its thumbprint's.
    """
    key = parse_sealing_point(jwk)
    if jwk.get("kid") != key.kid:
        raise MalformedError("'kid' is not the key's thumbprint")
    return key


def parse_sealing_point(jwk: strict_json.Object) -> SealingKey:
    """The key of a public X25519 JWK, whatever ``kid`` it says, if any.

    Raises:
        MalformedError: another kind of key, or a point of another length or of small order.
    """
    if (jwk.get("kty"), jwk.get("crv")) != ("OKP", "X25519"):
        raise MalformedError("not an X25519 key")
    x = base64url.decode(strict_json.text(jwk, "x"))
    if len(x) != PUBLIC_BYTES or x in _SMALL_ORDER:
        raise MalformedError("not a point to seal to")
    key = X25519PublicKey.from_public_bytes(x)
    return SealingKey(sealing_kid(key), key)


def _members(key: X25519PublicKey) -> dict[str, str]:
    return {"crv": "X25519", "kty": "OKP", "x": base64url.encode(key.public_bytes_raw())}


_P = 2**255 - 19
_SMALL_ORDER = frozenset(
    value.to_bytes(PUBLIC_BYTES, "little")
    for value in (
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        _P - 1,
        _P,
        _P + 1,
    )
)
"""Points with which every shared secret is zero (RFC 7748 §6.1)."""
