"""Invented people: valid numbers that were never issued.

Document numbers begin with 440100, the code of the city as a whole, under which no identity card is issued (cards carry a district's code);
their birth dates and check characters are right. Phone numbers lie in one small block.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from stdnum.iso7064 import mod_11_2

from ecard.domain.insurance import Insurance
from ecard.domain.scenes import Concession

_SURNAMES = "陈林黄张李梁何吴刘郑罗谢郭叶苏曾潘欧阳邓关麦冼区卢蔡许钟江彭".replace("欧阳", "")
_GIVEN = "志远秋兰美玲国强伟文婷嘉欣子轩浩然雨桐俊杰丽华建国淑贞家豪晓彤思颖永康月娥锦荣小明慧敏德胜"
_PHONE_BLOCK = 19_900_000_000
_STUDENTS_SINCE = 2006
_INSURANCES = dict.fromkeys((1, 5, 9, 13, 17, 21), Insurance.RESIDENTS) | {24: Insurance.OTHER, 23: Insurance.NONE}


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One invented person."""

    name: str
    document_number: str
    document_kind: str
    phone: str
    born: date
    concession: Concession = Concession.NONE
    insurance: Insurance = Insurance.EMPLOYEES

    @property
    def is_female(self) -> bool:
        """As the 17th character of the number says: even for women (GB 11643)."""
        return int(self.document_number[16]) % 2 == 0


def document_number(born: date, sequence: int, region: str = "440100") -> str:
    """An 18-character number with the right check character; ``sequence`` 0–999."""
    body = f"{region}{born:%Y%m%d}{sequence:03}"
    return body + mod_11_2.calc_check_digit(body)


def phone_number(number: int) -> str:
    """The ``number``-th phone of the block, as written in the city."""
    return str(_PHONE_BLOCK + number)


def invent_people(count: int, *, first_phone: int, seed: int = 35) -> list[DemoPerson]:
    """``count`` people, the same ones every time."""
    chance = random.Random(seed)  # noqa: S311 - invented people need no secrecy
    return [_invent(chance, first_phone + place) for place in range(count)]


def _invent(chance: random.Random, phone: int) -> DemoPerson:
    born = date(1936, 1, 1) + timedelta(days=chance.randrange(29_000))
    name = chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2, 2))))
    concession = Concession.STUDENT if born.year > _STUDENTS_SINCE else Concession.NONE
    number = document_number(born, phone % 1000)
    return DemoPerson(name, number, "resident_id", phone_number(phone), born, concession, insurance_of(born, phone))


def insurance_of(born: date, chance: int) -> Insurance:
    """Pupils and students are insured as residents, and so are some of the others; a few are elsewhere, or not at all."""
    if born.year > _STUDENTS_SINCE:
        return Insurance.RESIDENTS
    return _INSURANCES.get(chance % 25, Insurance.EMPLOYEES)
