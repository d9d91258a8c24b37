"""The card as its holder sees it, what happened to it (Art. 20), and codes."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from ecard.domain.accounts import USES, AccountKind, AccountState
from ecard.domain.cards import CardState
from ecard.domain.scenes import SCENES
from ecard.services.codes import CodeForm
from ecard.services.timeline import SHOWN
from ecard.web.answers.base import EXAMPLE_CARD, Answer, Cursor, PublicId, Time
from ecard.web.answers.registers import BankBrief


class FundAccountInfo(Answer):
    """One of the two fund accounts of a card (Art. 13)."""

    kind: AccountKind = Field(examples=["medical"])
    state: AccountState = Field(examples=["open"])
    uses: list[str] = Field(
        description=f"of {', '.join(sum(USES.values(), ()))}", examples=[list(USES[AccountKind.MEDICAL])]
    )


class CardInfo(Answer):
    """What is common to the holder's view and the counter's."""

    id: PublicId = Field(examples=[EXAMPLE_CARD])
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
