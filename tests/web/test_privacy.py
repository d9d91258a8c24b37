"""A whole day at every counter, and not a name, number or phone of it in logs, record, outbox or tables (Art. 16)."""

from __future__ import annotations

import json

import pytest
import structlog
from sqlalchemy import select, text

from ecard.domain.actors import Role
from ecard.store.models import AuditEntry, Base, DemoMessage, OutboxMessage
from tests.services.issuing import publish_sector_key
from tests.services.phones import DEVICES, Phone, step_up, supplied
from tests.town import Holder, Town
from tests.web.parties import a_verifier, staff

NAME, NOTE = "欧阳志远", "公安机关注销户籍通知书穗公三十五号"
LABEL = "欧阳家的折叠屏手机"


def a_day(town: Town) -> tuple[Holder, list[str]]:
    """Everything that can happen to one card, with mistakes; returns its holder and the codes shown."""
    holder = town.a_card(name=NAME)
    person = holder.person
    citizen = town.sign_in_phone(person.phone)
    town.publisher().publish()
    citizen.post("/api/v1/me/binding", {"document_number": person.document_number, "name": "欧阳志选"})
    citizen.post("/api/v1/me/binding", {"document_number": person.document_number, "name": NAME})
    codes = [
        citizen.post("/api/v1/codes", {"scene": "identity", "form": form}).json["text"] for form in ("digits", "jwt")
    ]
    publish_sector_key(town)
    phone = Phone()
    linking = citizen.post(DEVICES, phone.body(step_up(town, citizen), town.clock.epoch, label=LABEL))
    phone.id = linking.json["id"]
    supplied(town, citizen, phone, [("identity", 0), ("medical", 0)])
    codes += [phone.present(town.clock.epoch), phone.present(town.clock.epoch, "medical")]
    verifier, _ = a_verifier(town, town.a_unit(attributes=("name", "document_number", "card_number")))
    for code in (*codes, "351234"):
        seen = verifier.post("/api/v1/verifications", {"text": code, "purpose": "registration", "operator": "窗口 3"})
    clerk, hotline = staff(town, Role.BANK_CLERK), staff(town, Role.PHONE_OPERATOR)
    for purpose in (None, "status_query"):
        clerk.post("/api/v1/counter/card-lookups", {"document_number": person.document_number, "purpose": purpose})
    card = f"/api/v1/counter/cards/{holder.public_id}"
    clerk.get(f"{card}/photo")
    hotline.post(f"{card}/loss-report", {"caller_verified": True})
    clerk.post(f"{card}/loss-report-withdrawal", {"document_seen": True})
    citizen.post("/api/v1/me/card/loss-report")
    citizen.post("/api/v1/me/card/replacement-request")
    first, second = staff(town, Role.AGENCY_OFFICER), staff(town, Role.AGENCY_OFFICER)
    proposal = first.post(f"{card}/cancellation-proposals", {"reason": "death", "note": NOTE}).json
    assert second.post(f"/api/v1/counter/cancellation-proposals/{proposal['id']}/confirmation").status_code == 200
    citizen.post("/api/v1/codes", {"scene": person.document_number})
    citizen.get(f"/api/v1/me/{person.document_number}")
    citizen.post("/api/v1/auth/sms-codes", {"phone": person.phone, person.document_number: 1})
    assert seen.status_code == 200
    return holder, codes


def secrets_of(holder: Holder, codes: list[str]) -> list[str]:
    person = holder.person
    return [person.name, person.document_number, person.document_number[6:], person.phone, NOTE, LABEL, *codes]


def test_logs_tell_what_happened_and_to_nobody_whose_name_they_know(
    small_town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    with structlog.testing.capture_logs() as lines:
        holder, codes = a_day(small_town)
    said = json.dumps(lines, ensure_ascii=False, default=str)
    printed = capsys.readouterr()
    assert len(lines) > 20
    assert not [line for line in lines if line["log_level"] == "error"]
    for secret in secrets_of(holder, codes):
        assert secret not in said + printed.out + printed.err, secret


def test_record_and_outbox_hold_identifiers_only(town: Town) -> None:
    holder, codes = a_day(town)
    with town.foundation.uow.read() as tx:
        entries = list(tx.db.scalars(select(AuditEntry)))
        messages = list(tx.db.scalars(select(OutboxMessage)))
    assert {"loss_reported", "card_cancelled", "code_verified", "photo_seen"} <= {entry.action for entry in entries}
    assert len(messages) == 8
    held = [[entry.actor, entry.subject, entry.details] for entry in entries] + [[row.payload] for row in messages]
    said = json.dumps(held, ensure_ascii=False)
    for secret in secrets_of(holder, codes):
        assert secret not in said, secret


def test_no_table_holds_anything_personal_in_clear(town: Town) -> None:
    """Every column of every row, as text and as bytes; the demo's inbox, which stands for the phones themselves, aside."""
    holder, codes = a_day(town)
    with town.foundation.database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name == DemoMessage.__tablename__:
                continue
            for row in connection.execute(text(f'SELECT * FROM "{table.name}"')):  # noqa: S608 - our own table names
                content = b"\0".join(
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row
                )
                for secret in secrets_of(holder, codes):
                    assert secret.encode() not in content, (table.name, secret)


def test_a_masked_answer_holds_nothing_to_unmask_it_with(small_town: Town) -> None:
    holder, clerk = small_town.a_card(name=NAME), staff(small_town, Role.BANK_CLERK)
    looked = clerk.post("/api/v1/counter/card-lookups", {"document_number": holder.person.document_number})
    assert looked.json["masked"] is True
    for secret in (NAME, holder.person.document_number, holder.phone):
        assert secret not in looked.data.decode()
