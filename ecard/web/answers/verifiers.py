"""A unit's verifiers: enrolment, sessions, and the sector's keys."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ecard.web.answers.base import EXAMPLE_TOKEN, Answer, Cursor, PublicId, Time
from ecard.web.answers.registers import UnitBrief
from ecard.web.answers.trust import TrustRoot

_VERIFIER = "0123456789abcdef0123456789abcdef"


class VerifierInfo(Answer):
    """A verifier of the unit."""

    id: PublicId = Field(examples=[_VERIFIER])
    label: str = Field(examples=["门诊窗口 3"])
    preset: Literal["gate", "hospital", "counter"] = Field(examples=["hospital"])
    state: Literal["waiting", "enrolled", "disabled"] = Field(examples=["waiting"])
    enrolled_at: Time | None = Field(examples=[None])
    last_seen_at: Time | None = Field(examples=[None])


class VerifierWithCode(VerifierInfo):
    """A verifier and the code that enrols its device; the code is shown this once."""

    enrolment_code: str = Field(examples=["ABCD-EFGH-JKLM"])
    enrolment_expires_at: Time = Field(examples=["2026-11-24T08:00:00Z"])


class Verifiers(Answer):
    """A page, newest first."""

    items: list[VerifierInfo]
    next: Cursor


class PolicyInfo(Answer):
    """By which rules the site judges codes offline (token format 4.1)."""

    preset: str = Field(examples=["hospital"])
    max_list_age: int = Field(description="seconds", examples=[3600])
    leeway: int = Field(description="seconds", examples=[30])
    scenes: list[str] | None = Field(description="null: every scene", examples=[["identity", "medical"]])


class EnrolledVerifier(Answer):
    """What a device needs to begin: who it is, the root to pin, the policy."""

    verifier_id: PublicId = Field(examples=[_VERIFIER])
    label: str = Field(examples=["门诊窗口 3"])
    preset: str = Field(examples=["hospital"])
    unit: UnitBrief
    root: TrustRoot
    policy: PolicyInfo


class SectorKeyInfo(Answer):
    """A sector's private key, wrapped to the verifier's `encryption_key`."""

    kid: str = Field(
        pattern="^[0-9a-f]{8}$", description="the key of the key set that claims are sealed to", examples=["0badcafe"]
    )
    scene: str = Field(examples=["medical"])
    not_before: Time
    expires_at: Time = Field(description="what was sealed before may be shown for a week after; RFC 3339, UTC")
    wrapped: str = Field(
        description="base64url: `kid` of the `encryption_key` (4 bytes), `enc` (32), ciphertext (48)",
        examples=["C63K_g" + "A" * 106],
    )


class SectorKeys(Answer):
    """All of them: one page."""

    items: list[SectorKeyInfo]
    next: None = Field(description="always null: there is one page", examples=[None])


class EncryptionKeyInfo(Answer):
    """The key that sector keys are wrapped to from now on."""

    kid: str = Field(
        pattern="^[0-9a-f]{8}$", description="the first four bytes of its RFC 7638 thumbprint", examples=["1c0ffee1"]
    )


class VerifierSession(Answer):
    """A token for `/verifications`; there is no refresh token, a new assertion opens a new session."""

    access_token: str = Field(examples=[EXAMPLE_TOKEN])
    token_type: Literal["Bearer"] = Field(examples=["Bearer"])
    expires_in: int = Field(description="seconds", examples=[600])
