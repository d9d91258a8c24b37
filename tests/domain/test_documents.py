"""Document numbers as people type them: which are accepted, in which spelling, and every class of fault."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecard.domain.documents import DocumentKind, birth_date, parse_document
from ecard.domain.errors import RefusedError

TODAY = date(2026, 11, 23)
RESIDENT = "11010519491231002X"  # the example of GB 11643
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def numbered(body: str) -> str:
    """Seventeen characters and the check character, by the weights of GB 11643."""
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def refused(text: str) -> str:
    """The code with which a text is refused."""
    with pytest.raises(RefusedError) as refusal:
        parse_document(text, today=TODAY)
    return refusal.value.code


ACCEPTED = [
    (RESIDENT, "resident_id", RESIDENT),
    ("11010519491231002x", "resident_id", RESIDENT),
    ("110105 19491231 002X", "resident_id", RESIDENT),
    ("\u3000１１０１０５１９４９１２３１００２Ｘ\u3000", "resident_id", RESIDENT),
    ("110105\u00a019491231\t002ｘ\n", "resident_id", RESIDENT),
    (numbered("81000019900612001"), "hmt_residence_permit", numbered("81000019900612001")),
    (numbered("82000019900612001"), "hmt_residence_permit", numbered("82000019900612001")),
    (numbered("83000019900612001"), "hmt_residence_permit", numbered("83000019900612001")),
    (numbered("91144019900612001"), "permanent_resident_id", numbered("91144019900612001")),
    ("CAN440190061201", "permanent_resident_id", "CAN440190061201"),
    ("ｃａｎ４４０１９００６１２０１", "permanent_resident_id", "CAN440190061201"),
]


@pytest.mark.parametrize(("text", "kind", "number"), ACCEPTED)
def test_every_kind_of_document_is_accepted_in_one_spelling(text: str, kind: str, number: str) -> None:
    document = parse_document(text, today=TODAY)
    assert (document.kind, document.number) == (DocumentKind(kind), number)


@pytest.mark.parametrize("place", range(18))
def test_one_wrong_character_anywhere_is_noticed(place: int) -> None:
    """Every other digit in every place; in the last one every other check character."""
    others = set("0123456789X" if place == 17 else "0123456789") - {RESIDENT[place]}
    for other in others:
        assert refused(RESIDENT[:place] + other + RESIDENT[place + 1 :]) == "document_number_malformed"


def test_two_neighbours_exchanged_are_noticed() -> None:
    for place in range(17):
        left, right = RESIDENT[place], RESIDENT[place + 1]
        if left != right:
            exchanged = RESIDENT[:place] + right + left + RESIDENT[place + 2 :]
            assert refused(exchanged) == "document_number_malformed", exchanged


@given(st.integers(10_000_000_000_000_000, 99_999_999_999_999_999))
def test_of_eleven_check_characters_at_most_one_is_right(body: int) -> None:
    accepted = []
    for check in "0123456789X":
        try:
            parse_document(f"{body}{check}", today=TODAY)
        except RefusedError:
            continue
        accepted.append(check)
    assert accepted in ([], [numbered(str(body))[-1]])


BIRTHS = [
    ("19900230", False),  # no such day
    ("19901301", False),  # no such month
    ("19900600", False),
    ("19000229", False),  # 1900 was no leap year
    ("20000229", True),
    ("19960229", True),
    ("20261123", True),  # born today
    ("20261124", False),  # born tomorrow
    ("99991231", False),
    ("18800101", True),
    ("18791231", False),  # nobody is that old
    ("00000000", False),
]


@pytest.mark.parametrize(("born", "accepted"), BIRTHS)
@pytest.mark.parametrize("region", ["440106", "810000", "911440"])
def test_the_birth_date_must_have_been(region: str, born: str, accepted: bool) -> None:
    number = numbered(f"{region}{born}001")
    if accepted:
        assert birth_date(parse_document(number, today=TODAY)) == date(int(born[:4]), int(born[4:6]), int(born[6:]))
    else:
        assert refused(number) == "document_number_malformed"


@given(st.dates(date(1880, 1, 1), TODAY), st.integers(0, 999))
def test_every_day_since_1880_is_a_birthday(born: date, sequence: int) -> None:
    document = parse_document(numbered(f"440106{born:%Y%m%d}{sequence:03}"), today=TODAY)
    assert birth_date(document) == born


def test_the_old_permanent_resident_card_tells_no_full_birth_date() -> None:
    assert birth_date(parse_document("CAN440190061201", today=TODAY)) is None


REFUSED = [
    "",
    " ",
    "0" * 18,
    RESIDENT[:17],
    RESIDENT + "0",
    "110105491231002",  # the fifteen digits of before 1999
    "X" + RESIDENT[1:],
    "11010519491231００2Y",
    "CA4440190061201",
    "CANA40190061201",
    "CAN4401900612012",
    "CAN44019006120",
    "ÇAN440190061201",
    "1101051949-1231-002X",
    "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X",  # digits of another script
    "११०१०५१९४९१२३१००२X",
    "CAN٤٤٠١٩٠٠٦١٢٠١",
    "11010519491231002\u00d7",
    "\x0011010519491231002X",
    "9" * 1_000_000,
]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:24]))
def test_what_is_no_document_number_is_refused(text: str) -> None:
    assert refused(text) == "document_number_malformed"


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_and_reading_twice_changes_nothing(text: str) -> None:
    try:
        document = parse_document(text, today=TODAY)
    except RefusedError:
        return
    assert document.number.isascii()
    assert parse_document(document.number, today=TODAY) == document


def test_a_child_born_tomorrow_is_accepted_tomorrow() -> None:
    number = numbered(f"440106{TODAY + timedelta(days=1):%Y%m%d}001")
    assert refused(number) == "document_number_malformed"
    assert parse_document(number, today=TODAY + timedelta(days=1)).number == number
