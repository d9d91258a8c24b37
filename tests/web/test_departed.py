"""A session outlives its holder's office by hours: what it still opens is nothing."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import func, select

from ecard.domain.actors import Role
from ecard.store.models import AuditEntry, IdempotencyRecord, Staff
from tests.town import Api, Town, Worker
from tests.web.parties import staff

KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
LOOK_UP = "/api/v1/counter/card-lookups"


def change(town: Town, worker: Worker, **columns: object) -> None:
    with town.foundation.uow.write() as tx:
        row = tx.db.get_one(Staff, worker.id)
        for name, value in columns.items():
            setattr(row, name, value)


def looks(town: Town) -> int:
    with town.foundation.uow.read() as tx:
        found = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "card_looked_up")
        return tx.db.scalar(found) or 0


def test_who_was_disabled_gets_no_remembered_answer(small_town: Town) -> None:
    holder, officer = small_town.a_card(), small_town.staff(Role.AGENCY_OFFICER)
    api, report = small_town.sign_in_staff(officer), f"/api/v1/counter/cards/{holder.public_id}/loss-report"
    assert api.post(report, Idempotency_Key=KEY).status_code == 200
    change(small_town, officer, disabled_at=small_town.clock.now)
    assert api.post(report, Idempotency_Key=KEY).json["code"] == "token_revoked"


@pytest.mark.parametrize("path", ["/api/v1/audit/entries", "/api/v1/audit/verification"])
def test_who_was_given_another_role_has_lost_the_old_one(small_town: Town, path: str) -> None:
    """The role stands in the token too; the register decides."""
    auditor = small_town.staff(Role.AUDITOR)
    api = small_town.sign_in_staff(auditor)
    assert api.get(path).status_code == 200
    change(small_town, auditor, role=Role.DISTRICT_OFFICER.value)
    assert api.get(path).json["code"] == "token_revoked"


def test_every_repeated_look_is_a_look_of_its_own(small_town: Town) -> None:
    """A remembered answer would show a holder's data for a day, and the record would say once."""
    holder, clerk = small_town.a_card(), staff(small_town, Role.BANK_CLERK)
    look = {"document_number": holder.person.document_number, "purpose": "status_query"}
    for _ in range(2):
        answer = clerk.post(LOOK_UP, look, Idempotency_Key=KEY)
        assert "Idempotency-Replayed" not in answer.headers
    assert looks(small_town) == 2
    with small_town.foundation.uow.read() as tx:
        assert tx.db.scalars(select(IdempotencyRecord)).all() == []


def test_a_remembered_request_cannot_be_guessed_from_its_hash(small_town: Town) -> None:
    """A binding names a document number, and there are few enough of those to try them all."""
    holder = small_town.a_card()
    citizen: Api = small_town.sign_in_phone(holder.phone)
    body = json.dumps({"document_number": holder.person.document_number, "name": holder.person.name}).encode()
    headers = {"Authorization": f"Bearer {citizen.token}", "Idempotency-Key": KEY, "Content-Type": "application/json"}
    assert citizen.client.post("/api/v1/me/binding", data=body, headers=headers).status_code == 200
    guess = hashlib.sha256(b"POST /api/v1/me/binding\n" + body).digest()
    with small_town.foundation.uow.read() as tx:
        assert bytes(tx.db.scalars(select(IdempotencyRecord.request_hash)).one()) != guess
