"""What a verifier signs with its own key: a proof of possession at enrolment, an encryption key, an assertion at each session."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from ecard.domain.errors import RefusedError
from ecard.domain.policies import ASSERTION_LIFETIME
from ecard.store.models import Verifier
from signing import MalformedError, SigningError, strict_json
from signing.jws import JwsError, JwsKey, parse_compact
from signing.jws import verify as verify_jws
from signing.sealing_keys import SealingKey, parse_sealing_point

_ENROLMENT = "ecard-enrolment+jws"
_ASSERTION = "ecard-assertion+jws"
_ENCRYPTION_KEY = "ecard-encryption-key+jws"
_LEEWAY = 300
_MEMBERS = ("kty", "crv", "x", "y")
_POINT_MEMBERS = ("kty", "crv", "x")


def check_enrolment_proof(
    proof: str, public_key: dict[str, Any], code: str, *, now: int, encryption_key: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The device's key as a minimal public JWK, once the proof shows that it signed this very code, and this very ``encryption_key``.

    Raises:
        RefusedError: ``proof_invalid``.
    """
    key = {name: public_key.get(name) for name in _MEMBERS}
    try:
        claims = open_signed(proof, key, _ENROLMENT)
        holds = claims.get("code") == code and _is_fresh(claims, now) and _names(claims, encryption_key)
    except SigningError as error:
        raise RefusedError("proof_invalid") from error
    if not holds:
        raise RefusedError("proof_invalid")
    return key


def check_encryption_key(proof: str, encryption_key: dict[str, Any], verifier: Verifier, *, now: int) -> SealingKey:
    """The X25519 key that a verifier which was enrolled before says is its own, once its enrolled key has signed that.

    Raises:
        RefusedError: ``proof_invalid``.
    """
    try:
        claims = open_signed(proof, verifier.public_key or {}, _ENCRYPTION_KEY)
        holds = claims.get("iss") == verifier.public_id and _is_fresh(claims, now) and _names(claims, encryption_key)
    except SigningError as error:
        raise RefusedError("proof_invalid") from error
    if not holds:
        raise RefusedError("proof_invalid")
    return read_encryption_key(encryption_key)


def read_encryption_key(jwk: dict[str, Any]) -> SealingKey:
    """A public X25519 JWK (RFC 8037).

    Raises:
        RefusedError: ``proof_invalid`` for another kind of key, or a point that nothing can be sealed to.
    """
    try:
        return parse_sealing_point(jwk)
    except SigningError as error:
        raise RefusedError("proof_invalid") from error


def _is_fresh(claims: dict[str, object], now: int) -> bool:
    return abs(strict_json.integer(claims, "iat") - now) <= _LEEWAY


def _names(claims: dict[str, object], encryption_key: dict[str, Any] | None) -> bool:
    """Whether what was signed is this encryption key, or none where there is none: nobody on the way put in or took out one."""
    signed = claims.get("encryption_key")
    if encryption_key is None or not isinstance(signed, dict):
        return encryption_key is None and signed is None
    return [signed.get(name) for name in _POINT_MEMBERS] == [encryption_key.get(name) for name in _POINT_MEMBERS]


def claimed_verifier(assertion: str) -> str:
    """Whom an assertion says it is from, before it is checked.

    Raises:
        RefusedError: ``assertion_invalid``.
    """
    try:
        claimed = strict_json.text(parse_compact(assertion).header, "kid")
    except MalformedError as error:
        raise RefusedError("assertion_invalid") from error
    if not claimed.isascii():  # half a surrogate pair is a text for JSON, and for no database
        raise RefusedError("assertion_invalid")
    return claimed


def check_assertion(assertion: str, verifier: Verifier, *, audiences: Container[str], now: int) -> tuple[str, int]:
    """Check signature, type, issuer, audience and times; returns ``jti`` and ``exp``.

    Raises:
        RefusedError: ``assertion_invalid``.
    """
    try:
        claims = open_signed(assertion, verifier.public_key or {}, _ASSERTION)
        issued, expires = strict_json.integer(claims, "iat"), strict_json.integer(claims, "exp")
        number = strict_json.text(claims, "jti")
        right = strict_json.text(claims, "iss") == verifier.public_id and strict_json.text(claims, "aud") in audiences
    except SigningError as error:
        raise RefusedError("assertion_invalid") from error
    in_time = abs(issued - now) <= _LEEWAY and 0 < expires - issued <= ASSERTION_LIFETIME.total_seconds()
    if not (right and in_time):
        raise RefusedError("assertion_invalid")
    return number, expires


def open_signed(token: str, key: dict[str, Any], typ: str) -> dict[str, object]:
    """The claims of a compact JWS of type ``typ`` that a P-256 key has signed.

    Raises:
        SigningError: it has not, or it is something else.
    """
    parsed = parse_compact(token)
    if parsed.header.get("typ") != typ or key.get("crv") != "P-256":
        raise JwsError("a token of another type")
    verify_jws(parsed, JwsKey.from_jwk(key))
    return dict(strict_json.parse_object(parsed.payload))
