"""Verifier devices with keys of their own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ecard.domain.actors import Actor, Role
from ecard.services.verifiers import create_verifier, enrol_verifier, verifier_actor
from signing import generate_key
from signing.sealing_keys import sealing_kid, to_sealing_jwk
from tests.services.phones import jwk_of
from tests.town import Town

SESSIONS = "/api/v1/verifiers/sessions"


@dataclass
class Device:
    """A phone or gate that holds a key; ``verifier_id`` once it is enrolled."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=generate_key)
    verifier_id: str = ""
    encryption: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)

    @property
    def jwk(self) -> dict[str, Any]:
        """Its public key."""
        return jwk_of(self.key)

    def proof(self, code: str, now: int, *, key: ec.EllipticCurvePrivateKey | None = None, **changes: Any) -> str:
        """That it holds the key, for one enrolment code."""
        claims = {"code": code, "iat": now} | changes
        return jwt.encode(claims, key or self.key, "ES256", {"typ": "ecard-enrolment+jws"})

    @property
    def point(self) -> bytes:
        """Its public X25519 key, as the table holds it."""
        return self.encryption.public_key().public_bytes_raw()

    @property
    def encryption_jwk(self) -> dict[str, Any]:
        """Its public X25519 key, as it sends it."""
        return {name: value for name, value in to_sealing_jwk(self.encryption.public_key()).items() if name != "kid"}

    def encryption_proof(self, now: int, *, key: ec.EllipticCurvePrivateKey | None = None, **changes: Any) -> str:
        """That its X25519 key is its own."""
        claims = {"iss": self.verifier_id, "iat": now, "encryption_key": self.encryption_jwk} | changes
        return jwt.encode(claims, key or self.key, "ES256", {"typ": "ecard-encryption-key+jws"})

    def unwrap(self, wrapped: bytes) -> bytes:
        """What was wrapped to it (RFC 9180), whatever the service thinks that this is called."""
        kid, sealed = wrapped[:4].hex(), wrapped[4:]
        assert kid == sealing_kid(self.encryption.public_key())
        info = b"ecard sector key 1\0" + self.verifier_id.encode()
        return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM).decrypt(sealed, self.encryption, info=info)

    def assertion(self, now: int, *, typ: str = "ecard-assertion+jws", kid: str | None = None, **changes: Any) -> str:
        """That it is itself, now; ``None`` leaves a claim out."""
        claims = {
            "iss": self.verifier_id,
            "aud": SESSIONS,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_hex(8),
        } | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.key, "ES256", {"typ": typ, "kid": self.verifier_id if kid is None else kid})


def admin_of(unit: int) -> Actor:
    """The administrator of a unit."""
    return Actor(Role.UNIT_ADMIN, "staff:9", unit_id=unit)


def an_enrolled_device(town: Town, unit: int | None = None, *, can_open: bool = False) -> tuple[Device, Actor]:
    """A device of the unit, enrolled through the services, and how the services know it. ``can_open``: with an X25519 key."""
    unit = unit or town.a_unit()
    device = Device()
    with town.foundation.uow.write() as tx:
        _, code = create_verifier(tx, admin_of(unit), "门诊窗口 3", "hospital")
        verifier = enrol_verifier(tx, code, device.jwk, device.point if can_open else None)
        device.verifier_id = verifier.public_id
        return device, verifier_actor(verifier)
