"""A phone and a one-time code: what counts, how often, how long."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from sqlalchemy import func, select

from ecard.services.citizen_sign_in import request_sms_code, sign_in_by_sms
from ecard.store.models import Account, SmsCode
from tests.services.people import done, refusal, refused
from tests.town import Town

PHONE, OTHER_PHONE = "19900000001", "19900000002"


def code_for(town: Town, phone: str = PHONE) -> str:
    """A fresh code."""
    number, code = done(town, lambda tx: request_sms_code(tx, phone))
    assert number == f"+86{phone}"
    return code


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def sign_in(town: Town, code: str, phone: str = PHONE) -> int:
    return done(town, lambda tx: sign_in_by_sms(tx, phone, code).id)


def sign_in_refused(town: Town, code: str, phone: str = PHONE) -> str:
    return refused(town, lambda tx: sign_in_by_sms(tx, phone, code))


def test_the_first_sign_in_makes_the_account_and_the_next_finds_it(any_town: Town) -> None:
    first = sign_in(any_town, code_for(any_town))
    any_town.clock.forward(minutes=2)
    assert sign_in(any_town, f" {code_for(any_town)} ", "+86 199 0000 0001") == first
    with any_town.foundation.uow.read() as tx:
        assert tx.db.scalar(select(func.count()).select_from(Account)) == 1


def test_a_code_counts_once(town: Town) -> None:
    code = code_for(town)
    sign_in(town, code)
    assert sign_in_refused(town, code) == "sms_code_used"


def test_a_code_counts_five_minutes(town: Town) -> None:
    code = code_for(town)
    town.clock.forward(minutes=4, seconds=59)
    sign_in(town, code)
    town.clock.forward(minutes=1)
    late = code_for(town)
    town.clock.forward(minutes=5)
    assert sign_in_refused(town, late) == "sms_code_expired"


def test_a_wrong_code_tells_the_tries_left_and_the_fifth_locks_even_the_right_one(any_town: Town) -> None:
    code = code_for(any_town)
    told = [refusal(any_town, lambda tx: sign_in_by_sms(tx, PHONE, wrong(code))) for _ in range(5)]
    assert [(refused.code, refused.facts["tries_left"]) for refused in told] == [
        ("sms_code_wrong", 4),
        ("sms_code_wrong", 3),
        ("sms_code_wrong", 2),
        ("sms_code_wrong", 1),
        ("sms_code_locked", 0),
    ]
    assert sign_in_refused(any_town, code) == "sms_code_locked"
    any_town.clock.forward(minutes=1)
    sign_in(any_town, code_for(any_town))


def test_a_new_code_replaces_the_old_one(town: Town) -> None:
    old = code_for(town)
    town.clock.forward(seconds=60)
    new = code_for(town)
    if old != new:
        assert sign_in_refused(town, old) == "sms_code_wrong"
    sign_in(town, new)


def test_codes_are_sent_a_minute_apart(town: Town) -> None:
    code_for(town)
    town.clock.forward(seconds=59)
    again = refusal(town, lambda tx: request_sms_code(tx, PHONE))
    assert (again.code, again.facts["retry_after"]) == ("sms_too_soon", 2)
    code_for(town, OTHER_PHONE)
    town.clock.forward(seconds=1)
    code_for(town)


def test_a_code_is_one_phone_s(town: Town) -> None:
    code, other = code_for(town), code_for(town, OTHER_PHONE)
    if code != other:
        assert sign_in_refused(town, code, OTHER_PHONE) == "sms_code_wrong"
    assert sign_in_refused(town, code, "19900000003") == "sms_code_expired"


@pytest.mark.parametrize("phone", ["", "110", "1380013800", "not a phone"])
def test_what_is_no_phone_number_gets_no_code(town: Town, phone: str) -> None:
    assert refused(town, lambda tx: request_sms_code(tx, phone)) == "phone_malformed"
    assert refused(town, lambda tx: sign_in_by_sms(tx, phone, "123456")) == "phone_malformed"


def test_neither_phone_nor_code_stands_in_the_table(town: Town) -> None:
    code = code_for(town)
    with town.foundation.uow.read() as tx:
        row = tx.db.scalars(select(SmsCode)).one()
        stored = bytes(row.phone_index) + bytes(row.code_hash)
    assert code.encode() not in stored
    assert PHONE.encode() not in stored


def test_asking_for_new_codes_brings_no_endless_tries(any_town: Town) -> None:
    """A new code comes with five new tries: without a bound on codes, a phone's account would be guessed in time."""
    for _ in range(10):
        code = code_for(any_town)
        any_town.clock.forward(minutes=1)
    eleventh = refusal(any_town, lambda tx: request_sms_code(tx, PHONE))
    assert (eleventh.code, eleventh.facts["retry_after"]) == ("sms_too_soon", 24 * 3600 - 600 + 1)
    sign_in(any_town, code)
    code_for(any_town)


def test_a_flooded_phone_gets_codes_again_the_next_day(town: Town) -> None:
    for _ in range(10):
        code_for(town)
        town.clock.forward(minutes=1)
    town.clock.forward(hours=23, minutes=50)
    code_for(town)


def test_who_reads_the_table_cannot_try_the_codes_out(town: Town) -> None:
    """The hash is keyed by what the database does not hold; under its own row's index a million tries would do."""
    code = code_for(town)
    with town.foundation.uow.read() as tx:
        row = tx.db.scalars(select(SmsCode)).one()
    assert bytes(row.code_hash) != hmac.digest(row.phone_index, code.encode(), hashlib.sha256)
