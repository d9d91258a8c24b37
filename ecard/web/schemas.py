"""What requests look like. Unknown members are refused; lengths are bounded; the OpenAPI document is made from these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ecard.domain.purposes import LookupPurpose, VerificationPurpose
from ecard.services.cancellation import CancellationReason
from ecard.services.codes import CodeForm

_LINE = r"^[^\x00-\x1f\x7f]*$"
"""No control characters: PostgreSQL stores no NUL, and nobody means the others."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_LINE)]
PublicId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Delivery = Literal["cookie", "body"]


class Schema(BaseModel):
    """Base of all request bodies."""

    model_config = ConfigDict(extra="forbid")


class Empty(Schema):
    """A body without members."""


class SmsCodeRequest(Schema):
    """Ask for a one-time code."""

    phone: Text = Field(examples=["19900000001"])


class CitizenSignIn(Schema):
    """Sign in with the code received."""

    phone: Text = Field(examples=["19900000001"])
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=12)] = Field(
        examples=["428910"]
    )
    delivery: Delivery = Field("body", description="tokens in HttpOnly cookies (browsers) or in the body (apps)")


class StaffSignInRequest(Schema):
    """Staff credentials."""

    username: Text
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    totp: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\d{6}$")] = Field(examples=["123456"])
    delivery: Delivery = "body"


class Binding(Schema):
    """Bind the card on record."""

    document_number: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    name: Text


class CodeRequest(Schema):
    """Ask for a code."""

    scene: Annotated[str, StringConstraints(max_length=40)] = Field(examples=["identity"])
    form: CodeForm = CodeForm.DIGITS


class CardLookup(Schema):
    """Find a card at the counter."""

    document_number: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    purpose: LookupPurpose | None = Field(None, description="without one the answer is masked")


class LossReport(Schema):
    """A loss report taken by staff: at an outlet the document was seen, on the phone the caller was verified."""

    document_seen: bool = False
    caller_verified: bool = False


class LossReportWithdrawal(Schema):
    """A withdrawal at an outlet (Art. 22)."""

    document_seen: bool = False


class CancellationProposalRequest(Schema):
    """Why a card is to be cancelled (Art. 26)."""

    reason: CancellationReason
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]


class VerifierRequest(Schema):
    """A new verifier of the unit."""

    label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=_LINE)] = Field(
        examples=["门诊窗口 3"]
    )
    preset: Literal["gate", "hospital", "counter"]


class Enrolment(Schema):
    """Enrol a verifier: the one-time code, the device's public key, and a proof that it holds the private one."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(examples=["ABCD-EFGH-JKLM"])
    public_key: dict[str, Any]
    proof: Annotated[str, StringConstraints(max_length=4096)]


class VerifierAssertion(Schema):
    """A signed statement by which an enrolled verifier opens a session."""

    assertion: Annotated[str, StringConstraints(max_length=4096)]


class OnlineVerification(Schema):
    """Verify a code online: single use, live state, granted attributes."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=8192)]
    purpose: VerificationPurpose
    operator: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=_LINE)]


class CardPath(BaseModel):
    """A card's outside identifier."""

    card_id: PublicId


class ProposalPath(BaseModel):
    """A proposal's outside identifier."""

    proposal_id: PublicId


class VerifierPath(BaseModel):
    """A verifier's outside identifier."""

    verifier_id: PublicId


class ShardPath(BaseModel):
    """A status list's shard: the week of expiry, counted from 1970."""

    shard: Annotated[int, Field(ge=0, le=10_000_000)]


class Page(BaseModel):
    """Paging: ``cursor`` is ``next`` of the page before."""

    cursor: Annotated[int, Field(ge=0, le=2**62)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class ProposalPage(Page):
    """Paging over proposals."""

    state: Literal["open", "all"] = "open"


class CardView(BaseModel):
    """How the holder's own card is shown."""

    reveal: bool = Field(False, description="holder's name and document number in full")
