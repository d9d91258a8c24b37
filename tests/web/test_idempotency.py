"""One `Idempotency-Key`, one effect and one answer, however often and however fast the request is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from ecard.domain.actors import Role
from ecard.store.models import AuditEntry, IdempotencyRecord, Verifier
from tests.town import Answer, Api, Town
from tests.web.parties import staff
from tests.web.repeats import KEY, code_of, count

REPORT = "/api/v1/me/card/loss-report"
VERIFIERS, WINDOW = "/api/v1/unit/verifiers", {"label": "窗口 3", "preset": "hospital"}


def test_the_same_request_again_gets_the_same_answer_and_has_no_effect(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    first = citizen.post(REPORT, Idempotency_Key=KEY)
    entries = count(town, AuditEntry)
    again = citizen.post(REPORT, Idempotency_Key=KEY)
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert count(town, AuditEntry) == entries
    assert code_of(citizen.post(REPORT)) == (409, "loss_already_reported")


def test_an_answer_that_shows_a_secret_once_is_repeated_to_who_never_saw_it(small_town: Town) -> None:
    admin = staff(small_town, Role.UNIT_ADMIN, unit=small_town.a_unit())
    first, again = (admin.post(VERIFIERS, WINDOW, Idempotency_Key=KEY) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json["enrolment_code"] == again.json["enrolment_code"]
    assert count(small_town, Verifier) == 1
    with small_town.foundation.uow.read() as tx:
        assert first.json["enrolment_code"].encode() not in tx.db.scalars(select(IdempotencyRecord.body_sealed)).one()


def test_another_request_under_the_same_key_is_refused(town: Town) -> None:
    admin = staff(town, Role.UNIT_ADMIN, unit=town.a_unit())
    made = admin.post(VERIFIERS, WINDOW, Idempotency_Key=KEY)
    other_body = admin.post(VERIFIERS, WINDOW | {"label": "窗口 4"}, Idempotency_Key=KEY)
    other_path = admin.post(f"{VERIFIERS}/{made.json['id']}/enrolment-code", WINDOW, Idempotency_Key=KEY)
    assert code_of(other_body) == (422, "idempotency_key_reused")
    assert other_path.status_code == 422
    assert count(town, Verifier) == 1


def test_a_key_is_its_party_s_own(town: Town) -> None:
    first, second = (town.sign_in(town.a_card()) for _ in range(2))
    reports = [citizen.post(REPORT, Idempotency_Key=KEY) for citizen in (first, second)]
    assert [report.status_code for report in reports] == [200, 200]
    assert reports[0].json["id"] != reports[1].json["id"]


@pytest.mark.parametrize("key", ["", "short", "a" * 101, "eight 8 8", "八个字的幂等键值", "tab\there8"])
def test_a_malformed_key_is_named_before_anything_is_done(small_town: Town, key: str) -> None:
    citizen = small_town.sign_in(small_town.a_card())
    assert code_of(citizen.post(REPORT, Idempotency_Key=key)) == (400, "idempotency_key_malformed")
    assert citizen.get("/api/v1/me/card").json["state"] == "active"


def test_a_refused_request_may_be_sent_again_with_its_key(town: Town) -> None:
    """The reason is gone, the request is the same: it is not the refusal that is remembered."""
    holder = town.a_card("suspended")
    citizen, clerk = town.sign_in(holder), staff(town, Role.BANK_CLERK)
    assert code_of(citizen.post(REPORT, Idempotency_Key=KEY)) == (409, "loss_already_reported")
    card = f"/api/v1/counter/cards/{holder.public_id}"
    assert clerk.post(f"{card}/loss-report-withdrawal", {"document_seen": True}).status_code == 200
    assert citizen.post(REPORT, Idempotency_Key=KEY).json["state"] == "suspended"


def test_a_refusal_that_was_counted_may_be_repeated_too(town: Town) -> None:
    """A wrong binding is kept on record although it is refused; the right one afterwards has its effect under the same key."""
    holder = town.a_card()
    citizen = town.sign_in_phone(holder.phone)
    wrong = {"document_number": holder.person.document_number, "name": "林志运"}
    assert code_of(citizen.post("/api/v1/me/binding", wrong, Idempotency_Key=KEY)) == (403, "binding_refused")
    assert code_of(citizen.post("/api/v1/me/binding", wrong, Idempotency_Key=KEY)) == (403, "binding_refused")
    assert count(town, AuditEntry) == 2


def test_a_key_counts_for_a_day(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    assert citizen.post(REPORT, Idempotency_Key=KEY).status_code == 200
    town.clock.forward(hours=24)
    assert citizen.post(REPORT, Idempotency_Key=KEY).status_code == 200
    town.clock.forward(seconds=1)
    assert code_of(citizen.post(REPORT, Idempotency_Key=KEY)) == (409, "loss_already_reported")


def test_a_request_sent_many_times_at_once_has_one_effect_and_one_answer(town: Town) -> None:
    """A nervous thumb: whoever comes second waits for the first, and gets its answer rather than `loss_already_reported`."""
    citizen = town.sign_in(town.a_card())

    def report(_number: int) -> Answer:
        return Api(town.client(), citizen.token).post(REPORT, Idempotency_Key=KEY)

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(report, range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len({str(answer.json) for answer in answers}) == 1
    with town.foundation.uow.read() as tx:
        assert len(list(tx.db.scalars(select(AuditEntry).where(AuditEntry.action == "loss_reported")))) == 1


def test_without_a_key_many_reports_at_once_still_have_one_effect(town: Town) -> None:
    citizen = town.sign_in(town.a_card())

    def report(_number: int) -> Answer:
        return Api(town.client(), citizen.token).post(REPORT)

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(report, range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, *([409] * 5)]
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} == {"loss_already_reported"}


def test_a_double_tap_on_send_code_is_no_fault(town: Town) -> None:
    """Two first requests of one phone at the same time: one code is sent, the other tap is told to wait."""
    phone = town.a_card().phone

    def tap(_number: int) -> Answer:
        return Api(town.client()).post("/api/v1/auth/sms-codes", {"phone": phone})

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(tap, range(4)))
    assert [answer.status_code for answer in answers].count(202) == 1
    assert {answer.json["code"] for answer in answers if answer.status_code != 202} <= {
        "sms_too_soon",
        "request_in_progress",
    }
