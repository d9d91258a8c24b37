"""The holder's linked phones, and what they make codes from (token format 1.2)."""

from __future__ import annotations

from pydantic import Field

from ecard.web.answers.base import Answer, PublicId, Time

_DEVICE = "00112233445566778899aabbccddeeff"


class DeviceInfo(Answer):
    """A linked phone. An ended one gets no new credential; a lost one is a case for a loss report, which acts at once."""

    id: PublicId = Field(examples=[_DEVICE])
    label: str = Field(examples=["我的手机"])
    enrolled_at: Time
    last_seen_at: Time = Field(description="linked, or given credentials; RFC 3339, UTC")
    is_current: bool = Field(description="this session used it last", examples=[True])
    credentials_until: Time | None = Field(
        description="until when verifiers without a network may accept what it shows; null: it was given nothing",
        examples=["2026-11-25T06:00:00Z"],
    )
    ended_at: Time | None = Field(description="null: it counts", examples=[None])


class DeviceEnrolled(DeviceInfo):
    """The phone that is linked from now on, and those that had to make room for it."""

    retired: list[DeviceInfo]


class Devices(Answer):
    """The phones that count: one page."""

    items: list[DeviceInfo]
    next: None = Field(description="always null: there is one page", examples=[None])


class CredentialInfo(Answer):
    """One credential (token format 1.2): the phone makes codes from it between these times."""

    scene: str = Field(examples=["identity"])
    slot: int = Field(ge=0, examples=[0])
    issued_at: Time
    expires_at: Time = Field(examples=["2026-11-24T08:00:00Z"])
    credential: str = Field(description="its bytes, base64url", examples=["0oRHogEmBESrze8BoFg"])


class Credentials(Answer):
    """What was asked for, in that order."""

    credentials: list[CredentialInfo]
    server_time: Time = Field(description="RFC 3339, UTC; date codes by the difference, the phone's clock may be wrong")
