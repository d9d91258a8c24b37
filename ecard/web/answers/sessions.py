"""Sign-in, and who is signed in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ecard.domain.actors import Role
from ecard.web.answers.base import EXAMPLE_TOKEN, Answer, Time
from ecard.web.answers.registers import BankBrief, OutletOfBank, UnitBrief


class SmsCodeSent(Answer):
    """How long the code counts, and when the next may be asked for."""

    expires_in: int = Field(description="seconds", examples=[300])
    retry_after: int = Field(description="seconds", examples=[60])


class SessionInfo(Answer):
    """Who is signed in."""

    id: str = Field(examples=["kq3mD1ZBX0yS7mE6l2a9Wg"])
    role: Role = Field(examples=["citizen"])
    expires_at: Time = Field(description="when the session must be opened anew; RFC 3339, UTC")
    name: str | None = Field(description="of a citizen masked, null before binding", examples=["林*远"])
    phone: str | None = Field(description="of a bound citizen, masked", examples=["199****0001"])
    bound: bool | None = Field(description="of a citizen: whether a card is bound; null for staff", examples=[True])
    bank: BankBrief | None = Field(description="a bank's staff", examples=[None])
    outlet: OutletOfBank | None = Field(description="staff at an outlet", examples=[None])
    unit: UnitBrief | None = Field(description="an application unit's staff", examples=[None])


class SignedIn(Answer):
    """The session; the tokens only with delivery `body`, else they are in the cookies that came along."""

    session: SessionInfo
    access_token: str | None = Field(None, description="for `Authorization: Bearer`", examples=[EXAMPLE_TOKEN])
    refresh_token: str | None = Field(None, description="counts once, at `/sessions/refresh`", examples=[EXAMPLE_TOKEN])
    token_type: Literal["Bearer"] | None = Field(None, examples=["Bearer"])
    expires_in: int | None = Field(None, description="seconds that the access token counts", examples=[600])
