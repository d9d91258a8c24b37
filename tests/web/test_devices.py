"""Phones are linked by who holds the phone on record, kept to the policy's number, and end when they should (both databases)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from ecard.domain.actors import Role
from ecard.services.housekeeping import tidy
from ecard.store.models import Account, AuditEntry, Device, Person
from ecard.store.unit_of_work import Transaction
from signing import base64url
from tests.services.phones import DEVICES, STEP_UP, Phone, ask, jwk_of, linked, step_up, supplied
from tests.town import Api, Clock, Holder, Town, build_town
from tests.web.ledger import held
from tests.web.parties import staff

REPORT = "/api/v1/me/card/loss-report"
_POINT = ec.generate_private_key(ec.SECP256K1()).public_key().public_numbers()
ANOTHER_CURVE_S = {name: base64url.encode(getattr(_POINT, name).to_bytes(32, "big")) for name in ("x", "y")}


@pytest.fixture
def roomy_town(sqlite_database_url: str, embedded_redis_url: str, keys: Path, clock: Clock) -> Iterator[Town]:
    """A town whose policy allows three phones."""
    yield from held(build_town(sqlite_database_url, embedded_redis_url, keys, clock, devices_per_holder=3))


def refusal(api: Api, body: dict[str, object], **headers: str) -> tuple[int, str]:
    answer = api.post(DEVICES, body, **headers)
    return answer.status_code, answer.json["code"]


def phones_of(api: Api) -> list[str]:
    return [item["id"] for item in api.get(DEVICES).json["items"]]


def ends(town: Town) -> list[str | None]:
    with town.foundation.uow.read() as tx:
        return [device.ended_by for device in tx.db.scalars(select(Device).order_by(Device.id))]


def test_a_phone_is_linked_by_key_and_code_and_is_in_the_list(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    phone = Phone()
    linked_at = town.clock.now
    answer = citizen.post(DEVICES, phone.body(step_up(town, citizen), town.clock.epoch, label=" 陈秋兰的手机 "))
    assert answer.status_code == 201
    assert (answer.json["label"], answer.json["is_current"], answer.json["retired"]) == ("陈秋兰的手机", True, [])
    assert answer.json["credentials_until"] is None
    (listed,) = citizen.get(DEVICES).json["items"]
    assert listed == {name: value for name, value in answer.json.items() if name != "retired"}
    assert listed["enrolled_at"] == linked_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_another_session_of_the_holder_sees_the_phone_as_another(town: Town) -> None:
    holder = town.a_card()
    phone = linked(town, town.sign_in(holder))
    elsewhere = town.sign_in_phone(holder.phone)
    assert [item["is_current"] for item in elsewhere.get(DEVICES).json["items"]] == [False]
    supplied(town, elsewhere, phone)
    assert [item["is_current"] for item in elsewhere.get(DEVICES).json["items"]] == [True]


def test_one_more_phone_ends_the_oldest(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    first = supplied(town, citizen)
    until = citizen.get(DEVICES).json["items"][0]["credentials_until"]
    second = Phone()
    answer = citizen.post(DEVICES, second.body(step_up(town, citizen), town.clock.epoch))
    (retired,) = answer.json["retired"]
    assert (retired["id"], retired["credentials_until"]) == (first.id, until)
    assert until is not None
    assert retired["ended_at"] is not None
    assert phones_of(citizen) == [answer.json["id"]]
    assert ask(town, citizen, first).json["code"] == "device_ended"


def test_the_policy_allows_up_to_three(roomy_town: Town) -> None:
    citizen = roomy_town.sign_in(roomy_town.a_card())
    phones = [linked(roomy_town, citizen) for _ in range(4)]
    assert phones_of(citizen) == [phone.id for phone in reversed(phones[1:])]
    assert ends(roomy_town) == ["device_retired", None, None, None]


def test_an_unlinked_phone_tells_until_when_it_may_be_accepted_and_gets_nothing_more(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    phone = supplied(town, citizen)
    until = citizen.get(DEVICES).json["items"][0]["credentials_until"]
    gone = [citizen.delete(f"{DEVICES}/{phone.id}", idempotency_key="only-once") for _ in range(2)]
    assert [(answer.status_code, answer.json["credentials_until"]) for answer in gone] == [(200, until)] * 2
    assert gone[1].headers["Idempotency-Replayed"] == "true"
    assert phones_of(citizen) == []
    assert ask(town, citizen, phone).json["code"] == "device_ended"
    assert citizen.delete(f"{DEVICES}/{phone.id}").json["code"] == "device_ended"
    assert citizen.delete(f"{DEVICES}/{'0' * 32}").json["code"] == "device_not_found"


def test_the_same_request_links_one_phone(town: Town) -> None:
    citizen, phone = town.sign_in(town.a_card()), Phone()
    body = phone.body(step_up(town, citizen), town.clock.epoch)
    first, again = (citizen.post(DEVICES, body, idempotency_key="link-it-once") for _ in range(2))
    assert (first.json, again.headers["Idempotency-Replayed"]) == (again.json, "true")
    assert refusal(citizen, body) == (403, "step_up_code_used")


def test_a_code_counts_for_its_purpose_alone(town: Town) -> None:
    """A sign-in code links nothing, and a code for linking signs nobody in."""
    holder = town.a_card()
    citizen = town.sign_in(holder)
    town.clock.forward(minutes=2)
    assert citizen.post("/api/v1/auth/sms-codes", {"phone": holder.phone}).status_code == 202
    sign_in = town.last_sms_code()
    assert refusal(citizen, Phone().body(sign_in, town.clock.epoch)) == (403, "step_up_code_expired")
    linking = step_up(town, citizen)
    if linking != sign_in:
        assert refusal(citizen, Phone().body(sign_in, town.clock.epoch)) == (403, "step_up_code_wrong")
        signed = citizen.post("/api/v1/auth/sessions", {"phone": holder.phone, "code": linking})
        assert signed.json["code"] == "sms_code_wrong"
    assert citizen.post("/api/v1/auth/sessions", {"phone": holder.phone, "code": sign_in}).status_code == 201
    assert citizen.post(DEVICES, Phone().body(linking, town.clock.epoch)).status_code == 201


def test_a_code_is_the_account_s_own(town: Town) -> None:
    mine, other = town.sign_in(town.a_card()), town.sign_in(town.a_card(name="陈美玲"))
    code = step_up(town, other)
    assert refusal(mine, Phone().body(code, town.clock.epoch)) == (403, "step_up_code_expired")


def test_guessing_a_code_is_counted_and_codes_are_sent_a_minute_apart(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    code = step_up(town, citizen)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    told = [
        citizen.post(DEVICES, Phone().body(wrong, town.clock.epoch), idempotency_key=f"try-no-{n}") for n in range(5)
    ]
    assert [(answer.json["code"], answer.json["tries_left"]) for answer in told] == [
        *((("step_up_code_wrong"), left) for left in (4, 3, 2, 1)),
        ("step_up_code_locked", 0),
    ]
    assert refusal(citizen, Phone().body(code, town.clock.epoch)) == (403, "step_up_code_locked")
    assert citizen.post(STEP_UP).json["code"] == "sms_too_soon"
    town.clock.forward(minutes=1)
    linked(town, citizen)
    late = step_up(town, citizen)
    town.clock.forward(minutes=5)
    assert refusal(citizen, Phone().body(late, town.clock.epoch)) == (403, "step_up_code_expired")


def test_a_proof_is_by_that_very_key_for_here_and_for_now(small_town: Town) -> None:
    town, citizen, phone = small_town, small_town.sign_in(small_town.a_card()), Phone()
    code, now = step_up(small_town, citizen), small_town.clock.epoch
    claims = {"aud": DEVICES, "iat": now}
    for proof in (
        "x",
        Phone().proof(now),
        phone.proof(now, aud="/api/v1/elsewhere"),
        phone.proof(now, aud=f"https://evil.example{DEVICES}"),
        phone.proof(now, aud=None),
        phone.proof(now, iat=str(now)),
        phone.sign("ecard-credentials+jws", claims),
        phone.sign("ecard-enrolment+jws", claims),
    ):
        assert refusal(citizen, phone.body(code, now, proof=proof)) == (422, "device_proof_invalid"), proof
    assert phones_of(citizen) == []
    assert citizen.post(DEVICES, phone.body(code, now, proof=phone.proof(now, aud=DEVICES))).status_code == 201
    assert town.clock.epoch == now


def test_a_phone_with_a_wrong_clock_is_told_the_time(small_town: Town) -> None:
    citizen, phone = small_town.sign_in(small_town.a_card()), Phone()
    code, now = step_up(small_town, citizen), small_town.clock.epoch
    for wrong in (now - 301, now + 301, now + 8 * 3600, 0, 2**53 - 1):
        answer = citizen.post(DEVICES, phone.body(code, now, proof=phone.proof(wrong)))
        assert (answer.status_code, answer.json["code"]) == (422, "device_clock_wrong")
        assert answer.json["server_time"] == small_town.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert citizen.post(DEVICES, phone.body(code, now, proof=phone.proof(now - 300))).status_code == 201


def test_a_key_is_a_point_of_p_256(small_town: Town) -> None:
    citizen, phone = small_town.sign_in(small_town.a_card()), Phone()
    code, now = step_up(small_town, citizen), small_town.clock.epoch
    jwk = jwk_of(phone.key)
    off_the_curve = base64url.encode(bytes(31) + b"\x05")
    for key, told in (
        (jwk | {"y": off_the_curve}, "device_key_invalid"),
        (jwk | {"x": base64url.encode(b"\xff" * 32)}, "device_key_invalid"),
        (jwk | {"x": jwk["x"][:-1] + "_"}, "device_key_invalid"),
        (jwk | ANOTHER_CURVE_S, "device_key_invalid"),
        (jwk | {"crv": "P-384"}, "request_invalid"),
        (jwk | {"crv": "secp256k1"}, "request_invalid"),
        (jwk | {"kty": "OKP"}, "request_invalid"),
        (jwk | {"x": "A" * 44}, "request_invalid"),
    ):
        assert refusal(citizen, phone.body(code, now, public_key=key)) == (422, told), key
    browser = jwk | {"ext": True, "key_ops": ["verify"]}
    assert citizen.post(DEVICES, phone.body(code, now, public_key=browser)).status_code == 201


def test_a_key_is_one_phone_s_of_one_holder(town: Town) -> None:
    mine, other = town.sign_in(town.a_card()), town.sign_in(town.a_card(name="陈美玲"))
    phone = linked(town, mine)
    assert refusal(other, phone.body(step_up(town, other), town.clock.epoch)) == (409, "device_key_in_use")
    assert refusal(mine, phone.body(step_up(town, mine), town.clock.epoch)) == (409, "device_key_in_use")
    assert mine.delete(f"{DEVICES}/{phone.id}").status_code == 200
    town.clock.forward(minutes=1)
    linked(town, other, phone)


def test_nobody_else_s_phone_can_be_seen_asked_for_or_unlinked(town: Town) -> None:
    mine, other = town.sign_in(town.a_card()), town.sign_in(town.a_card(name="陈美玲"))
    phone = linked(town, mine)
    assert phones_of(other) == []
    assert ask(town, other, phone).json["code"] == "device_not_found"
    assert other.delete(f"{DEVICES}/{phone.id}").json["code"] == "device_not_found"
    assert phones_of(mine) == [phone.id]


def test_who_is_not_bound_links_nothing(small_town: Town) -> None:
    citizen = small_town.sign_in_phone(small_town.a_card().phone)
    assert citizen.post(STEP_UP).json["code"] == "not_bound"
    assert citizen.get(DEVICES).json["code"] == "not_bound"
    assert refusal(citizen, Phone().body("123456", small_town.clock.epoch)) == (409, "not_bound")
    assert citizen.delete(f"{DEVICES}/{'0' * 32}").json["code"] == "not_bound"


@pytest.mark.parametrize(("state", "code"), [("suspended", "card_suspended"), ("made", "card_not_active")])
def test_for_a_card_that_cannot_be_used_no_phone_is_linked_and_the_code_is_not_spent(
    small_town: Town, state: str, code: str
) -> None:
    citizen = small_town.sign_in(small_town.a_card(state))
    body = Phone().body(step_up(small_town, citizen), small_town.clock.epoch)
    assert refusal(citizen, body) == (409, code)
    assert refusal(citizen, body) == (409, code)


def test_a_loss_report_ends_every_phone_of_the_holder_and_no_other(roomy_town: Town) -> None:
    mine, other = roomy_town.sign_in(roomy_town.a_card()), roomy_town.sign_in(roomy_town.a_card(name="陈美玲"))
    phones = [linked(roomy_town, mine) for _ in range(2)]
    kept = linked(roomy_town, other)
    assert mine.post(REPORT).status_code == 200
    assert (phones_of(mine), phones_of(other)) == ([], [kept.id])
    assert ends(roomy_town) == ["device_ended_with_card", "device_ended_with_card", None]
    assert [ask(roomy_town, mine, phone).json["code"] for phone in phones] == ["card_suspended"] * 2


def test_a_withdrawal_brings_no_phone_back(town: Town) -> None:
    holder = town.a_card()
    citizen = town.sign_in(holder)
    phone = linked(town, citizen)
    citizen.post(REPORT)
    clerk = staff(town, Role.BANK_CLERK)
    withdrawal = f"/api/v1/counter/cards/{holder.public_id}/loss-report-withdrawal"
    assert clerk.post(withdrawal, {"document_seen": True}).status_code == 200
    assert ask(town, citizen, phone).json["code"] == "device_ended"
    supplied(town, citizen, linked(town, citizen))


def test_an_account_that_rested_loses_its_phones_with_its_binding(town: Town) -> None:
    """The number may be somebody else's by now."""
    holder = town.a_card()
    phone = linked(town, town.sign_in(holder))
    town.clock.forward(days=90)
    heir = town.sign_in_phone(holder.phone)
    assert ends(town) == ["device_ended_with_binding"]
    assert ask(town, heir, phone).json["code"] == "not_bound"
    details = {"document_number": holder.person.document_number, "name": holder.person.name}
    assert heir.post("/api/v1/me/binding", details).status_code == 200
    assert ask(town, heir, phone).json["code"] == "device_ended"


def test_a_phone_linked_for_a_number_that_is_on_another_record_now_counts_no_more(town: Town) -> None:
    """The register learnt another phone of the holder: whoever has the old number can neither use nor keep what was linked."""
    holder, heir = town.a_card(), town.a_card(name="陈美玲")
    old = town.sign_in(holder)
    phone = linked(town, old)
    with town.foundation.uow.write() as tx:
        one, two = tx.db.get_one(Person, holder.person_id), tx.db.get_one(Person, heir.person_id)
        one.phone_index, two.phone_index = two.phone_index, one.phone_index
    assert ask(town, old, phone).json["code"] == "not_bound"
    _bind(old, heir)
    assert ends(town) == ["device_ended_with_binding"]
    assert ask(town, old, phone).json["code"] == "device_ended"
    assert phones_of(old) == []


def test_a_number_s_next_owner_ends_none_of_the_phones_that_its_last_one_linked_since(town: Town) -> None:
    """The last owner moved to a new number, bound it and linked a phone there; the old account still remembers him."""
    holder, heir = town.a_card(), town.a_card(name="陈美玲")
    old, new = town.sign_in(holder), town.sign_in_phone(heir.phone)
    with town.foundation.uow.write() as tx:
        one, two = tx.db.get_one(Person, holder.person_id), tx.db.get_one(Person, heir.person_id)
        one.phone_index, two.phone_index = two.phone_index, one.phone_index
        account = tx.db.scalars(select(Account).where(Account.phone_index == one.phone_index)).one()
        account.person_id = holder.person_id
        one.sealed = _with_phone_of(tx, one, heir)
    phone = linked(town, new)
    _bind(old, heir)
    assert phones_of(new) == [phone.id]


def _with_phone_of(tx: Transaction, person: Person, other: Holder) -> bytes:
    details = tx.vault.open_details(person.sealed, f"person:{person.id}")
    return tx.vault.seal_details(replace(details, phone=f"+86{other.phone}"), f"person:{person.id}")


def _bind(api: Api, holder: Holder) -> None:
    details = {"document_number": holder.person.document_number, "name": holder.person.name}
    answer = api.post("/api/v1/me/binding", details)
    assert answer.status_code == 200, answer.json


def test_the_holder_reads_of_every_phone_in_the_timeline(town: Town) -> None:
    holder = town.a_card()
    citizen = town.sign_in(holder)
    linked(town, citizen)
    second = linked(town, citizen)
    citizen.delete(f"{DEVICES}/{second.id}")
    linked(town, citizen)
    citizen.post(REPORT)
    told = [item["event"] for item in citizen.get("/api/v1/me/card/timeline").json["items"]]
    assert told == [
        "device_ended_with_card",
        "loss_reported",
        "device_enrolled",
        "device_unlinked",
        "device_enrolled",
        "device_retired",
        "device_enrolled",
    ]
    with town.foundation.uow.read() as tx:
        entries = list(tx.db.scalars(select(AuditEntry).where(AuditEntry.action.startswith("device_"))))
    assert {entry.subject for entry in entries} == {f"card:{holder.public_id}"}
    assert all(set(entry.details) == {"device"} for entry in entries)


def test_ended_phones_are_kept_for_a_while_and_then_deleted(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    phone = linked(town, citizen)
    kept = linked(town, citizen)
    town.clock.forward(days=89)
    tidy(town.foundation.uow)
    assert len(ends(town)) == 2
    town.clock.forward(days=2)
    tidy(town.foundation.uow)
    with town.foundation.uow.read() as tx:
        assert tx.db.scalars(select(Device.public_id)).all() == [kept.id]
    assert phone.id != kept.id
