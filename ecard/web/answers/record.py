"""The tamper-evident record (Art. 30–32)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ecard.domain.actors import Role
from ecard.web.answers.base import EXAMPLE_CARD, Answer, Cursor, Time


class AuditEntryInfo(Answer):
    """An entry of the tamper-evident record."""

    seq: int = Field(examples=[42])
    at: Time
    actor: str = Field(description="internal identifier", examples=["staff:7"])
    role: Role = Field(examples=["bank_clerk"])
    action: str = Field(examples=["card_looked_up"])
    subject: str = Field(examples=[f"card:{EXAMPLE_CARD}"])
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
