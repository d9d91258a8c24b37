"""Online, a code that a phone made counts once, while phone and card count, and where it answers what the site asked."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from ecard.domain.actors import Role
from ecard.store.models import Device
from tests.services.issuing import publish_sector_key
from tests.services.phones import DEVICES, Phone, linked, supplied
from tests.town import Api, Town
from tests.web.parties import a_verifier, staff

REPORT = "/api/v1/me/card/loss-report"


@pytest.fixture
def desk(town: Town) -> Api:
    """A hospital's verifier."""
    town.publisher().publish()
    return a_verifier(town)[0]


def judged(desk: Api, text: str, **members: Any) -> tuple[str, str]:
    body = {"text": text, "purpose": "registration", "operator": "窗口 3"} | members
    answer = desk.post("/api/v1/verifications", body)
    assert answer.status_code == 200, answer.json
    return answer.json["verdict"]["outcome"], answer.json["verdict"]["code"]


def test_a_device_code_counts_once_and_the_next_one_again(town: Town, desk: Api) -> None:
    """One credential gives many codes: what is used up is the code of that second, however often it is signed anew."""
    phone = supplied(town, town.sign_in(town.a_card()))
    now = town.clock.epoch
    assert judged(desk, phone.present(now)) == ("valid", "ok")
    assert judged(desk, phone.present(now)) == ("invalid", "replayed"), "other signatures, the same code"
    assert judged(desk, phone.present(now, "transit")) == ("valid", "ok")
    assert judged(desk, phone.present(now + 15)) == ("valid", "ok")
    assert judged(desk, phone.present(now - 200)) == ("expired", "expired")


def test_the_holder_is_told_to_the_unit_and_the_look_to_the_holder(town: Town, desk: Api) -> None:
    citizen = town.sign_in(town.a_card(name="林志远"))
    phone = supplied(town, citizen)
    body = {"text": phone.present(town.clock.epoch), "purpose": "registration", "operator": "窗口 3"}
    found = desk.post("/api/v1/verifications", body).json
    assert found["holder"]["name"] == "林志远"
    assert found["verdict"]["evidence"]["form"] == "device"
    newest = citizen.get("/api/v1/me/card/timeline?limit=1").json["items"][0]
    assert (newest["event"], newest["purpose"]) == ("code_verified", "registration")


def test_an_ended_phone_s_codes_are_revoked_at_once(town: Town, desk: Api) -> None:
    citizen = town.sign_in(town.a_card())
    first = supplied(town, citizen)
    second = supplied(town, citizen, linked(town, citizen))
    now = town.clock.epoch
    assert judged(desk, first.present(now)) == ("revoked", "revoked"), "it made room for the second"
    assert judged(desk, second.present(now)) == ("valid", "ok")
    citizen.delete(f"{DEVICES}/{second.id}")
    assert judged(desk, second.present(now + 15)) == ("revoked", "revoked")


def test_nothing_that_a_phone_was_given_before_a_loss_counts_after_its_withdrawal(town: Town, desk: Api) -> None:
    holder = town.a_card()
    citizen = town.sign_in(holder)
    stolen = supplied(town, citizen)
    citizen.post(REPORT)
    assert judged(desk, stolen.present(town.clock.epoch)) == ("revoked", "revoked"), "no list says so yet"
    withdrawal = f"/api/v1/counter/cards/{holder.public_id}/loss-report-withdrawal"
    assert staff(town, Role.BANK_CLERK).post(withdrawal, {"document_seen": True}).status_code == 200
    assert judged(desk, stolen.present(town.clock.epoch)) == ("revoked", "revoked")
    bought = supplied(town, citizen, linked(town, citizen))
    town.publisher().publish()
    assert judged(desk, stolen.present(town.clock.epoch)) == ("revoked", "revoked")
    assert judged(desk, bought.present(town.clock.epoch)) == ("valid", "ok")


def test_a_challenge_is_answered_or_the_code_was_made_somewhere_else(town: Town, desk: Api) -> None:
    citizen = town.sign_in(town.a_card())
    phone = supplied(town, citizen)
    now = town.clock.epoch
    assert judged(desk, phone.present(now), challenge=428910) == ("invalid", "challenge_missing")
    assert judged(desk, phone.present(now, challenge=1), challenge=428910) == ("invalid", "challenge_wrong")
    assert judged(desk, phone.present(now, challenge=428910)) == ("invalid", "challenge_unexpected")
    assert judged(desk, phone.present(now, challenge=428910), challenge=428910) == ("valid", "ok")
    server_code = citizen.post("/api/v1/codes", {"scene": "identity"}).json["text"]
    assert judged(desk, server_code, challenge=428910) == ("invalid", "challenge_missing")
    for challenge in (-1, 2**53, "1", 1.5):
        body = {"text": server_code, "purpose": "registration", "operator": "1", "challenge": challenge}
        answer = desk.post("/api/v1/verifications", body)
        assert (answer.status_code, answer.json["code"]) == ((422, "request_invalid")), challenge


def test_the_second_slot_is_not_accepted_before_its_time(town: Town, desk: Api) -> None:
    phone = supplied(town, town.sign_in(town.a_card()))
    assert judged(desk, phone.present(town.clock.epoch, slot=1)) == ("invalid", "credential_not_yet_valid")


def test_a_medical_device_code_tells_a_hospital_who_it_is(town: Town, desk: Api) -> None:
    publish_sector_key(town)
    citizen = town.sign_in(town.a_card(name="林志远"))
    phone = supplied(town, citizen, wanted=[("medical", 0)])
    body = {"text": phone.present(town.clock.epoch, "medical"), "purpose": "registration", "operator": "窗口 3"}
    found = desk.post("/api/v1/verifications", body).json
    assert (found["verdict"]["outcome"], found["holder"]["name"]) == ("valid", "林志远")


def test_a_credential_that_no_phone_is_known_to_have_counts_nowhere_online(town: Town, desk: Api) -> None:
    """The database came back from a backup: what was given since is unknown, and fetched anew in no time."""
    citizen = town.sign_in(town.a_card())
    phone = supplied(town, citizen)
    _forget_credentials(town)
    assert judged(desk, phone.present(town.clock.epoch)) == ("revoked", "revoked")
    renewed: Phone = supplied(town, citizen, phone)
    assert judged(desk, renewed.present(town.clock.epoch)) == ("valid", "ok")


def _forget_credentials(town: Town) -> None:
    with town.foundation.uow.write() as tx:
        tx.db.execute(update(Device).values(credentials={}))
