"""Verifier devices with keys of their own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from ecard.domain.actors import Actor, Role
from ecard.services.verifiers import create_verifier, enrol_verifier, verifier_actor
from signing import generate_key, to_jwk
from tests.town import Town

SESSIONS = "/api/v1/verifiers/sessions"


@dataclass
class Device:
    """A phone or gate that holds a key; ``verifier_id`` once it is enrolled."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=generate_key)
    verifier_id: str = ""

    @property
    def jwk(self) -> dict[str, Any]:
        """Its public key."""
        return {name: value for name, value in to_jwk(self.key.public_key()).items() if name != "kid"}

    def proof(self, code: str, now: int, *, key: ec.EllipticCurvePrivateKey | None = None, **changes: Any) -> str:
        """That it holds the key, for one enrolment code."""
        claims = {"code": code, "iat": now} | changes
        return jwt.encode(claims, key or self.key, "ES256", {"typ": "ecard-enrolment+jws"})

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


def an_enrolled_device(town: Town, unit: int | None = None) -> tuple[Device, Actor]:
    """A device of the unit, enrolled through the services, and how the services know it."""
    unit = unit or town.a_unit()
    device = Device()
    with town.foundation.uow.write() as tx:
        _, code = create_verifier(tx, admin_of(unit), "门诊窗口 3", "hospital")
        verifier = enrol_verifier(tx, code, device.jwk)
        device.verifier_id = verifier.public_id
        return device, verifier_actor(verifier)
