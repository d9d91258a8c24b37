"""The first whole path over HTTP: show, verify offline, report, refuse, withdraw, accept, cancel, refuse for ever."""

from __future__ import annotations

from ecard.domain.actors import Role
from signing import Policy, RootFile, TrustBundle, Verdict, verify
from tests.town import Api, Town


def trust_of(town: Town, api: Api) -> TrustBundle:
    """What a verifier has after a sync."""
    town.publisher().publish_if_due()
    bundle = TrustBundle.accept(
        RootFile.parse(api.get("/trust/root.json").data),
        keys=api.get("/trust/keys").data,
        manifest=api.get("/trust/manifest").data,
        now=town.clock.epoch,
    )
    for shard in bundle.missing_lists():
        bundle = bundle.with_list(shard, api.get(f"/trust/status/{shard}/list").data)
    return bundle


def judge(town: Town, api: Api, text: str) -> Verdict:
    """What a counter's verifier says now, without asking the server about this code."""
    return verify(text, trust=trust_of(town, api), policy=Policy.preset("counter"), now=town.clock.epoch)


def test_a_card_lives_and_dies(town: Town) -> None:
    """Each step with its real service, each verdict from the published list alone."""
    holder = town.a_card()
    citizen = town.sign_in_phone(holder.phone)
    bound = citizen.post(
        "/api/v1/me/binding", {"document_number": holder.person.document_number, "name": holder.person.name}
    )
    assert bound.json["card"]["state"] == "active"
    assert bound.json["card"]["holder_name"] == "林*远"

    code = citizen.post("/api/v1/codes", {"scene": "identity"}).json["text"]
    as_jwt = citizen.post("/api/v1/codes", {"scene": "transit", "form": "jwt"}).json["text"]
    assert judge(town, citizen, code).outcome == "valid"
    assert judge(town, citizen, as_jwt).outcome == "valid"

    reported = citizen.post("/api/v1/me/card/loss-report")
    assert (reported.status_code, reported.json["state"]) == (200, "suspended")
    assert {account["state"] for account in reported.json["accounts"]} == {"suspended"}
    assert judge(town, citizen, code).code == "revoked"
    assert citizen.post("/api/v1/codes", {"scene": "identity"}).json["code"] == "card_suspended"

    clerk = town.sign_in_staff(town.staff(Role.BANK_CLERK, bank="own", at_outlet=True))
    card = f"/api/v1/counter/cards/{holder.public_id}"
    assert clerk.post(f"{card}/loss-report-withdrawal", {"document_seen": True}).json["state"] == "active"
    assert judge(town, citizen, code).code == "revoked", "what was issued before the loss died with it"
    code = citizen.post("/api/v1/codes", {"scene": "identity"}).json["text"]
    assert judge(town, citizen, code).outcome == "valid"

    first, second = (town.sign_in_staff(town.staff(Role.AGENCY_OFFICER)) for _ in range(2))
    proposal = first.post(f"{card}/cancellation-proposals", {"reason": "death", "note": "公安注销户籍通知"}).json
    confirmation = f"/api/v1/counter/cancellation-proposals/{proposal['id']}/confirmation"
    assert first.post(confirmation).json["code"] == "same_person"
    assert judge(town, citizen, code).outcome == "valid"
    assert second.post(confirmation).json["state"] == "confirmed"
    assert judge(town, citizen, code).code == "revoked"
    assert citizen.post("/api/v1/codes", {"scene": "identity"}).json["code"] == "card_cancelled"
    assert clerk.post(f"{card}/loss-report-withdrawal", {"document_seen": True}).json["code"] == "card_cancelled"

    events = [item["event"] for item in citizen.get("/api/v1/me/card/timeline").json["items"]]
    assert events == ["card_cancelled", "loss_report_withdrawn", "loss_reported", "card_bound"]
