"""Name, password and one-time password; one answer for every mistake, and a lock after five."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from ecard.domain.actors import Role
from ecard.domain.errors import RefusedError
from ecard.services.staff_sign_in import StaffSignIn
from ecard.store.models import AuditEntry, Staff
from tests.services.people import done, refusal, refused
from tests.town import PASSWORD, QUICK, Town, Worker

SIGN_IN = StaffSignIn.create(QUICK)


@pytest.fixture
def auditor(any_town: Town) -> Worker:
    return any_town.staff(Role.AUDITOR)


def totp(town: Town, worker: Worker, seconds: int = 0) -> str:
    """The one-time password of another moment."""
    return pyotp.TOTP(worker.secret).at(town.clock.epoch + seconds)


def attempt(town: Town, worker: Worker, **changes: Any) -> dict[str, str]:
    return town.credentials(worker) | changes


def signed_in(town: Town, credentials: dict[str, str]) -> int:
    return done(town, lambda tx: SIGN_IN.sign_in(tx, **credentials).id)


def failed(town: Town, credentials: dict[str, str]) -> RefusedError:
    return refusal(town, lambda tx: SIGN_IN.sign_in(tx, **credentials))


def test_right_credentials_open_the_door(any_town: Town, auditor: Worker) -> None:
    assert signed_in(any_town, attempt(any_town, auditor)) == auditor.id


def test_a_name_is_read_without_its_case_and_spaces(any_town: Town, auditor: Worker) -> None:
    assert signed_in(any_town, attempt(any_town, auditor, username=f" {auditor.username.upper()} ")) == auditor.id


WRONG = [
    {"password": "correct horses"},
    {"password": PASSWORD.upper()},
    {"password": PASSWORD + " "},
    {"totp": "000000"},
    {"totp": ""},
    {"totp": "１２３４５６"},
    {"username": "nobody"},
    {"username": "' OR 1=1 --"},
]


@pytest.mark.parametrize("change", WRONG, ids=str)
def test_every_mistake_gets_the_same_answer(any_town: Town, auditor: Worker, change: dict[str, str]) -> None:
    answer = failed(any_town, attempt(any_town, auditor, **change))
    assert (answer.code, answer.facts) == ("sign_in_failed", {})


def test_somebody_who_left_gets_the_answer_of_somebody_who_never_was(any_town: Town, auditor: Worker) -> None:
    with any_town.foundation.uow.write() as tx:
        tx.db.get_one(Staff, auditor.id).disabled_at = tx.now
    answer = failed(any_town, attempt(any_town, auditor))
    assert (answer.code, answer.facts) == ("sign_in_failed", {})


@pytest.mark.parametrize(("seconds", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_one_time_password_of_the_neighbouring_half_minute_counts(
    any_town: Town, auditor: Worker, seconds: int, accepted: bool
) -> None:
    credentials = attempt(any_town, auditor, totp=totp(any_town, auditor, seconds))
    if accepted:
        assert signed_in(any_town, credentials) == auditor.id
    else:
        assert failed(any_town, credentials).code == "sign_in_failed"


def test_a_one_time_password_counts_once(any_town: Town, auditor: Worker) -> None:
    """Neither itself again, nor an older one after it (RFC 6238, 5.2)."""
    older, used = totp(any_town, auditor, -30), attempt(any_town, auditor)
    signed_in(any_town, used)
    assert failed(any_town, used).code == "sign_in_failed"
    assert failed(any_town, used | {"totp": older}).code == "sign_in_failed"
    any_town.clock.forward(seconds=30)
    assert signed_in(any_town, attempt(any_town, auditor)) == auditor.id


def test_a_wrong_password_does_not_use_up_the_one_time_password(any_town: Town, auditor: Worker) -> None:
    failed(any_town, attempt(any_town, auditor, password="wrong"))
    assert signed_in(any_town, attempt(any_town, auditor)) == auditor.id


def test_five_mistakes_lock_the_account_for_a_quarter_of_an_hour(any_town: Town, auditor: Worker) -> None:
    wrong = attempt(any_town, auditor, password="wrong")
    assert [failed(any_town, wrong).code for _ in range(5)] == ["sign_in_failed"] * 4 + ["account_locked"]
    right = failed(any_town, attempt(any_town, auditor))
    assert right.code == "account_locked"
    assert 899 <= int(str(right.facts["retry_after"])) <= 901
    any_town.clock.forward(minutes=14, seconds=59)
    assert failed(any_town, attempt(any_town, auditor)).code == "account_locked"
    any_town.clock.forward(seconds=1)
    assert signed_in(any_town, attempt(any_town, auditor)) == auditor.id


def test_after_the_lock_five_tries_are_free_again(any_town: Town, auditor: Worker) -> None:
    for _ in range(5):
        failed(any_town, attempt(any_town, auditor, password="wrong"))
    any_town.clock.forward(minutes=15)
    assert [failed(any_town, attempt(any_town, auditor, password="wrong")).code for _ in range(5)] == [
        *(["sign_in_failed"] * 4),
        "account_locked",
    ]


def test_a_right_sign_in_wipes_out_earlier_mistakes(any_town: Town, auditor: Worker) -> None:
    for _ in range(3):
        for _ in range(4):
            failed(any_town, attempt(any_town, auditor, totp="000000"))
        any_town.clock.forward(seconds=30)
        assert signed_in(any_town, attempt(any_town, auditor)) == auditor.id


def test_a_locked_neighbour_locks_nobody_else(any_town: Town, auditor: Worker) -> None:
    other = any_town.staff(Role.AUDITOR)
    for _ in range(5):
        failed(any_town, attempt(any_town, other, password="wrong"))
    assert signed_in(any_town, attempt(any_town, auditor)) == auditor.id


def test_an_unreadable_password_hash_opens_for_nobody(any_town: Town, auditor: Worker) -> None:
    with any_town.foundation.uow.write() as tx:
        tx.db.get_one(Staff, auditor.id).password_hash = "not a hash"
    assert refused(any_town, lambda tx: SIGN_IN.sign_in(tx, **attempt(any_town, auditor))) == "sign_in_failed"


def test_sign_ins_and_locks_are_on_record(any_town: Town, auditor: Worker) -> None:
    for _ in range(5):
        failed(any_town, attempt(any_town, auditor, password="wrong"))
    any_town.clock.forward(minutes=15)
    signed_in(any_town, attempt(any_town, auditor))
    with any_town.foundation.uow.read() as tx:
        entries = [(entry.action, entry.actor) for entry in tx.db.scalars(select(AuditEntry).order_by(AuditEntry.seq))]
    assert entries == [("staff_locked", f"staff:{auditor.id}"), ("staff_signed_in", f"staff:{auditor.id}")]
