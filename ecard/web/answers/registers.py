"""Partner banks (Art. 6), application units (Art. 33), and the time."""

from __future__ import annotations

from pydantic import Field

from ecard.domain.units import UnitKind
from ecard.web.answers.base import Answer, Time


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
