"""An `Idempotency-Key` of somebody who is not signed in: no second message or enrolment, and no way around what counts his tries."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pyotp
import pytest
from sqlalchemy import func, select

from ecard.domain.actors import Role
from ecard.store.models import AuditEntry, DemoMessage, IdempotencyRecord, SmsCode, Staff
from tests.services.devices import Device
from tests.town import PASSWORD, Api, Town, Worker
from tests.web.parties import staff
from tests.web.repeats import (
    DEVICE,
    ENROL,
    JUST_IN_TIME,
    KEY,
    OTHER_KEY,
    SIGN_IN,
    SMS,
    STAFF,
    a_code_for,
    a_holder,
    code_of,
    count,
    many,
    replayed,
    wrong,
)


def test_each_wrong_code_is_a_try_whatever_its_key(town: Town) -> None:
    body = a_code_for(town, a_holder(town))
    door = Api(town.client())
    told = [door.post(SIGN_IN, wrong(body), Idempotency_Key=KEY).json.get("tries_left") for _ in range(5)]
    assert told == [4, 3, 2, 1, 0]
    assert code_of(door.post(SIGN_IN, body, Idempotency_Key=KEY)) == (401, "sms_code_locked")
    assert count(town, IdempotencyRecord) == 0


def test_wrong_codes_sent_at_once_are_tries_each(town: Town) -> None:
    body = wrong(a_code_for(town, a_holder(town)))
    answers = many(town, SIGN_IN, body)
    assert {answer.status_code for answer in answers} == {401}
    with town.foundation.uow.read() as tx:
        assert tx.db.scalars(select(SmsCode.tries)).one() == 5
    assert count(town, IdempotencyRecord) == 0


def test_a_right_code_may_follow_a_wrong_one_under_the_same_key(town: Town) -> None:
    body = a_code_for(town, a_holder(town))
    door = Api(town.client())
    assert code_of(door.post(SIGN_IN, wrong(body), Idempotency_Key=KEY)) == (401, "sms_code_wrong")
    assert door.post(SIGN_IN, body, Idempotency_Key=KEY).status_code == 201
    assert code_of(door.post(SIGN_IN, wrong(body), Idempotency_Key=KEY)) == (422, "idempotency_key_reused")


def test_a_thief_of_database_and_index_key_cannot_try_passwords_at_the_remembered_request(small_town: Town) -> None:
    """The hash is made with the client's key, which is not kept: Argon2 stays the only way to try."""
    body = json.dumps(small_town.credentials(small_town.staff(Role.AUDITOR))).encode()
    headers = {"Idempotency-Key": KEY, "Content-Type": "application/json"}
    assert small_town.client().post(STAFF, data=body, headers=headers).status_code == 201
    with small_town.foundation.uow.read() as tx:
        row = tx.db.scalars(select(IdempotencyRecord)).one()
        for known in ("", row.key, f"{row.key}\n"):
            guess = hashlib.sha256(f"{known}POST {STAFF}\n".encode() + body).hexdigest()
            assert bytes(row.request_hash) != tx.vault.blind_index("request", guess)


def test_each_wrong_password_is_a_mistake_whatever_its_key_and_the_fifth_locks(town: Town) -> None:
    worker, door = town.staff(Role.AUDITOR), Api(town.client())
    body = town.credentials(worker, "wrong")
    told = [door.post(STAFF, body, Idempotency_Key=KEY).json["code"] for _ in range(5)]
    assert told == ["sign_in_failed"] * 4 + ["account_locked"]
    assert code_of(door.post(STAFF, town.credentials(worker), Idempotency_Key=OTHER_KEY)) == (423, "account_locked")
    assert count(town, IdempotencyRecord) == 0


def test_a_one_time_password_counts_once_whatever_its_key(town: Town) -> None:
    """Its step is spent: another request with the same digits is a mistake, and so is the same one after the window."""
    worker, door = town.staff(Role.AUDITOR), Api(town.client())
    body = town.credentials(worker)
    assert door.post(STAFF, body, Idempotency_Key=KEY).status_code == 201
    assert code_of(door.post(STAFF, body, Idempotency_Key=OTHER_KEY)) == (401, "sign_in_failed")
    assert replayed(door.post(STAFF, body, Idempotency_Key=KEY))
    assert _failures(town, worker) == 1
    town.clock.forward(seconds=JUST_IN_TIME + 1)
    assert code_of(door.post(STAFF, body, Idempotency_Key=KEY)) == (401, "sign_in_failed")
    assert _failures(town, worker) == 2
    later = {"username": worker.username, "password": PASSWORD, "totp": pyotp.TOTP(worker.secret).at(town.clock.epoch)}
    assert door.post(STAFF, later, Idempotency_Key=OTHER_KEY).status_code == 201


def _failures(town: Town, worker: Worker) -> int:
    with town.foundation.uow.read() as tx:
        return tx.db.get_one(Staff, worker.id).failures


@pytest.mark.parametrize("columns", [{"disabled": True}, {"role": Role.DISTRICT_OFFICER.value}], ids=str)
def test_staff_disabled_or_moved_meanwhile_get_no_tokens_again(small_town: Town, columns: dict[str, Any]) -> None:
    worker, door = small_town.staff(Role.AUDITOR), Api(small_town.client())
    body = small_town.credentials(worker)
    assert door.post(STAFF, body, Idempotency_Key=KEY).status_code == 201
    with small_town.foundation.uow.write() as tx:
        row = tx.db.get_one(Staff, worker.id)
        row.disabled_at = tx.now if "disabled" in columns else None
        row.role = columns.get("role", row.role)
    assert code_of(door.post(STAFF, body, Idempotency_Key=KEY)) == (401, "sign_in_failed")


def test_a_code_whose_answer_was_lost_is_not_sent_twice(town: Town) -> None:
    body, door = {"phone": town.a_card().phone}, Api(town.client())
    first, again = (door.post(SMS, body, Idempotency_Key=KEY) for _ in range(2))
    assert (first.status_code, again.status_code, first.json) == (202, 202, again.json)
    assert (replayed(first), replayed(again)) == (False, True)
    assert count(town, DemoMessage) == 1
    assert code_of(door.post(SMS, body, Idempotency_Key=OTHER_KEY)) == (429, "sms_too_soon")
    assert code_of(door.post(SMS, {"phone": f"+86{body['phone']}"}, Idempotency_Key=KEY)) == (
        422,
        "idempotency_key_reused",
    )
    assert door.post(SMS, {"phone": town.a_card().phone}, Idempotency_Key=KEY).status_code == 202  # another's key
    assert count(town, DemoMessage) == 2


def an_enrolment(town: Town) -> tuple[Device, dict[str, Any]]:
    """A device with its one-time code, about to send it."""
    admin, device = staff(town, Role.UNIT_ADMIN, unit=town.a_unit()), Device()
    code = admin.post("/api/v1/unit/verifiers", {"label": "窗口 3", "preset": "hospital"}).json["enrolment_code"]
    return device, {"code": code, "public_key": device.jwk, "proof": device.proof(code, town.clock.epoch)}


def test_an_enrolment_whose_answer_was_lost_is_answered_again(town: Town) -> None:
    device, body = an_enrolment(town)
    door = Api(town.client())
    first = door.post(ENROL, body, Idempotency_Key=KEY)
    entries = count(town, AuditEntry)
    town.clock.forward(hours=1)  # the proof is of its minute, the answer is kept for a day
    again = door.post(ENROL, body, Idempotency_Key=KEY)
    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    assert (replayed(again), count(town, AuditEntry)) == (True, entries)
    device.verifier_id = first.json["verifier_id"]
    opened = door.post(DEVICE, {"assertion": device.assertion(town.clock.epoch)})
    assert opened.status_code == 201


def test_an_enrolment_code_is_spent_for_every_other_request(town: Town) -> None:
    _, body = an_enrolment(town)
    door, other = Api(town.client()), Device()
    assert door.post(ENROL, body, Idempotency_Key=KEY).status_code == 201
    stolen = body | {"public_key": other.jwk, "proof": other.proof(body["code"], town.clock.epoch)}
    assert code_of(door.post(ENROL, stolen, Idempotency_Key=OTHER_KEY)) == (401, "enrolment_code_wrong")
    assert code_of(door.post(ENROL, stolen, Idempotency_Key=KEY)) == (422, "idempotency_key_reused")
    assert code_of(door.post(ENROL, body)) == (401, "enrolment_code_wrong")


def test_an_enrolment_sent_many_times_at_once_is_one(town: Town) -> None:
    _, body = an_enrolment(town)
    answers = many(town, ENROL, body)
    assert {answer.status_code for answer in answers} == {201}
    assert len({str(answer.json) for answer in answers}) == 1
    with town.foundation.uow.read() as tx:
        found = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "verifier_enrolled")
        assert tx.db.scalar(found) == 1


def test_a_malformed_key_is_named_to_who_is_not_signed_in(small_town: Town) -> None:
    body = {"phone": small_town.a_card().phone}
    refused = Api(small_town.client()).post(SMS, body, Idempotency_Key="short")
    assert code_of(refused) == (400, "idempotency_key_malformed")
    assert count(small_town, DemoMessage) == 0
