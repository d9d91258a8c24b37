"""Names, phones, masking, and the fare class that an age gives."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecard.domain.errors import RefusedError
from ecard.domain.masking import mask_document, mask_name, mask_phone
from ecard.domain.names import normal_name
from ecard.domain.phones import national_phone, normal_phone
from ecard.domain.scenes import Concession, concession_of

SAME_NAMES = [
    ("买买提·艾力", "买买提•艾力"),
    ("买买提·艾力", "买买提．艾力"),
    ("买买提·艾力", "买买提･艾力"),
    ("买买提·艾力", "买买提.艾力"),
    ("Mary Ann Smith", "mary  ann\u3000SMITH"),
    ("Mary Smith", "Ｍａｒｙ Ｓｍｉｔｈ"),
    (" 林志远 ", "林志远"),
    ("龍", "龍"),  # a compatibility ideograph
]


@pytest.mark.parametrize(("one", "other"), SAME_NAMES)
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    assert normal_name(one) == normal_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("林志远", "林志运"), ("林志远", "志远林"), ("Ann Lee", "Annlee"), ("李", "")]
)
def test_two_names_stay_two(one: str, other: str) -> None:
    assert normal_name(one) != normal_name(other)


@given(st.text(max_size=60))
def test_a_normal_name_is_its_own_normal_name(name: str) -> None:
    assert normal_name(normal_name(name)) == normal_name(name)


PHONES = [
    ("13800138000", "+8613800138000"),
    ("138 0013 8000", "+8613800138000"),
    ("138-0013-8000", "+8613800138000"),
    ("+86 138 0013 8000", "+8613800138000"),
    ("008613800138000", "+8613800138000"),
    ("１３８００１３８０００", "+8613800138000"),
    ("+852 5123 4567", "+85251234567"),
    ("+853 6612 3456", "+85366123456"),
]


@pytest.mark.parametrize(("text", "e164"), PHONES)
def test_a_phone_number_has_one_spelling(text: str, e164: str) -> None:
    assert normal_phone(text) == e164
    assert normal_phone(e164) == e164


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "110",
        "02085551234",
        "95500",
        "1380013800",
        "138001380000",
        "12345678901",
        "phone",
        "+1",
        "+999 123",
        "8" * 500,
    ],
    ids=lambda text: repr(text[:16]),
)
def test_what_is_no_mobile_number_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="phone_malformed"):
        normal_phone(text)


@given(st.text(max_size=50))
def test_any_text_is_a_phone_number_or_refused(text: str) -> None:
    try:
        number = normal_phone(text)
    except RefusedError:
        return
    assert number.startswith("+")
    assert number[1:].isascii()
    assert number[1:].isdigit()


def test_the_city_writes_its_own_numbers_without_the_country() -> None:
    assert national_phone("+8613800138000") == "13800138000"
    assert national_phone("+85251234567") == "+85251234567"


MASKED_NAMES = [
    ("张三", "张*"),
    ("张", "张*"),
    ("张小三", "张*三"),
    ("欧阳小明", "欧**明"),
    ("买买提·艾力", "买****力"),
    ("Mary Ann Smith", "M*** A** S****"),
    ("Al", "A*"),
    ("", "*"),
]


@pytest.mark.parametrize(("name", "masked"), MASKED_NAMES)
def test_a_masked_name(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_a_masked_document_keeps_province_and_end() -> None:
    assert mask_document("11010519491231002X") == "110*************2X"
    assert mask_document("CAN440190061201") == "CAN**********01"


@pytest.mark.parametrize(
    ("phone", "masked"), [("13800138000", "138****8000"), ("+85251234567", "+85*****4567"), ("1234567", "1234567")]
)
def test_a_masked_phone(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@given(st.text("林志远美玲陈国强", min_size=2, max_size=8))
def test_a_mask_never_shows_more_than_first_and_last(name: str) -> None:
    shown = mask_name(name).replace("*", "")
    assert shown in {name[0], name[0] + name[-1]}
    assert "*" in mask_name(name)


AGES = [
    # born, on, class
    (date(1966, 11, 24), date(2026, 11, 23), Concession.NONE),  # sixty tomorrow
    (date(1966, 11, 23), date(2026, 11, 23), Concession.SENIOR_60),
    (date(1961, 11, 24), date(2026, 11, 23), Concession.SENIOR_60),
    (date(1961, 11, 23), date(2026, 11, 23), Concession.SENIOR_65),
    (date(1936, 1, 1), date(2026, 11, 23), Concession.SENIOR_65),
    (date(1964, 2, 29), date(2024, 2, 28), Concession.NONE),  # a leap-day birthday, in a leap year
    (date(1964, 2, 29), date(2024, 2, 29), Concession.SENIOR_60),
    (date(1960, 2, 29), date(2025, 2, 28), Concession.SENIOR_60),  # and in a year without that day
    (date(1960, 2, 29), date(2025, 3, 1), Concession.SENIOR_65),
    (date(2020, 5, 5), date(2026, 11, 23), Concession.NONE),
    (None, date(2026, 11, 23), Concession.NONE),
]


@pytest.mark.parametrize(("born", "on", "concession"), AGES)
def test_age_gives_a_fare_class_from_the_birthday_on(born: date | None, on: date, concession: Concession) -> None:
    assert concession_of(Concession.NONE, born, on) is concession


@pytest.mark.parametrize("registered", [Concession.DISABLED, Concession.STUDENT, Concession.MINOR, Concession.VETERAN])
def test_a_registered_fare_class_goes_before_age(registered: Concession) -> None:
    assert concession_of(registered, date(1936, 1, 1), date(2026, 11, 23)) is registered
