"""What a holder's phone signs with its own key: that it holds the key, and which presentation keys it wants credentials for.

The keys that credentials are made over are others than the phone's own and fresh for each: nothing but the week's index is in two of them.
The clock of a phone may be wrong by hours: a request that is signed well and dated ill is told the time here.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from ecard.domain.errors import RefusedError
from ecard.domain.policies import CLOCK_LEEWAY, CREDENTIAL_SLOTS
from ecard.domain.scenes import SCENES
from ecard.services.verifier_proof import open_signed
from signing import MalformedError, SigningError, base64url, strict_json, thumbprint, to_jwk
from signing.keys import COORDINATE_BYTES

_DEVICE = "ecard-device+jws"
_CREDENTIALS = "ecard-credentials+jws"
_LEEWAY = int(CLOCK_LEEWAY.total_seconds())
_MOST_KEYS = len(SCENES) * CREDENTIAL_SLOTS
_MOST_NUMBER = 100


@dataclass(frozen=True, slots=True)
class PhoneKey:
    """A P-256 key of a phone. ``thumbprint`` is that of RFC 7638."""

    point: ec.EllipticCurvePublicKey

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key as a minimal JWK (RFC 7517)."""
        return {name: value for name, value in to_jwk(self.point).items() if name != "kid"}

    @property
    def thumbprint(self) -> bytes:
        """By which the same key is known again."""
        return thumbprint(self.point)


@dataclass(frozen=True, slots=True)
class WantedCredential:
    """One credential that a phone asks for, over a key of its own."""

    scene: str
    slot: int
    key: PhoneKey


@dataclass(frozen=True, slots=True)
class CredentialRequest:
    """A request that a phone's key has signed. ``number`` is its ``jti``; ``issued_at`` is in seconds since 1970."""

    number: str
    issued_at: int
    wanted: list[WantedCredential]


def parse_phone_key(x: str, y: str) -> PhoneKey:
    """The key of two coordinates in base64url.

    Raises:
        RefusedError: ``device_key_invalid``: not 32 bytes each, or no point of P-256.
    """
    try:
        return _point(x, y)
    except MalformedError as error:
        raise RefusedError("device_key_invalid") from error


def check_device_proof(proof: str, key: PhoneKey, *, audiences: Container[str], now: int) -> None:
    """Check that whoever enrols ``key`` holds it, now and here.

    Raises:
        RefusedError: ``device_proof_invalid``, ``device_clock_wrong``.
    """
    try:
        claims = open_signed(proof, key.jwk, _DEVICE)
        issued_at, audience = strict_json.integer(claims, "iat"), strict_json.text(claims, "aud")
    except SigningError as error:
        raise RefusedError("device_proof_invalid") from error
    if audience not in audiences:
        raise RefusedError("device_proof_invalid")
    _check_clock(issued_at, now)


def read_credential_request(
    request: str, key: dict[str, Any], *, audiences: Container[str], now: int
) -> CredentialRequest:
    """What a phone asks for, once its key's signature holds.

    Raises:
        RefusedError: ``credential_request_invalid``: signed otherwise, for somewhere else, or not a bounded list of scenes and
            slots, each once and over a key of its own; ``scene_unknown``; ``device_clock_wrong``.
    """
    try:
        claims = open_signed(request, key, _CREDENTIALS)
        issued_at, audience = strict_json.integer(claims, "iat"), strict_json.text(claims, "aud")
        number, entries = strict_json.text(claims, "jti"), strict_json.array(claims, "keys")
        if audience not in audiences or not 0 < len(number) <= _MOST_NUMBER or not 0 < len(entries) <= _MOST_KEYS:
            raise RefusedError("credential_request_invalid")
        _check_clock(issued_at, now)
        wanted = [_wanted(strict_json.as_object(entry, "keys")) for entry in entries]
    except SigningError as error:
        raise RefusedError("credential_request_invalid") from error
    _check_distinct(wanted, key)
    return CredentialRequest(number, issued_at, wanted)


def _wanted(entry: strict_json.Object) -> WantedCredential:
    scene, slot = strict_json.text(entry, "scene"), strict_json.integer(entry, "slot", most=CREDENTIAL_SLOTS - 1)
    if scene not in SCENES:
        raise RefusedError("scene_unknown")
    return WantedCredential(scene, slot, _point(strict_json.text(entry, "x"), strict_json.text(entry, "y")))


def _check_distinct(wanted: list[WantedCredential], own: dict[str, Any]) -> None:
    places = {(each.scene, each.slot) for each in wanted}
    points = {(own["x"], own["y"])} | {(jwk["x"], jwk["y"]) for jwk in (each.key.jwk for each in wanted)}
    if len(places) < len(wanted) or len(points) < len(wanted) + 1:
        raise RefusedError("credential_request_invalid")


def _check_clock(issued_at: int, now: int) -> None:
    if abs(issued_at - now) > _LEEWAY:
        raise RefusedError("device_clock_wrong", server_time=datetime.fromtimestamp(now, UTC))


def _point(x: str, y: str) -> PhoneKey:
    coordinates = [base64url.decode(text) for text in (x, y)]
    if any(len(coordinate) != COORDINATE_BYTES for coordinate in coordinates):
        raise MalformedError(f"a coordinate has {COORDINATE_BYTES} bytes")
    try:
        return PhoneKey(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + b"".join(coordinates)))
    except ValueError as error:
        raise MalformedError("the point is not on the curve") from error
