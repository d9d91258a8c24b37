"""Makes codes, credentials and what a phone makes of them: one CBOR dump and one signature each (docs/token-format.md §1).

A signer hides where its key lives, so that a token of PKCS#11 can take the place of a key in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from signing import base64url, cose, digits, jwt, presentation, strict_json
from signing.claims import Claims, CredentialClaims, check_issuable
from signing.errors import ClaimsError
from signing.keys import ALGORITHM, COORDINATE_BYTES, kid_of


class Signer(Protocol):
    """A P-256 key that signs ES256."""

    @property
    def kid(self) -> str:
        """The key id: 8 hex digits, the first four bytes of the key's RFC 7638 thumbprint."""

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``: 64 bytes, ``r‖s``."""


class P256Signer:
    """A signer whose key is in memory. ``deterministic``: sign by RFC 6979, so that the same message gives the same bytes."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, *, deterministic: bool = False) -> None:
        self.kid = kid_of(key.public_key())
        self._key = key
        self._algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=deterministic)

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The key that verifies."""
        return self._key.public_key()

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(message, self._algorithm))
        return r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")


def encode_code(claims: Claims, signer: Signer) -> str:
    """A server code in digits, about 300 of them, that says ``claims``.

    Raises:
        ClaimsError: no verifier would accept these claims.
    """
    check_issuable(claims)
    return digits.encode(_sign(cose.protected_header(signer.kid), cose.encode_payload(claims), signer))


def encode_credential(claims: CredentialClaims, holder_key: ec.EllipticCurvePublicKey, signer: Signer) -> bytes:
    """A credential: ``claims``, signed over the P-256 key of the phone that will show them.

    Raises:
        ClaimsError: no verifier would accept these claims, a key of another curve, or more than fits into a device code.
    """
    check_issuable(claims)
    if not isinstance(holder_key.curve, ec.SECP256R1):
        raise ClaimsError("a phone's key is one of P-256")
    payload = cose.encode_credential_payload(claims, holder_key)
    credential = _sign(cose.protected_header(signer.kid), payload, signer)
    if len(credential) > presentation.MAX_CREDENTIAL_BYTES:
        raise ClaimsError(f"a credential of {len(credential)} bytes fits into no device code")
    return credential


def encode_presentation(credential: bytes, holder: Signer, *, now: int, challenge: int | None = None) -> str:
    """A device code in digits, about 600 of them: ``credential``, signed at ``now`` by the key that it names.

    Args:
        credential: what `encode_credential` has made for this key.
        holder: the phone's key.
        now: the phone's time, seconds since 1970.
        challenge: the number that a verifier shows and wants answered, 0 … 2^53 − 1.

    Raises:
        ClaimsError: not a credential, or a time or a challenge out of range.
    """
    payload = presentation.encode_payload(now, challenge)
    return digits.encode(_sign(presentation.protected_header(credential), payload, holder), digits.DEVICE_FORMAT)


def encode_jwt(claims: Claims, signer: Signer, *, issuer: str) -> str:
    """The same code as a compact JWS; ``issuer`` is the key set's ``iss``.

    Raises:
        ClaimsError: no verifier would accept these claims.
    """
    check_issuable(claims)
    return sign_compact(jwt.TYPE, jwt.payload_members(claims, issuer), signer)


def sign_compact(typ: str, payload: Mapping[str, object], signer: Signer) -> str:
    """A compact JWS (RFC 7515 §7.1) of ``payload`` whose header says ES256, the signer's ``kid`` and ``typ``."""
    signing_input = f"{protected_header(signer.kid, typ)}.{base64url.encode(strict_json.write(payload))}"
    return f"{signing_input}.{base64url.encode(signer.sign(signing_input.encode('ascii')))}"


def _sign(protected: bytes, payload: bytes, signer: Signer) -> bytes:
    """The COSE_Sign1 of a protected header, which has its CBOR head, and a payload."""
    content = cose.byte_string(payload)
    return cose.encode(protected, content, signer.sign(cose.signing_input(protected, content)))


@lru_cache(maxsize=64)
def protected_header(kid: str, typ: str) -> str:
    """The protected header that every JWS here has, in base64url."""
    return base64url.encode(strict_json.write({"alg": ALGORITHM, "kid": kid, "typ": typ}))
