"""What answers look like, member by member, with an example of each; the OpenAPI document is made from these (`ecard.web.contract`).

Nothing here runs while a request is served: the presenters write the answers, and `tests/web` holds every answer against these models.
Clients ignore members that they do not know; a member that is named here stays.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from ecard.domain.accounts import USES, AccountKind, AccountState
from ecard.domain.actors import Role
from ecard.domain.cards import CardEvent, CardState
from ecard.domain.scenes import SCENES
from ecard.domain.units import UnitKind
from ecard.services.cancellation import CancellationReason, ProposalState
from ecard.services.codes import CodeForm
from ecard.services.timeline import SHOWN
from signing import OUTCOME_OF

_ID = "5f0c2b7d9e1a4c3b8d6e7f8091a2b3c4"
_PROPOSAL = "9a1b2c3d4e5f60718293a4b5c6d7e8f9"
_DEVICE = "00112233445566778899aabbccddeeff"
_VERIFIER = "0123456789abcdef0123456789abcdef"
_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"  # noqa: S105 - an example, nobody's
_COORDINATE = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
_ORDINATE = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"

PublicId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Time = Annotated[datetime, Field(description="RFC 3339, UTC", examples=["2026-11-23T08:00:00Z"])]
Cursor = Annotated[
    int | None, Field(description="`cursor` of the page after; null on the last page", examples=[None, 41])
]


class Answer(BaseModel):
    """Base of all answers."""


# problems


class Fault(Answer):
    """A member that is not as it should be; its value is never repeated."""

    field: str = Field(description="where, members joined by dots", examples=["document_number"])
    fault: str = Field(description="which rule it breaks", examples=["string_too_short"])


class ProblemDocument(Answer):
    """RFC 9457. `code` is stable: decide by it; `title` and `detail` are for people, in the language of `Accept-Language`."""

    type: str = Field(description="a URI that ends in the code", examples=["urn:ecard:problem:no_card"])
    title: str = Field(examples=["没有社会保障卡"])
    status: int = Field(ge=400, le=599, examples=[404])
    detail: str = Field(description="what happened and what to do", examples=["未找到有效的社会保障卡。"])
    code: str = Field(pattern="^[a-z_]+$", description="stable; new ones may come", examples=["no_card"])
    tries_left: int | None = Field(None, ge=0, description="with `sms_code_wrong` and `sms_code_locked`")
    errors: list[Fault] | None = Field(None, description="with `request_invalid`")
    server_time: Time | None = Field(None, description="with `device_clock_wrong`: the time here; RFC 3339, UTC")


# registers


class BankBrief(Answer):
    """A partner bank."""

    id: int = Field(examples=[1])
    code: str = Field(examples=["zhujiang"])
    name: str = Field(examples=["珠江银行"])
    name_en: str = Field(examples=["Pearl River Bank"])
    hotline: str = Field(examples=["95500"])


class OutletBrief(Answer):
    """An outlet of a partner bank."""

    id: int = Field(examples=[7])
    name: str = Field(examples=["越秀支行"])
    name_en: str = Field(examples=["Yuexiu branch"])
    district: str = Field(examples=["越秀区"])
    address: str = Field(examples=["示范路 1 号"])


class OutletOfBank(OutletBrief):
    """An outlet with its bank."""

    bank: BankBrief


class BankWithOutlets(BankBrief):
    """A partner bank as published under Art. 6."""

    outlets: list[OutletBrief]


class Banks(Answer):
    """The whole register: one page."""

    items: list[BankWithOutlets]
    next: None = Field(description="always null: there is one page", examples=[None])


class UnitBrief(Answer):
    """An application unit (Art. 33)."""

    id: int = Field(examples=[3])
    kind: UnitKind = Field(examples=["health"])
    name: str = Field(examples=["示范人民医院"])
    name_en: str = Field(examples=["Demo Hospital"])


class ServerTime(Answer):
    """One moment, three ways."""

    now: Time
    epoch: int = Field(description="seconds since 1970", examples=[1795420800])
    epoch_ms: int = Field(description="milliseconds since 1970", examples=[1795420800123])


# sessions


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
    access_token: str | None = Field(None, description="for `Authorization: Bearer`", examples=[_TOKEN])
    refresh_token: str | None = Field(None, description="counts once, at `/sessions/refresh`", examples=[_TOKEN])
    token_type: Literal["Bearer"] | None = Field(None, examples=["Bearer"])
    expires_in: int | None = Field(None, description="seconds that the access token counts", examples=[600])


# the card


class FundAccountInfo(Answer):
    """One of the two fund accounts of a card (Art. 13)."""

    kind: AccountKind = Field(examples=["medical"])
    state: AccountState = Field(examples=["open"])
    uses: list[str] = Field(
        description=f"of {', '.join(sum(USES.values(), ()))}", examples=[list(USES[AccountKind.MEDICAL])]
    )


class CardInfo(Answer):
    """What is common to the holder's view and the counter's."""

    id: PublicId = Field(examples=[_ID])
    number: str = Field(description="in full", examples=["A00000017"])
    holder_name: str = Field(description="masked where `masked`", examples=["林*远"])
    document_number: str = Field(description="masked where `masked`", examples=["4401**********0172"])
    masked: bool = Field(examples=[True])
    state: CardState = Field(examples=["active"])
    locked: bool = Field(description="the application on the card is locked", examples=[False])
    usable: bool = Field(description="codes can be shown and are accepted: active and not locked", examples=[True])
    bank: BankBrief
    issued_on: date = Field(examples=["2024-05-01"])
    activated_on: date | None = Field(examples=["2024-05-08"])
    accounts: list[FundAccountInfo]
    replacement_requested: bool = Field(description="a loss report cannot be withdrawn any more", examples=[False])
    version: int = Field(description="grows with every change", examples=[3])


class SceneInfo(Answer):
    """A scene that codes can be shown for."""

    name: str = Field(description=f"of {', '.join(SCENES)}; more may come", examples=["identity"])


class OwnCard(CardInfo):
    """The card, for its holder."""

    scenes: list[SceneInfo]
    photo: str = Field(description="path of the photo", examples=["/api/v1/me/card/photo"])


class BoundCard(Answer):
    """The card that the account is bound to from now on."""

    card: OwnCard


class TimelineEntry(Answer):
    """One act or one look (Art. 20)."""

    at: Time
    event: str = Field(
        description=f"of {', '.join(SHOWN)}; more may come",
        examples=["card_looked_up"],
    )
    by: Literal["holder", "bank", "agency", "hotline", "system", "unit"] = Field(examples=["bank"])
    place: str | None = Field(description="outlet or unit", examples=["越秀支行"])
    place_en: str | None = Field(examples=["Yuexiu branch"])
    purpose: str | None = Field(description="why somebody looked or verified", examples=["status_query"])


class Timeline(Answer):
    """A page, newest first."""

    items: list[TimelineEntry]
    next: Cursor


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


class CodeShown(Answer):
    """A code for the screen, alive for a minute. Show it as a QR picture; renew it before `expires_at`."""

    text: str = Field(description="what the QR picture says", examples=["3519284756018273645509182736455"])
    scene: str = Field(examples=["identity"])
    form: CodeForm = Field(examples=["digits"])
    issued_at: Time
    expires_at: Time = Field(examples=["2026-11-23T08:01:00Z"])
    server_time: Time = Field(
        description="RFC 3339, UTC; count down from the difference, the device's clock may be wrong"
    )


# the counter


class CardAction(Answer):
    """Whether the signed-in person may do this to the card now, and if not, why."""

    event: CardEvent = Field(examples=["report_loss"])
    allowed: bool = Field(examples=[True])
    reason: str | None = Field(description="the code that a try would be refused with", examples=[None, "other_bank"])


class CounterCard(CardInfo):
    """The card, for the counter."""

    phone: str = Field(description="masked where `masked`", examples=["199****0001"])
    photo: str | None = Field(description="path of the photo; null where `masked`", examples=[None])
    actions: list[CardAction]


class CardFound(Answer):
    """The card of a look-up."""

    card: CounterCard
    masked: bool = Field(description="no purpose was given", examples=[True])


class Proposal(Answer):
    """A cancellation that waits for, or got, its second person (Art. 26)."""

    id: PublicId = Field(examples=[_PROPOSAL])
    card_id: PublicId = Field(examples=[_ID])
    card_number: str = Field(examples=["A00000017"])
    holder_name: str = Field(description="masked", examples=["林*远"])
    reason: CancellationReason = Field(examples=["death"])
    note: str = Field(examples=["公安注销户籍通知"])
    state: ProposalState = Field(examples=["open"])
    proposed_by: str | None = Field(description="name", examples=["郭立"])
    proposed_at: Time
    expires_at: Time = Field(examples=["2026-11-26T08:00:00Z"])
    decided_by: str | None = Field(description="name", examples=[None])
    decided_at: Time | None = Field(examples=[None])
    own: bool = Field(description="proposed by the signed-in officer, who cannot confirm it", examples=[False])


class Proposals(Answer):
    """A page, newest first."""

    items: list[Proposal]
    next: Cursor


# units and their verifiers


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

    access_token: str = Field(examples=[_TOKEN])
    token_type: Literal["Bearer"] = Field(examples=["Bearer"])
    expires_in: int = Field(description="seconds", examples=[600])


class ClaimsInfo(Answer):
    """What a code says; `concession` and `pseudonym` in the transit scene only, `sealed` in the medical one."""

    scene: str = Field(examples=["identity"])
    issued_at: int = Field(description="seconds since 1970", examples=[1795420800])
    expires_at: int = Field(description="seconds since 1970", examples=[1795420860])
    token_id: str = Field(pattern="^[0-9a-f]+$", examples=["8f3a1c5e7d902b46"])
    concession: int | None = Field(None, description="fare class")
    pseudonym: str | None = Field(None, pattern="^[0-9a-f]+$", description="of the holder, for one kind of unit")
    sealed: str | None = Field(
        None, pattern="^[0-9a-f]+$", description="for the scene's sector alone (token format 1.5)"
    )


class EvidenceInfo(Answer):
    """What the verdict rests on, as far as known."""

    form: Literal["server", "device"] | None = Field(None, description="who made the code", examples=["server"])
    list_age: int | None = Field(None, description="seconds", examples=[12])
    list_version: int | None = Field(None, examples=[4711])
    keys_version: int | None = Field(None, examples=[1])
    code_age: int | None = Field(None, description="seconds", examples=[3])
    credential_age: int | None = Field(None, description="seconds, of a device code", examples=[3600])
    kid: str | None = Field(None, examples=["a1b2c3d4"])
    shard: int | None = Field(None, examples=[2967])


class VerdictInfo(Answer):
    """What came of judging a code (token format 4)."""

    outcome: Literal["valid", "revoked", "expired", "invalid", "unknown"] = Field(examples=["valid"])
    code: str = Field(
        description=f"the step that decided: of {', '.join(OUTCOME_OF)}",
        examples=["ok"],
        json_schema_extra={"enum": list(OUTCOME_OF)},
    )
    claims: ClaimsInfo | None
    evidence: EvidenceInfo


class HolderInfo(Answer):
    """Of the holder, the members that the unit's grant names (Art. 16)."""

    name: str | None = Field(None, examples=["林志远"])
    document_number: str | None = Field(None, examples=["440100199006120172"])
    card_number: str | None = Field(None)
    concession: int | None = Field(None)
    insurance: int | None = Field(None, description="0 none, 1 employees', 2 residents', 3 other")


class VerificationResult(Answer):
    """The verdict; of a valid code also the holder."""

    verdict: VerdictInfo
    holder: HolderInfo | None = Field(description="null unless the code is valid")


class ScansTakenInfo(Answer):
    """What came of handing in scans. All of them are on record now: none needs to be sent again."""

    taken: int = Field(ge=0, description="that were new", examples=[200])
    known: int = Field(ge=0, description="that had been handed in before", examples=[0])


# the record


class AuditEntryInfo(Answer):
    """An entry of the tamper-evident record."""

    seq: int = Field(examples=[42])
    at: Time
    actor: str = Field(description="internal identifier", examples=["staff:7"])
    role: Role = Field(examples=["bank_clerk"])
    action: str = Field(examples=["card_looked_up"])
    subject: str = Field(examples=[f"card:{_ID}"])
    purpose: str | None = Field(examples=["status_query"])
    details: dict[str, Any] = Field(examples=[{"purpose": "status_query", "seen": "full"}])
    hash: str = Field(
        pattern="^[0-9a-f]+$", examples=["9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab"]
    )


class AuditEntries(Answer):
    """A page, newest first."""

    items: list[AuditEntryInfo]
    next: Cursor


class AuditVerification(Answer):
    """Whether the chain is whole, and if not, where it breaks first."""

    ok: bool = Field(examples=[True])
    entries: int = Field(description="entries that hold", examples=[42])
    fault: Literal["changed", "removed", "reordered", "anchor"] | None = Field(examples=[None])
    first_bad: int | None = Field(description="number of the first entry that does not hold", examples=[None])
    head: str = Field(
        description="number and hash of the last entry, to note elsewhere; empty if broken", examples=["42:9c56cc51"]
    )


# trust material and health


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


class Alive(Answer):
    """The process answers."""

    status: Literal["ok"] = Field(examples=["ok"])


class ReadinessInfo(Answer):
    """Part by part. Without Redis the service goes on more slowly."""

    ready: bool = Field(examples=[True])
    database: bool = Field(examples=[True])
    redis: bool = Field(examples=[True])
    manifest_age: int | None = Field(description="seconds since the last publication", examples=[20])
    code_key: Literal["ok", "standing_in", "none", "key_set_refused"] = Field(
        description="whether the key that signs codes now is here: `standing_in` an older one does, `none` no code can be shown, "
        "`key_set_refused` keys.json is not one that the root signed",
        examples=["ok"],
    )


class ContractDocument(Answer):
    """An OpenAPI 3.1 document."""

    openapi: str = Field(examples=["3.1.0"])
    info: dict[str, Any] = Field(examples=[{"title": "Electronic social-security card", "version": "1.0"}])
    servers: list[dict[str, Any]] = Field(examples=[[{"url": "/"}]])
    tags: list[dict[str, Any]] = Field(examples=[[{"name": "codes"}]])
    paths: dict[str, Any] = Field(examples=[{}])
    components: dict[str, Any] = Field(examples=[{}])
