"""Credentials over HTTP: over the phone's keys, for the times that the service decides, and for nobody but the linked phone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from ecard.store.models import Device
from signing import Policy, generate_key, parse_unverified, shard_of, verify
from signing.presentation import decode_credential
from tests.services.issuing import publish_sector_key
from tests.services.phones import DEVICES, Phone, ask, jwk_of, linked, supplied
from tests.town import Api, Town

HOUR = 3600
REPORT = "/api/v1/me/card/loss-report"
GATE = Policy.preset("gate")


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def code_of(town: Town, api: Api, phone: Phone, **changes: Any) -> str:
    """The refusal of a request."""
    request = phone.request(town.clock.epoch, [("identity", 0)], **changes)
    answer = api.post(phone.credentials_path, {"request": request})
    assert answer.status_code >= 400, answer.json
    return str(answer.json["code"])


def entry(scene: object = "identity", slot: object = 0, **changes: Any) -> dict[str, Any]:
    """One wanted credential over a fresh key."""
    jwk = jwk_of(generate_key())
    return {"scene": scene, "slot": slot, "x": jwk["x"], "y": jwk["y"]} | changes


def test_a_phone_is_given_46_hours_in_two_slots_that_overlap(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    phone = linked(town, citizen)
    now = town.clock.epoch
    answer = ask(town, citizen, phone)
    assert answer.status_code == 201
    given = {(each["scene"], each["slot"]): each for each in answer.json["credentials"]}
    assert set(given) == {(scene, slot) for scene in ("identity", "transit") for slot in (0, 1)}
    begin = now - now % 600
    for scene in ("identity", "transit"):
        times = [(epoch(given[scene, slot]["issued_at"]), epoch(given[scene, slot]["expires_at"])) for slot in (0, 1)]
        assert times == [(begin, begin + 24 * HOUR), (begin + 22 * HOUR, begin + 46 * HOUR)]
    assert epoch(answer.json["server_time"]) == now
    (listed,) = citizen.get(DEVICES).json["items"]
    assert epoch(listed["credentials_until"]) == begin + 46 * HOUR


def test_the_phone_s_codes_are_judged_without_a_network_until_the_last_slot_ends(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    phone = supplied(town, citizen)
    asked = town.clock.epoch
    for hours, slot in ((0, 0), (23, 0), (23, 1), (45, 1)):
        town.clock.now = datetime.fromtimestamp(asked + hours * HOUR, UTC)
        town.publisher().publish()
        now = town.clock.epoch
        for scene in ("identity", "transit"):
            verdict = verify(phone.present(now, scene, slot), trust=town.trust(), policy=GATE, now=now)
            assert (verdict.outcome, verdict.evidence["form"]) == ("valid", "device"), (hours, slot, verdict)


def test_a_loss_report_kills_what_every_phone_holds(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    phone = supplied(town, citizen)
    citizen.post(REPORT)
    town.publisher().publish()
    for slot in (0, 1):
        town.clock.forward(hours=22 * slot)
        now = town.clock.epoch
        assert verify(phone.present(now, slot=slot), trust=town.trust(), policy=GATE, now=now).code == "revoked"


def test_credentials_of_two_scenes_have_nothing_in_common_but_the_week_s_index(town: Town) -> None:
    """And times that everybody shares who asks within ten minutes."""
    publish_sector_key(town)
    mine, other = town.sign_in(town.a_card()), town.sign_in(town.a_card(name="陈美玲"))
    wanted = [(scene, slot) for scene in ("identity", "transit", "medical") for slot in (0, 1)]
    town.clock.now = datetime.fromtimestamp(town.clock.epoch // 600 * 600 - 300, UTC)
    phones = [supplied(town, citizen, linked(town, citizen), wanted) for citizen in (mine, other)]
    read = [{place: decode_credential(each) for place, each in phone.credentials.items()} for phone in phones]
    codes = list(read[0].values())
    secrets = [
        part
        for code in codes
        for part in (code.holder, code.token_id, code.signature, *(each for each in code.attributes if each != 0))
    ]
    assert len(set(secrets)) == len(secrets) - 1, (
        "the pseudonym is the same in both slots of its scene, nothing else is"
    )
    assert len({(shard_of(code.expires_at), code.index) for code in codes}) == len(
        {shard_of(c.expires_at) for c in codes}
    )
    assert {(c.issued_at, c.expires_at) for c in codes} == {(c.issued_at, c.expires_at) for c in read[1].values()}


def test_only_the_linked_phone_s_own_key_may_ask(small_town: Town) -> None:
    town, citizen = small_town, small_town.sign_in(small_town.a_card())
    phone = linked(town, citizen)
    assert code_of(town, citizen, phone, key=generate_key()) == "credential_request_invalid"
    stranger = Phone(id=phone.id)
    assert ask(town, citizen, stranger).json["code"] == "credential_request_invalid"
    for text in ("x", "a.b.c", "…", phone.proof(town.clock.epoch)):
        answer = citizen.post(phone.credentials_path, {"request": text})
        assert (answer.status_code, answer.json["code"]) == (422, "credential_request_invalid")


def test_a_session_and_the_phone_belong_together(small_town: Town) -> None:
    town = small_town
    mine, other = town.sign_in(town.a_card()), town.sign_in(town.a_card(name="陈美玲"))
    phone = linked(town, mine)
    request = {"request": phone.request(town.clock.epoch, [("identity", 0)])}
    assert other.post(phone.credentials_path, request).json["code"] == "device_not_found"
    assert Api(town.client()).post(phone.credentials_path, request).json["code"] == "token_missing"
    assert mine.post(phone.credentials_path, request).status_code == 201


def test_a_request_counts_once(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    phone = linked(town, citizen)
    request = {"request": phone.request(town.clock.epoch, [("identity", 0)])}
    first, again = (citizen.post(phone.credentials_path, request, idempotency_key="the-only-one") for _ in range(2))
    assert (first.json, again.headers["Idempotency-Replayed"]) == (again.json, "true")
    replayed = citizen.post(phone.credentials_path, request)
    assert (replayed.status_code, replayed.json["code"]) == (409, "credential_request_replayed")
    same_number = phone.request(town.clock.epoch, [("identity", 0)], jti="used-twice")
    assert citizen.post(phone.credentials_path, {"request": same_number}).status_code == 201
    assert code_of(town, citizen, phone, jti="used-twice") == "credential_request_replayed"


def test_a_request_is_for_this_phone_here_and_now(small_town: Town) -> None:
    town, citizen = small_town, small_town.sign_in(small_town.a_card())
    phone = linked(town, citizen)
    now = town.clock.epoch
    changed: list[dict[str, Any]] = [
        {"aud": f"{DEVICES}/{'0' * 32}/credentials"},
        {"aud": DEVICES},
        {"aud": None},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 101},
        {"iat": None},
        {"iat": 1.5},
        {"keys": None},
        {"keys": {}},
    ]
    for changes in changed:
        assert code_of(town, citizen, phone, **changes) == "credential_request_invalid", changes
    for wrong in (now - 301, now + 301, now + 8 * HOUR):
        request = {"request": phone.request(wrong, [("identity", 0)])}
        told = citizen.post(phone.credentials_path, request)
        assert told.json["code"] == "device_clock_wrong"
        assert epoch(told.json["server_time"]) == now


def test_what_is_asked_for_is_a_short_list_of_scenes_and_slots_each_over_a_key_of_its_own(small_town: Town) -> None:
    town, citizen = small_town, small_town.sign_in(small_town.a_card())
    phone = linked(town, citizen)
    twice, own = entry(), jwk_of(phone.key)
    off_the_curve = {"y": "A" * 42 + "U"}
    for keys in (
        [],
        [1],
        [entry(), entry()],
        [twice, twice | {"slot": 1}],
        [twice, twice | {"scene": "transit"}],
        [entry(x=own["x"], y=own["y"])],
        [entry(slot=2)],
        [entry(slot=-1)],
        [entry(slot="0")],
        [entry(slot=True)],
        [entry(scene=1)],
        [entry(**off_the_curve)],
        [entry(x="")],
        [entry(y=None)],
        [entry(slot=number % 2) for number in range(7)],
    ):
        assert code_of(town, citizen, phone, keys=keys) == "credential_request_invalid", keys
    assert code_of(town, citizen, phone, keys=[entry("library")]) == "scene_unknown"


def test_ten_thousand_keys_are_turned_away_at_the_door(small_town: Town) -> None:
    town, citizen = small_town, small_town.sign_in(small_town.a_card())
    phone = linked(town, citizen)
    one = entry()
    for count, told in ((60, "request_invalid"), (6_000, "request_invalid"), (10_000, "request_too_large")):
        assert code_of(town, citizen, phone, keys=[one] * count) == told, count


def test_without_a_sector_s_key_a_phone_gets_no_medical_credential_and_everything_else(town: Town) -> None:
    citizen = town.sign_in(town.a_card())
    phone = linked(town, citizen)
    refused = ask(town, citizen, phone, [("identity", 0), ("medical", 0)])
    assert (refused.status_code, refused.json["code"]) == (503, "scene_unavailable")
    assert ask(town, citizen, phone, [("identity", 0)]).status_code == 201


def test_a_device_remembers_the_newest_numbers_and_forgets_what_has_expired(town: Town) -> None:
    holder = town.a_card()
    citizen = town.sign_in(holder)
    phone = linked(town, citizen)
    for _ in range(20):
        supplied(town, citizen, phone)
    newest = {parse_unverified(phone.present(town.clock.epoch, *place)).token_id.hex() for place in phone.credentials}
    remembered = remembered_by_the_device(town)
    assert len(remembered) == 64
    assert newest <= remembered
    town.clock.forward(days=2)
    supplied(town, town.sign_in_phone(holder.phone), phone)
    assert len(remembered_by_the_device(town)) == 4


def remembered_by_the_device(town: Town) -> set[str]:
    with town.foundation.uow.read() as tx:
        return set(tx.db.scalars(select(Device)).one().credentials)
