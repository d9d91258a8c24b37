"""What requests look like. Unknown members are refused; lengths are bounded; the OpenAPI document is made from these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ecard.domain.purposes import LookupPurpose, VerificationPurpose
from ecard.services.cancellation import CancellationReason
from ecard.services.codes import CodeForm

_LINE = r"^[^\x00-\x1f\x7f]*$"
"""No control characters: PostgreSQL stores no NUL, and nobody means the others."""

_X25519 = {"kty": "OKP", "crv": "X25519", "x": "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"}
_YEAR_2020, _YEAR_2100 = 1_577_836_800, 4_102_444_800
"""A gate's clock may be wrong; beyond these it is no time at all."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_LINE)]
PublicId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Delivery = Literal["cookie", "body"]
Coordinate = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


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

    username: Text = Field(examples=["clerk"])
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(examples=["correct horse"])
    totp: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\d{6}$")] = Field(examples=["123456"])
    delivery: Delivery = "body"


class Binding(Schema):
    """Bind the card on record."""

    document_number: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(
        examples=["440100199006120172"]
    )
    name: Text = Field(examples=["林志远"])


class PhoneKeyJwk(BaseModel):
    """A public P-256 key as a JWK (RFC 7517); other public members are passed over."""

    kty: Literal["EC"] = Field(examples=["EC"])
    crv: Literal["P-256"] = Field(examples=["P-256"])
    x: Coordinate = Field(examples=["MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"])
    y: Coordinate = Field(examples=["4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"])


class DeviceEnrolment(Schema):
    """Link a phone: what to call it, its public key, a proof that it holds the private one, and the code that was sent for this."""

    label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=_LINE)] = Field(
        examples=["我的手机"]
    )
    public_key: PhoneKeyJwk
    proof: Annotated[str, StringConstraints(max_length=4096)] = Field(
        description='compact JWS, ES256 by that key, header `typ` "ecard-device+jws", payload `aud` this endpoint\'s URL or path, '
        "`iat` by the time here",
        examples=["eyJhbGciOiJFUzI1NiIsInR5cCI6ImVjYXJkLWRldmljZStqd3MifQ.eyJpYXQiOjF9.c2lnbmF0dXJl"],
    )
    sms_code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=12)] = Field(
        description="of `/step-up/sms-codes`", examples=["428910"]
    )


class CredentialsRequest(Schema):
    """Ask for credentials, by the linked phone's key."""

    request: Annotated[str, StringConstraints(max_length=8192)] = Field(
        description='compact JWS, ES256 by the linked key, header `typ` "ecard-credentials+jws", payload `aud` this endpoint\'s URL or '
        "path, `iat` by the time here, `jti` never used before, `keys` a list of `{scene, slot, x, y}`: for each scene and slot (0, 1) "
        "a fresh P-256 key of the phone",
        examples=["eyJhbGciOiJFUzI1NiIsInR5cCI6ImVjYXJkLWNyZWRlbnRpYWxzK2p3cyJ9.eyJrZXlzIjpbXX0.c2lnbmF0dXJl"],
    )


class CodeRequest(Schema):
    """Ask for a code."""

    scene: Annotated[str, StringConstraints(max_length=40)] = Field(examples=["identity"])
    form: CodeForm = CodeForm.DIGITS


class CardLookup(Schema):
    """Find a card at the counter."""

    document_number: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(
        examples=["440100199006120172"]
    )
    purpose: LookupPurpose | None = Field(
        None, description="without one the answer is masked", examples=["status_query"]
    )


class LossReport(Schema):
    """A loss report taken by staff: at an outlet the document was seen, on the phone the caller was verified."""

    document_seen: bool = Field(False, examples=[True])
    caller_verified: bool = False


class LossReportWithdrawal(Schema):
    """A withdrawal at an outlet (Art. 22)."""

    document_seen: bool = Field(False, examples=[True])


class CancellationProposalRequest(Schema):
    """Why a card is to be cancelled (Art. 26)."""

    reason: CancellationReason
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)] = Field(
        examples=["公安注销户籍通知"]
    )


class VerifierRequest(Schema):
    """A new verifier of the unit."""

    label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=_LINE)] = Field(
        examples=["门诊窗口 3"]
    )
    preset: Literal["gate", "hospital", "counter"] = Field(examples=["hospital"])


class Enrolment(Schema):
    """Enrol a verifier: the one-time code, the device's public key, and a proof that it holds the private one."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(examples=["ABCD-EFGH-JKLM"])
    public_key: dict[str, Any] = Field(
        description="P-256, as a JWK (RFC 7517)",
        examples=[
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
                "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            }
        ],
    )
    encryption_key: dict[str, Any] | None = Field(
        None,
        description="X25519, as a JWK (RFC 8037), of a verifier that can open sealed claims; the proof then covers it",
        examples=[_X25519],
    )
    proof: Annotated[str, StringConstraints(max_length=4096)] = Field(
        description='compact JWS, ES256 by that key, header `typ` "ecard-enrolment+jws", payload `{"code": …, "iat": …}`, and '
        "`encryption_key` if one is sent",
        examples=["eyJhbGciOiJFUzI1NiIsInR5cCI6ImVjYXJkLWVucm9sbWVudCtqd3MifQ.eyJjb2RlIjoiIn0.c2lnbmF0dXJl"],
    )


class EncryptionKey(Schema):
    """The X25519 key that sector keys are wrapped to, and the enrolled key's statement that it is the verifier's own."""

    encryption_key: dict[str, Any] = Field(description="X25519, as a JWK (RFC 8037)", examples=[_X25519])
    proof: Annotated[str, StringConstraints(max_length=4096)] = Field(
        description='compact JWS, ES256 by the enrolled key, header `typ` "ecard-encryption-key+jws", payload `iss` the verifier, `iat`, '
        "and `encryption_key`",
        examples=["eyJhbGciOiJFUzI1NiIsInR5cCI6ImVjYXJkLWVuY3J5cHRpb24ta2V5K2p3cyJ9.eyJpc3MiOiIifQ.c2lnbmF0dXJl"],
    )


class VerifierAssertion(Schema):
    """A signed statement by which an enrolled verifier opens a session."""

    assertion: Annotated[str, StringConstraints(max_length=4096)] = Field(
        description='compact JWS, ES256 by the enrolled key, header `kid` the verifier and `typ` "ecard-assertion+jws", payload `iss` the '
        "verifier, `aud` this endpoint's URL or path, `iat`, `exp` at most 60 s later, `jti` never used before",
        examples=["eyJhbGciOiJFUzI1NiIsInR5cCI6ImVjYXJkLWFzc2VydGlvbitqd3MifQ.eyJpc3MiOiIifQ.c2lnbmF0dXJl"],
    )


class OnlineVerification(Schema):
    """Verify a code online: single use, live state, granted attributes."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=8192)] = Field(
        description="what the QR picture says", examples=["3519284756018273645509182736455"]
    )
    purpose: VerificationPurpose
    operator: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=_LINE)] = (
        Field(description="who asks, as the unit calls him; on record", examples=["窗口 3"])
    )
    challenge: Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)] | None = Field(
        None,
        description="the number that this site showed and the code must answer (token format 1.4)",
        examples=[428910],
    )


class ScanReported(Schema):
    """One judgement that a verifier made by itself. Nothing of the code's text, no name."""

    id: PublicId = Field(
        description="made by the verifier; the same scan sent again has the same", examples=["0" * 31 + "1"]
    )
    at: int = Field(ge=_YEAR_2020, le=_YEAR_2100, description="seconds since 1970", examples=[1795420803])
    outcome: Literal["valid", "revoked", "expired", "invalid", "unknown"] = Field(examples=["valid"])
    code: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")] = Field(
        description="the step that decided", examples=["ok"]
    )
    token_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | None = Field(
        None, description="the code's number, where its signature held", examples=["8f3a1c5e7d902b46"]
    )
    code_time: int | None = Field(
        None, ge=0, le=2**53 - 1, description="the code's `iat`, seconds since 1970", examples=[1795420800]
    )
    shard: int | None = Field(None, ge=0, le=10_000_000, description="week of expiry", examples=[2968])
    index: int | None = Field(
        None, ge=0, le=2**31 - 1, description="the card's index in the shard, where the site keeps it"
    )


class ScansReported(Schema):
    """Scans to hand in, oldest first."""

    scans: Annotated[list[ScanReported], Field(min_length=1, max_length=500)]


class CardPath(BaseModel):
    """A card's outside identifier."""

    card_id: PublicId


class ProposalPath(BaseModel):
    """A proposal's outside identifier."""

    proposal_id: PublicId


class VerifierPath(BaseModel):
    """A verifier's outside identifier."""

    verifier_id: PublicId


class DevicePath(BaseModel):
    """A linked phone's outside identifier."""

    device_id: PublicId


class ShardPath(BaseModel):
    """A status list's shard: the week of expiry, counted from 1970."""

    shard: Annotated[int, Field(ge=0, le=10_000_000)]


class Page(BaseModel):
    """Paging: ``cursor`` is ``next`` of the page before."""

    cursor: Annotated[int, Field(ge=0, le=2**62)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class RegisterPage(Page):
    """Paging over a register, whose rows have numbers of 31 bits."""

    cursor: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class ProposalPage(RegisterPage):
    """Paging over proposals."""

    state: Literal["open", "all"] = "open"


class CardView(BaseModel):
    """How the holder's own card is shown."""

    reveal: bool = Field(False, description="holder's name and document number in full")
