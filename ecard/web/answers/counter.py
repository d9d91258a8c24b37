"""The card at the counter, and cancellations, which take two persons (Art. 26)."""

from __future__ import annotations

from pydantic import Field

from ecard.domain.cards import CardEvent
from ecard.services.cancellation import CancellationReason, ProposalState
from ecard.web.answers.base import EXAMPLE_CARD, Answer, Cursor, PublicId, Time
from ecard.web.answers.card import CardInfo

_PROPOSAL = "9a1b2c3d4e5f60718293a4b5c6d7e8f9"


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
    card_id: PublicId = Field(examples=[EXAMPLE_CARD])
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
