"""Invented banks, outlets and units."""

from __future__ import annotations

from typing import NamedTuple

from ecard.domain.units import UnitKind


class DemoBank(NamedTuple):
    """A bank that does not exist."""

    code: str
    name: str
    name_en: str


BANKS = (
    DemoBank("zhujiang", "珠江银行", "Pearl River Bank"),
    DemoBank("yunshan", "云山银行", "Yunshan Bank"),
    DemoBank("yangcheng", "羊城农商银行", "Yangcheng Rural Commercial Bank"),
    DemoBank("mumian", "木棉银行", "Kapok Bank"),
    DemoBank("baietan", "白鹅潭银行", "Bai'etan Bank"),
    DemoBank("liurong", "六榕银行", "Liurong Bank"),
    DemoBank("lingnan", "岭南城市银行", "Lingnan City Bank"),
    DemoBank("huacheng", "花城银行", "Flower City Bank"),
    DemoBank("wuyang", "五羊储蓄银行", "Five Rams Savings Bank"),
    DemoBank("liwan", "荔湾信用银行", "Liwan Credit Bank"),
    DemoBank("nanyue", "南粤湾区银行", "Nanyue Bay Bank"),
    DemoBank("shiwan", "狮子洋银行", "Shiziyang Bank"),
)

DISTRICTS = (
    ("越秀区", "Yuexiu", "示范一路"),
    ("天河区", "Tianhe", "示范二路"),
    ("海珠区", "Haizhu", "示范三路"),
    ("番禺区", "Panyu", "示范四路"),
)
"""Name, name in English, and a street that does not exist; every bank has an outlet in each."""


class DemoUnit(NamedTuple):
    """A unit that does not exist, and what its verifiers may learn online."""

    kind: UnitKind
    name: str
    name_en: str
    attributes: tuple[str, ...]


UNITS = (
    DemoUnit(
        UnitKind.HEALTH,
        "示范人民医院",
        "Demo People's Hospital",
        ("name", "document_number", "card_number", "insurance"),
    ),
    DemoUnit(UnitKind.TRANSPORT, "示范地铁一号线", "Demo Metro Line 1", ("concession",)),
    DemoUnit(UnitKind.CULTURE_TOURISM, "示范图书馆", "Demo Library", ("name",)),
)
