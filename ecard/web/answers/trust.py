"""Trust material that is JSON (token format 2)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ecard.web.answers.base import Answer

_COORDINATE = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
_ORDINATE = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"


class RootKey(Answer):
    """A public key of the root (RFC 7517)."""

    kty: Literal["EC"] = Field(examples=["EC"])
    crv: Literal["P-256"] = Field(examples=["P-256"])
    x: str = Field(examples=[_COORDINATE])
    y: str = Field(examples=[_ORDINATE])
    kid: str = Field(pattern="^[0-9a-f]{8}$", examples=["a1b2c3d4"])


class TrustRoot(Answer):
    """The root file (token format 2.1)."""

    issuer: str = Field(examples=["https://ecard.guangzhou.example"])
    threshold: int = Field(ge=1, description="signatures that a key set needs", examples=[1])
    keys: list[RootKey]


class KeySetSignature(Answer):
    """A root key's signature."""

    protected: str = Field(examples=["eyJhbGciOiJFUzI1NiJ9"])
    signature: str = Field(examples=["c2lnbmF0dXJl"])


class SignedKeySet(Answer):
    """The key set as a JWS in general JSON writing (RFC 7515 §7.2.1; token format 2.2)."""

    payload: str = Field(description="base64url of the key set", examples=["eyJ2ZXJzaW9uIjoxfQ"])
    signatures: list[KeySetSignature]


class CodeKey(RootKey):
    """A public key that signs codes."""

    alg: Literal["ES256"] = Field(examples=["ES256"])
    use: Literal["sig"] = Field(examples=["sig"])


class CodeKeys(Answer):
    """A JWK set (RFC 7517 §5)."""

    keys: list[CodeKey]
