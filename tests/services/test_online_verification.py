"""What only the server can say: once, live, and of the holder no more than the unit's grant (Art. 16, 20)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ecard.app import Foundation
from ecard.domain.actors import Actor, Role
from ecard.domain.errors import RefusedError
from ecard.domain.purposes import VerificationPurpose
from ecard.services.codes import CodeForm
from ecard.services.verification import OnlineVerifier, UsedCodes, Verification
from ecard.store.models import AuditEntry
from signing import RootFile
from tests.services.issuing import issuer_of
from tests.services.lists import AWAY, another_process, find, lose
from tests.town import Holder, Town

ALL = ("name", "document_number", "card_number", "concession")


class Desk:
    """A unit's verifier and the service behind it."""

    def __init__(self, town: Town, attributes: tuple[str, ...] = ("name",), base: Foundation | None = None) -> None:
        self.base = base or town.foundation
        self.actor = Actor(Role.VERIFIER, "verifier:1", unit_id=town.a_unit(attributes=attributes))
        root = RootFile.parse((self.base.keystore.folder / "root.json").read_bytes())
        self.service = OnlineVerifier(root, self.base.indices, UsedCodes(self.base.redis))

    def ask(self, text: str, purpose: VerificationPurpose = VerificationPurpose.REGISTRATION) -> Verification:
        with self.base.uow.write() as tx:
            return self.service.verify(tx, self.actor, text, purpose, "窗口 3")


def a_code(town: Town, holder: Holder, scene: str = "identity", form: CodeForm = CodeForm.DIGITS) -> str:
    return issuer_of(town.foundation).issue(town.an_account(holder), scene, form).text


def answered(found: Verification) -> tuple[str, str]:
    return found.verdict.outcome, found.verdict.code


@pytest.mark.parametrize("form", CodeForm)
@pytest.mark.parametrize("scene", ["identity", "transit"])
def test_a_code_counts_once_in_either_writing(any_town: Town, form: CodeForm, scene: str) -> None:
    holder, desk = any_town.a_card(), Desk(any_town)
    any_town.publisher().publish()
    text = a_code(any_town, holder, scene, form)
    assert answered(desk.ask(text)) == ("valid", "ok")
    assert answered(Desk(any_town).ask(text)) == ("invalid", "replayed")


@pytest.mark.parametrize("attributes", [(), ("name",), ("card_number", "concession"), ALL])
def test_a_unit_sees_what_its_grant_names_and_nothing_else(town: Town, attributes: tuple[str, ...]) -> None:
    holder = town.a_card(name="林志远")
    town.publisher().publish()
    found = Desk(town, attributes).ask(a_code(town, holder))
    known = {"name": "林志远", "document_number": holder.person.document_number, "concession": 0}
    assert found.holder is not None
    assert tuple(found.holder) == attributes
    assert {name: found.holder[name] for name in attributes if name in known} == {
        name: value for name, value in known.items() if name in attributes
    }


def test_a_code_for_the_bus_does_not_tell_who_rides(town: Town) -> None:
    """Whoever photographs it has a hospital's grant for nothing: the holder chose what the scene discloses."""
    desk = Desk(town, ALL)
    town.publisher().publish()
    assert desk.ask(a_code(town, town.a_card(), "transit")).holder == {"concession": 0}


def test_the_live_state_counts_before_the_list_is_published(town: Town) -> None:
    """Reported a moment ago: no list says so yet."""
    holder, desk = town.a_card(), Desk(town, ALL)
    town.publisher().publish()
    text = a_code(town, holder)
    lose(town, holder)
    found = desk.ask(text)
    assert (answered(found), found.holder) == (("revoked", "revoked"), None)


def test_a_withdrawal_revives_no_code_of_before_the_loss(any_town: Town) -> None:
    """Whoever found the phone has it still; the list may not know of the loss yet. The holder reads in his timeline that it was shown."""
    holder, desk = any_town.a_card(), Desk(any_town, ALL)
    any_town.publisher().publish()
    text = a_code(any_town, holder)
    lose(any_town, holder)
    assert answered(desk.ask(text)) == ("revoked", "revoked")
    find(any_town, holder)
    found = desk.ask(text)
    assert (answered(found), found.holder) == (("revoked", "revoked"), None)
    any_town.publisher().publish()
    assert answered(desk.ask(text)) == ("revoked", "revoked")
    with any_town.foundation.uow.read() as tx:
        shown = tx.db.scalars(select(AuditEntry).where(AuditEntry.action == "code_verified"))
        assert [entry.subject for entry in shown] == [f"card:{holder.public_id}"] * 3


def test_a_card_that_was_found_shows_codes_at_once_whatever_list_a_unit_has(any_town: Town) -> None:
    holder, desk = any_town.a_card(), Desk(any_town)
    lose(any_town, holder)
    any_town.publisher().publish()
    find(any_town, holder)
    assert answered(desk.ask(a_code(any_town, holder))) == ("valid", "ok")


def test_an_old_code_tells_nothing_of_its_holder(town: Town) -> None:
    holder, desk = town.a_card(), Desk(town, ALL)
    town.publisher().publish()
    text = a_code(town, holder)
    town.clock.forward(seconds=95)
    found = desk.ask(text)
    assert (answered(found), found.holder) == (("expired", "expired"), None)


@pytest.mark.parametrize("text", ["351", "not a code", "35" + "1" * 1000, "a.b.c", "\ud800", "9" * 8192])
def test_what_is_no_code_is_answered_and_on_record(town: Town, text: str) -> None:
    town.publisher().publish()
    found = Desk(town).ask(text)
    assert (found.verdict.outcome, found.holder) == ("invalid", None)
    with town.foundation.uow.read() as tx:
        entry = tx.db.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
        assert entry is not None
        assert (entry.action, entry.details["code"]) == ("code_refused", found.verdict.code)


def test_before_anything_is_published_the_answer_is_unknown(town: Town) -> None:
    assert answered(Desk(town).ask(a_code(town, town.a_card()))) == ("unknown", "no_trust")


def test_purpose_operator_and_verdict_are_on_record_and_the_code_is_not(town: Town) -> None:
    holder, desk = town.a_card(), Desk(town, ALL)
    town.publisher().publish()
    text = a_code(town, holder)
    desk.ask(text, VerificationPurpose.SETTLEMENT)
    with town.foundation.uow.read() as tx:
        (entry,) = tx.db.scalars(select(AuditEntry).where(AuditEntry.action == "code_verified"))
    assert (entry.actor, entry.subject) == ("verifier:1", f"card:{holder.public_id}")
    assert entry.details == {"code": "ok", "purpose": "settlement", "operator": "窗口 3"}


def test_without_redis_nothing_is_accepted_twice(town: Town) -> None:
    """Better asked again than accepted twice: the offline verification still works."""
    holder = town.a_card()
    town.publisher().publish()
    text = a_code(town, holder)
    with pytest.raises(RefusedError, match="single_use_unavailable"):
        Desk(town, base=another_process(town, AWAY)).ask(text)
    assert answered(Desk(town).ask(text)) == ("valid", "ok")


def test_new_publications_are_seen_without_a_restart(town: Town) -> None:
    holder, desk = town.a_card(), Desk(town)
    town.publisher().publish()
    assert answered(desk.ask(a_code(town, holder)))[0] == "valid"
    town.clock.forward(minutes=5)
    town.publisher().publish()
    found = desk.ask(a_code(town, town.a_card()))
    assert (answered(found)[0], found.verdict.evidence["list_age"]) == ("valid", 0)
