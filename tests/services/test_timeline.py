"""What the holder reads of his card: every act and look, who in general, where and why, and nobody's name (Art. 20)."""

from __future__ import annotations

import json
from dataclasses import asdict

from ecard.domain.actors import Actor, Role
from ecard.domain.purposes import LookupPurpose
from ecard.services.binding import bind_card
from ecard.services.lookup import look_up_card
from ecard.services.loss import report_loss, withdraw_loss_report
from ecard.services.timeline import TimelineItem, card_timeline
from ecard.store.models import Account
from tests.services.devices import an_enrolled_device
from tests.services.people import done
from tests.town import Holder, Town


def timeline(town: Town, holder: Holder, *, before: int | None = None, limit: int = 50) -> list[TimelineItem]:
    with town.foundation.uow.read() as tx:
        return card_timeline(tx, holder.public_id, before=before, limit=limit)


def staff(town: Town, role: Role, bank: str | None = None) -> Actor:
    """Somebody who stands on the register of staff."""
    worker = town.staff(role, bank=bank, at_outlet=role is Role.BANK_CLERK)
    return Actor(role, f"staff:{worker.id}", bank_id=town.banks[bank] if bank else None)


def test_everybody_who_touched_the_card_is_told_in_general(any_town: Town) -> None:
    holder, other = any_town.a_card(), any_town.a_card()
    account = any_town.an_account(holder)
    with any_town.foundation.uow.write() as tx:
        tx.db.get_one(Account, account).person_id = None
    number, name = holder.person.document_number, holder.person.name
    clerk, hotline = staff(any_town, Role.BANK_CLERK, "own"), staff(any_town, Role.PHONE_OPERATOR)
    phone = staff(any_town, Role.PHONE_OPERATOR, "own")
    agency = staff(any_town, Role.AGENCY_OFFICER)
    _, device = an_enrolled_device(any_town)
    card = f"card:{holder.public_id}"
    done(any_town, lambda tx: bind_card(tx, Actor(Role.CITIZEN, f"account:{account}"), account, number, name))
    done(any_town, lambda tx: look_up_card(tx, clerk, number, None))
    done(any_town, lambda tx: look_up_card(tx, hotline, number, LookupPurpose.LOSS_REPORT))
    done(any_town, lambda tx: report_loss(tx, phone, holder.public_id, caller_verified=True))
    done(any_town, lambda tx: look_up_card(tx, agency, number, LookupPurpose.STATUS_QUERY))
    done(any_town, lambda tx: withdraw_loss_report(tx, clerk, holder.public_id, document_seen=True))
    done(any_town, lambda tx: tx.record(device, "code_verified", card, code="ok", purpose="boarding", operator="闸机"))
    done(any_town, lambda tx: report_loss(tx, agency, other.public_id))
    told = [(item.event, item.by, item.place, item.purpose) for item in reversed(timeline(any_town, holder))]
    assert told == [
        ("card_bound", "holder", None, None),
        ("card_looked_up", "bank", "越秀支行", None),
        ("card_looked_up", "hotline", None, "loss_report"),
        ("loss_reported", "bank", None, None),
        ("card_looked_up", "agency", None, "status_query"),
        ("loss_report_withdrawn", "bank", "越秀支行", None),
        ("code_verified", "unit", "示范医院", "boarding"),
    ]
    text = json.dumps([asdict(item) for item in timeline(any_town, holder)], default=str, ensure_ascii=False)
    assert "吴敏" not in text, "a member of staff is not named"
    assert "闸机" not in text, "nor is the operator"


def test_the_timeline_is_read_page_by_page(town: Town) -> None:
    holder, agency = town.a_card(), staff(town, Role.AGENCY_OFFICER)
    for _ in range(5):
        done(town, lambda tx: look_up_card(tx, agency, holder.person.document_number, None))
    pages = [timeline(town, holder, limit=2)]
    while len(pages[-1]) == 2:
        pages.append(timeline(town, holder, before=pages[-1][-1].seq, limit=2))
    numbers = [item.seq for page in pages for item in page]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert numbers == sorted(set(numbers), reverse=True)
