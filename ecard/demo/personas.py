"""Who one can be in the demo, and what one needs to sign in. Known passwords: the reason why the demo refuses production."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyotp
from sqlalchemy import select

from ecard.demo.people import DemoPerson, document_number, phone_number
from ecard.domain.actors import Role
from ecard.domain.insurance import Insurance
from ecard.store.models import DemoMessage, Staff
from ecard.store.unit_of_work import Transaction

_TOTP_STEP = 30


@dataclass(frozen=True, slots=True)
class CitizenPersona:
    """A holder; ``suspended`` and ``made`` tell where the card starts."""

    person: DemoPerson
    about: str
    about_en: str
    name_en: str
    bank: str = "zhujiang"
    card: str = "active"


@dataclass(frozen=True, slots=True)
class StaffPersona:
    """A member of staff; ``bank`` and ``unit`` name rows of the invented registers."""

    username: str
    name: str
    name_en: str
    role: Role
    about: str
    about_en: str
    bank: str | None = None
    outlet: bool = False
    unit: str | None = None

    @property
    def password(self) -> str:
        """Known to everybody who reads the demo page."""
        return f"kapok-{self.username}"


def _person(
    name: str,
    born: date,
    sequence: int,
    phone: int,
    *,
    region: str = "440100",
    kind: str = "resident_id",
    insurance: Insurance = Insurance.EMPLOYEES,
) -> DemoPerson:
    number = document_number(born, sequence, region)
    return DemoPerson(name, number, kind, phone_number(phone), born, insurance=insurance)


CITIZENS = (
    CitizenPersona(
        _person("林志远", date(1990, 6, 12), 17, 1),
        "上班族，每天乘地铁。",
        "Commuter; takes the metro every day.",
        "Lin Zhiyuan",
    ),
    CitizenPersona(
        _person("陈秋兰", date(1948, 3, 3), 28, 2),
        "78 岁，长者免费乘车，可试用大字版。",
        "Aged 78, rides free; try the large-type mode.",
        "Chen Qiulan",
        bank="yangcheng",
    ),
    CitizenPersona(
        _person("买买提·艾合买提江", date(2001, 9, 30), 35, 3),
        "姓名含间隔号。",
        "A name with a middle dot.",
        "Memet Ehmetjan",
    ),
    CitizenPersona(
        _person(
            "何嘉欣",
            date(1985, 11, 23),
            46,
            4,
            region="810000",
            kind="hmt_residence_permit",
            insurance=Insurance.RESIDENTS,
        ),
        "持港澳台居民居住证。",
        "Holds a residence permit for Hong Kong residents.",
        "Ho Ka Yan",
        bank="yunshan",
    ),
    CitizenPersona(
        _person("黄国强", date(1976, 1, 8), 53, 5),
        "卡已挂失，可到本行网点解除。",
        "Card reported lost; can be revived at an outlet of its bank.",
        "Huang Guoqiang",
        card="suspended",
    ),
    CitizenPersona(
        _person("梁雨桐", date(2009, 2, 14), 64, 6, insurance=Insurance.RESIDENTS),
        "新卡已制成，尚未启用。",
        "New card made, not yet activated.",
        "Liang Yutong",
        card="made",
    ),
)

STAFF = (
    StaffPersona(
        "clerk",
        "吴敏",
        "Wu Min",
        Role.BANK_CLERK,
        "珠江银行越秀网点柜员",
        "Clerk, Pearl River Bank",
        "zhujiang",
        outlet=True,
    ),
    StaffPersona(
        "clerk2",
        "郑涛",
        "Zheng Tao",
        Role.BANK_CLERK,
        "羊城农商银行柜员",
        "Clerk, Yangcheng Rural Bank",
        "yangcheng",
        outlet=True,
    ),
    StaffPersona(
        "bankphone",
        "罗珊",
        "Luo Shan",
        Role.PHONE_OPERATOR,
        "珠江银行电话客服",
        "Phone operator, Pearl River Bank",
        "zhujiang",
    ),
    StaffPersona(
        "hotline", "谢敏仪", "Xie Minyi", Role.PHONE_OPERATOR, "政务服务热线话务员", "Operator of the city hotline"
    ),
    StaffPersona(
        "agency", "郭立", "Guo Li", Role.AGENCY_OFFICER, "经办机构工作人员（提议注销）", "Agency officer (proposes)"
    ),
    StaffPersona(
        "agency2", "叶文", "Ye Wen", Role.AGENCY_OFFICER, "经办机构工作人员（确认注销）", "Agency officer (confirms)"
    ),
    StaffPersona("bureau", "苏静", "Su Jing", Role.BUREAU_OFFICER, "市人社部门管理员", "Officer of the bureau"),
    StaffPersona("district", "曾辉", "Zeng Hui", Role.DISTRICT_OFFICER, "街道办事处工作人员", "District officer"),
    StaffPersona(
        "hospital",
        "潘岚",
        "Pan Lan",
        Role.UNIT_ADMIN,
        "示范人民医院管理员",
        "Administrator, Demo Hospital",
        unit="示范人民医院",
    ),
    StaffPersona(
        "metro",
        "邓凯",
        "Deng Kai",
        Role.UNIT_ADMIN,
        "示范地铁管理员",
        "Administrator, Demo Metro",
        unit="示范地铁一号线",
    ),
    StaffPersona(
        "library",
        "关悦",
        "Guan Yue",
        Role.UNIT_ADMIN,
        "示范图书馆管理员",
        "Administrator, Demo Library",
        unit="示范图书馆",
    ),
    StaffPersona("auditor", "麦仲文", "Mai Zhongwen", Role.AUDITOR, "审计员", "Auditor"),
)


def personas(tx: Transaction) -> list[dict[str, Any]]:
    """Everybody, with current one-time passwords."""
    secrets = {
        row.username: tx.vault.open(row.totp_sealed, f"totp:{row.username}").decode()
        for row in tx.db.scalars(select(Staff))
    }
    return [
        *map(_citizen, CITIZENS),
        *(_staff(persona, secrets[persona.username]) for persona in STAFF if persona.username in secrets),
    ]


def demo_messages(tx: Transaction, phone: str | None) -> list[DemoMessage]:
    """The latest fifty messages, of one phone or of all."""
    query = select(DemoMessage).order_by(DemoMessage.id.desc()).limit(50)
    if phone:
        query = query.where(DemoMessage.phone.endswith(phone, autoescape=True))
    return list(tx.db.scalars(query))


def _citizen(persona: CitizenPersona) -> dict[str, Any]:
    person = persona.person
    return {
        "id": f"citizen-{person.phone}",
        "role": Role.CITIZEN.value,
        "name": person.name,
        "name_en": persona.name_en,
        "about": persona.about,
        "about_en": persona.about_en,
        "app": "/citizen/",
        "phone": person.phone,
        "document_number": person.document_number,
    }


def _staff(persona: StaffPersona, secret: str) -> dict[str, Any]:
    return {
        "id": persona.username,
        "role": persona.role.value,
        "name": persona.name,
        "name_en": persona.name_en,
        "about": persona.about,
        "about_en": persona.about_en,
        "app": "/counter/",
        "username": persona.username,
        "password": persona.password,
        "totp": pyotp.TOTP(secret).now(),
        "totp_seconds_left": _TOTP_STEP - int(time.time()) % _TOTP_STEP,
    }
