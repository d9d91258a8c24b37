"""Who a gate is to the issuer: its own key, made here and never sent anywhere, and what the issuer called it at enrolment."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signing import base64url, strict_json
from signing.errors import MalformedError
from signing.keys import generate_key, to_jwk
from signing.signer import P256Signer

KEY, IDENTITY, POLICY = "gate-key.pem", "gate.json", "policy.json"
SESSIONS = "/api/v1/verifiers/sessions"
ASSERTION_SECONDS = 55

_OWNER_ONLY = 0o600
_OTHERS = 0o077
_MAX_BYTES = 64 * 1024


class IdentityError(Exception):
    """The gate's key or its identity cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the issuer called this gate. ``server``: its address, to which ``/api/v1/…`` is added."""

    server: str
    verifier_id: str
    label: str

    def save(self, folder: Path) -> None:
        """Keeps it in ``folder``."""
        members = {"server": self.server, "verifier_id": self.verifier_id, "label": self.label}
        write_private(folder / IDENTITY, strict_json.write(members))

    @classmethod
    def load(cls, folder: Path) -> Identity | None:
        """What ``folder`` keeps; None where the gate was never enrolled.

        Raises:
            IdentityError: the file is broken.
        """
        try:
            data = (folder / IDENTITY).read_bytes()[:_MAX_BYTES]
        except FileNotFoundError:
            return None
        try:
            members = strict_json.parse_object(data)
            return cls(*(strict_json.text(members, name) for name in cls.__slots__))
        except MalformedError as error:
            raise IdentityError(f"{folder / IDENTITY}: {error}; enrol the gate again") from error


class DeviceKey:
    """A P-256 key that signs what the issuer must believe to be from this gate."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._signer = P256Signer(key)

    @classmethod
    def open_or_make(cls, folder: Path) -> DeviceKey:
        """The key in ``folder``, made where there is none: an enrolment whose answer was lost goes on with the same key.

        Raises:
            IdentityError: not a key, or a file that others can read.
        """
        key = cls.load(folder)
        if key is not None:
            return key
        made = generate_key()
        pem = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(folder / KEY, pem)
        return cls(made)

    @classmethod
    def load(cls, folder: Path) -> DeviceKey | None:
        """The key in ``folder``; None where there is none.

        Raises:
            IdentityError: not a key, or a file that others can read.
        """
        path = folder / KEY
        try:
            if os.name != "nt" and path.stat().st_mode & _OTHERS:
                raise IdentityError(f"{path} can be read by others: chmod 600 it, and enrol again if they may have")
            key = serialization.load_pem_private_key(path.read_bytes()[:_MAX_BYTES], password=None)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise IdentityError(f"{path} is no key: remove it and enrol the gate again") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise IdentityError(f"{path} is no P-256 key: remove it and enrol the gate again")
        return cls(key)

    @property
    def kid(self) -> str:
        """8 hex digits."""
        return self._signer.kid

    def public_jwk(self) -> dict[str, str]:
        """The public key as the enrolment sends it."""
        return {name: value for name, value in to_jwk(self._signer.public_key).items() if name != "kid"}

    def enrolment_request(self, code: str, now: int) -> dict[str, object]:
        """``code``, the public key, and the proof that whoever sends them holds the private one."""
        proof = self._sign({"typ": "ecard-enrolment+jws"}, {"code": code, "iat": now})
        return {"code": code, "public_key": self.public_jwk(), "proof": proof}

    def assertion(self, verifier_id: str, now: int) -> str:
        """That this is the gate ``verifier_id``, at ``now``; it opens one session."""
        claims = {
            "iss": verifier_id,
            "aud": SESSIONS,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": secrets.token_hex(16),
        }
        return self._sign({"typ": "ecard-assertion+jws", "kid": verifier_id}, claims)

    def _sign(self, header: Mapping[str, object], payload: Mapping[str, object]) -> str:
        parts = (strict_json.write({"alg": "ES256", **header}), strict_json.write(payload))
        signing_input = ".".join(map(base64url.encode, parts))
        return f"{signing_input}.{base64url.encode(self._signer.sign(signing_input.encode('ascii')))}"


def write_private(path: Path, data: bytes) -> None:
    """Writes a file that nobody but its owner reads, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
