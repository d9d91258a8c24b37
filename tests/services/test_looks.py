"""Every look at somebody's record is itself on record, those that were refused and those at the photo too (Art. 16, 20)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from ecard.demo.people import document_number
from ecard.domain.purposes import LookupPurpose
from ecard.services.lookup import look_up_card, see_photo
from ecard.services.timeline import card_timeline
from ecard.store.models import AuditEntry
from tests.services.people import AGENCY, clerk, done, refused
from tests.town import Holder, Town

QUERY = LookupPurpose.STATUS_QUERY


def last_entry(town: Town) -> tuple[str, str, dict[str, Any]]:
    with town.foundation.uow.read() as tx:
        entry = tx.db.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
        assert entry is not None
        return entry.action, entry.subject, entry.details


def number_of_nobody(holder: Holder) -> str:
    return document_number(holder.person.born, 998)


@pytest.mark.parametrize("purpose", [None, QUERY])
def test_who_tries_numbers_out_is_on_record(any_town: Town, purpose: LookupPurpose | None) -> None:
    number = number_of_nobody(any_town.a_card())
    assert refused(any_town, lambda tx: look_up_card(tx, AGENCY, number, purpose)) == "person_not_found"
    assert last_entry(any_town) == ("look_refused", AGENCY.id, {"code": "person_not_found", "purpose": purpose})


def test_a_look_at_another_bank_s_card_is_on_record(any_town: Town) -> None:
    holder, stranger = any_town.a_card(), clerk(any_town, "other")
    number = holder.person.document_number
    assert refused(any_town, lambda tx: look_up_card(tx, stranger, number, QUERY)) == "other_bank"
    assert last_entry(any_town) == (
        "look_refused",
        f"card:{holder.public_id}",
        {"code": "other_bank", "purpose": "status_query"},
    )


def test_a_photo_is_shown_for_a_purpose_only_and_to_the_holder_as_a_look(any_town: Town) -> None:
    """Its address follows from the card's id, which masked answers name too."""
    holder, desk = any_town.a_card(), clerk(any_town)
    number = holder.person.document_number
    done(any_town, lambda tx: look_up_card(tx, desk, number, None))
    done(any_town, lambda tx: look_up_card(tx, AGENCY, number, QUERY))
    assert refused(any_town, lambda tx: see_photo(tx, desk, holder.public_id)) == "purpose_missing"
    done(any_town, lambda tx: look_up_card(tx, desk, number, QUERY))
    assert done(any_town, lambda tx: see_photo(tx, desk, holder.public_id))[0] == "image/png"
    with any_town.foundation.uow.read() as tx:
        newest = card_timeline(tx, holder.public_id, before=None, limit=1)[0]
    assert (newest.event, newest.purpose) == ("photo_seen", "status_query")
    any_town.clock.forward(minutes=31)
    assert refused(any_town, lambda tx: see_photo(tx, desk, holder.public_id)) == "purpose_missing"
