"""The medical scene: who the holder is, for hospitals alone, with a network and without (Art. 14, 16)."""

from __future__ import annotations

import pytest

from ecard.domain.insurance import Insurance
from ecard.domain.scenes import SCENES
from ecard.domain.units import UnitKind
from ecard.services.codes import CodeForm
from ecard.store.models import Publication, Unit
from signing import Policy, open_sealed, parse_unverified, verify
from signing.sealing_keys import sealing_kid
from tests.services.issuing import issuer_of, publish_sector_key
from tests.services.people import refused
from tests.services.test_online_verification import ALL, Desk, a_code, answered
from tests.town import Town

HOSPITAL = Policy.preset("hospital")


def sealed_in(text: str) -> bytes:
    (sealed,) = _attributes(text)
    return sealed


def _attributes(text: str) -> list[bytes]:
    written = parse_unverified(text).attributes
    assert isinstance(written, list)
    return [value for value in written if isinstance(value, bytes)]


def refusal_of(town: Town, account: int, scene: str = "medical") -> str:
    return refused(town, lambda _tx: issuer_of(town.foundation).issue(account, scene))


@pytest.mark.parametrize("form", CodeForm)
def test_a_hospital_without_a_network_reads_who_stands_there_and_nobody_else_does(
    any_town: Town, form: CodeForm
) -> None:
    holder = any_town.a_card(name="买买提·艾合买提江", insurance=Insurance.RESIDENTS)
    private = publish_sector_key(any_town)
    text, now = a_code(any_town, holder, "medical", form), any_town.clock.epoch
    verdict = verify(text, trust=any_town.trust(), policy=HOSPITAL, now=now)
    assert (verdict.outcome, verdict.claims is not None) == ("valid", True)
    assert verdict.claims is not None
    sealed = verdict.claims.attributes["sealed"]
    assert isinstance(sealed, bytes)
    opened = open_sealed(sealed, {sealing_kid(private.public_key()): private}, "medical")
    person = holder.person
    assert (opened.name, opened.document_number, opened.insurance) == (person.name, person.document_number, 2)
    for part in (person.name, person.document_number):
        assert part.encode() not in sealed


def test_the_same_holder_s_codes_are_sealed_anew_each_time(town: Town) -> None:
    account = town.an_account(town.a_card())
    publish_sector_key(town)
    issuer = issuer_of(town.foundation)
    first, second = (sealed_in(issuer.issue(account, "medical").text) for _ in range(2))
    assert first[4:] != second[4:]
    assert len(first) == len(second)


def test_without_a_key_to_seal_to_no_code_is_made_and_the_other_scenes_go_on(any_town: Town) -> None:
    account = any_town.an_account(any_town.a_card())
    assert refusal_of(any_town, account) == "scene_unavailable", "nothing is published"
    publish_sector_key(any_town, window={"expires_at": 0})
    assert refusal_of(any_town, account) == "scene_unavailable", "the sector's only key has expired"
    assert issuer_of(any_town.foundation).issue(account, "identity").text


@pytest.mark.parametrize(
    "window", [{"not_before": 1}, {"expires_at": 0}, {"revoked": 1}], ids=["not yet", "expired", "revoked"]
)
def test_nothing_is_sealed_to_a_key_that_is_not_in_use(town: Town, window: dict[str, int]) -> None:
    account = town.an_account(town.a_card())
    publish_sector_key(town, window=window)
    assert refusal_of(town, account) == "scene_unavailable"


def test_verifiers_that_do_not_know_the_scene_are_shown_none(town: Town) -> None:
    account = town.an_account(town.a_card())
    publish_sector_key(town, scenes=("identity", "transit"))
    assert refusal_of(town, account) == "scene_unavailable"


def test_a_running_process_seals_to_the_newest_published_key(town: Town) -> None:
    account, issuer = town.an_account(town.a_card()), issuer_of(town.foundation)
    for _ in range(2):
        private = publish_sector_key(town)
        assert sealed_in(issuer.issue(account, "medical").text)[:4].hex() == sealing_kid(private.public_key())


def test_a_key_that_the_root_did_not_sign_is_sealed_to_by_nobody(town: Town) -> None:
    """Whoever writes into the database puts no key of his own in the sector's place."""
    account = town.an_account(town.a_card())
    publish_sector_key(town)
    issuer = issuer_of(town.foundation)
    issuer.issue(account, "medical")
    with town.foundation.uow.write() as tx:
        row = tx.db.get_one(Publication, "keys")
        row.body, row.digest = row.body.replace(b'"payload":"e', b'"payload":"f', 1), b"another".ljust(32)
    assert refused(town, lambda _tx: issuer.issue(account, "medical")) == "scene_unavailable"


def test_a_card_that_is_lost_shows_no_medical_code(town: Town) -> None:
    account = town.an_account(town.a_card("suspended"))
    publish_sector_key(town)
    assert refusal_of(town, account) == "card_suspended"


def test_online_a_hospital_learns_what_its_grant_names(town: Town) -> None:
    holder = town.a_card(name="林志远", insurance=Insurance.OTHER)
    publish_sector_key(town)
    found = Desk(town, (*ALL, "insurance")).ask(a_code(town, holder, "medical"))
    assert answered(found) == ("valid", "ok")
    assert found.holder is not None
    assert set(found.holder) == {"name", "document_number", "card_number", "insurance"}
    assert (found.holder["name"], found.holder["insurance"]) == ("林志远", 3)
    assert Desk(town, ("insurance",)).ask(a_code(town, town.a_card(), "medical")).holder == {"insurance": 1}


def test_online_a_library_learns_nothing_from_a_code_that_was_meant_for_a_hospital(town: Town) -> None:
    publish_sector_key(town)
    desk = Desk(town, (*ALL, "insurance"))
    with town.foundation.uow.write() as tx:
        tx.db.get_one(Unit, desk.actor.unit_id).kind = UnitKind.CULTURE_TOURISM.value
    assert desk.ask(a_code(town, town.a_card(), "medical")).holder == {}


def test_how_somebody_is_insured_is_told_by_the_medical_scene_alone() -> None:
    assert [name for name, rule in SCENES.items() if "insurance" in rule.discloses] == ["medical"]
    assert [name for name, rule in SCENES.items() if rule.discloses_to(UnitKind.TRANSPORT, ("insurance",))] == []
