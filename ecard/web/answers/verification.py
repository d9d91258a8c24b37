"""What comes of a code: judged here, or handed in by verifiers that judged it alone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ecard.web.answers.base import Answer
from signing import OUTCOME_OF


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
