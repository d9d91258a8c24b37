"""Who a gate is to the issuer: its own key, made here and never sent anywhere, and what the issuer called it at enrolment."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from signing import base64url, strict_json
from signing.errors import MalformedError
from signing.gate.private_files import MAX_BYTES, IdentityError, read_key, write_key, write_private
from signing.keys import generate_key, to_jwk
from signing.signer import P256Signer

KEY, IDENTITY, POLICY = "gate-key.pem", "gate.json", "policy.json"
SESSIONS = "/api/v1/verifiers/sessions"
ASSERTION_SECONDS = 55

_REQUIRED = ("server", "verifier_id", "label")
_ENCRYPTION_KID = "encryption_kid"


@dataclass(frozen=True, slots=True)
class Identity:
    """What the issuer called this gate, and knows of it.

    ``server``: its address, to which ``/api/v1/…`` is added; ``encryption_kid``: the key of the gate that it wraps sector keys to, None
    where it has none yet.
    """

    server: str
    verifier_id: str
    label: str
    encryption_kid: str | None = None

    def save(self, folder: Path) -> None:
        """Keeps it in ``folder``."""
        members = {name: getattr(self, name) for name in _REQUIRED}
        if self.encryption_kid is not None:
            members[_ENCRYPTION_KID] = self.encryption_kid
        write_private(folder / IDENTITY, strict_json.write(members))

    @classmethod
    def load(cls, folder: Path) -> Identity | None:
        """What ``folder`` keeps; None where the gate was never enrolled.

        Raises:
            IdentityError: the file is broken.
        """
        try:
            data = (folder / IDENTITY).read_bytes()[:MAX_BYTES]
        except FileNotFoundError:
            return None
        try:
            members = strict_json.parse_object(data)
            kid = strict_json.text(members, _ENCRYPTION_KID) if _ENCRYPTION_KID in members else None
            server, verifier_id, label = (strict_json.text(members, name) for name in _REQUIRED)
            return cls(server, verifier_id, label, kid)
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
        write_key(folder / KEY, made)
        return cls(made)

    @classmethod
    def load(cls, folder: Path) -> DeviceKey | None:
        """The key in ``folder``; None where there is none.

        Raises:
            IdentityError: not a key, or a file that others can read.
        """
        path = folder / KEY
        key = read_key(path)
        if key is None:
            return None
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

    def enrolment_request(self, code: str, now: int, encryption_jwk: Mapping[str, str]) -> dict[str, object]:
        """``code``, the public keys, and the proof that whoever sends them holds the key, and that this encryption key is his."""
        claims = {"code": code, "iat": now, "encryption_key": encryption_jwk}
        proof = self._sign({"typ": "ecard-enrolment+jws"}, claims)
        return {"code": code, "public_key": self.public_jwk(), "encryption_key": dict(encryption_jwk), "proof": proof}

    def encryption_key_proof(self, verifier_id: str, now: int, encryption_jwk: Mapping[str, str]) -> str:
        """That this encryption key is the one of the gate ``verifier_id``, which was enrolled without it."""
        claims = {"iss": verifier_id, "iat": now, "encryption_key": encryption_jwk}
        return self._sign({"typ": "ecard-encryption-key+jws"}, claims)

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
