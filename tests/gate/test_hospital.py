"""A hospital's gate and the real application: sector keys from enrolment to an open name, and questions under a purpose on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from ecard.services.keyring import KeysInForce
from ecard.services.sector_keys import deliver_sector_keys
from ecard.store.models import AuditEntry, Verifier
from signing import Policy
from signing.gate.courier import REGULAR, SOON, Courier
from signing.gate.desk import Answer
from signing.gate.device_key import DeviceKey, Identity
from signing.gate.disclosure import reveal
from signing.gate.encryption_key import EncryptionKey
from signing.gate.enrolment import enrol
from signing.gate.issuer_api import IssuerApi
from signing.gate.online import Asker, Online
from signing.gate.sector_keys import files_in
from signing.gate.session import Session
from tests.gate.parts import Bench, HandClock
from tests.gate.test_upload import a_code_for, served
from tests.services.phones import Phone, supplied
from tests.town import Clock, Holder, Town, build_town

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def town(sqlite_database_url: str, embedded_redis_url: str, keys: Path) -> Iterator[Town]:
    yield from build_town(sqlite_database_url, embedded_redis_url, keys, Clock())


@dataclass
class Window:
    """A gate of the town that was enrolled by its own program."""

    town: Town
    url: str
    folder: Path
    kind: str = "health"

    def __post_init__(self) -> None:
        code = a_code_for(self.town, self.town.a_unit(self.kind), "hospital")
        enrol(IssuerApi(self.url), self.url, code, self.folder, self.town.clock.epoch)
        self.open()

    def open(self, online: Online | None = None, policy: Policy | None = None) -> None:
        """As the process does at its start."""
        identity, key, own = (kind.load(self.folder) for kind in (Identity, DeviceKey, EncryptionKey))
        assert isinstance(identity, Identity)
        assert isinstance(key, DeviceKey)
        self.own = own if isinstance(own, EncryptionKey) else EncryptionKey.open_or_make(self.folder)
        self.session = Session(IssuerApi(self.url), key, identity)
        clock = HandClock(self.town.clock.epoch)
        self.bench = Bench(self.folder, policy or Policy.preset("hospital"), clock, online=online)
        self.bench.desk.trust = self.town.trust()
        sectors, say = self.bench.sectors, self.bench.complaints.append
        self.courier = Courier(self.session, self.own, identity, sectors, clock, folder=self.folder, trouble=say)

    def told(self, text: str) -> tuple[Answer, object]:
        """The answer to who asks for the holder, and the sealed claims in it."""
        answer = self.bench.desk.judge(text, "http")
        return answer, reveal(answer, self.bench.sectors).get("sealed")


def deliver(town: Town) -> int:
    """A turn of the worker."""
    store = town.foundation.keystore
    return deliver_sector_keys(town.foundation.uow, KeysInForce(store.folder).current(), store.sector_key)


def a_patient(town: Town) -> tuple[Holder, Phone]:
    holder = town.a_card(name="买买提·艾合买提江")
    town.publisher().publish()
    return holder, supplied(town, town.sign_in(holder), wanted=[("identity", 0), ("medical", 0)])


def test_a_hospital_reads_a_phone_s_code_without_a_network_and_the_metro_does_not(town: Town, tmp_path: Path) -> None:
    holder, phone = a_patient(town)
    with served(town) as url:
        hospital, metro = Window(town, url, tmp_path / "h"), Window(town, url, tmp_path / "m", "transport")
        assert (hospital.courier.look(), hospital.bench.sectors.scenes) == (SOON, None)
        assert deliver(town) == 1
        assert hospital.courier.look() == REGULAR
        metro.courier._known_since -= 60
        assert metro.courier.look() == REGULAR
    text = phone.present(town.clock.epoch, "medical")
    answer, sealed = hospital.told(text)
    person = holder.person
    assert answer.action == "admit"
    assert sealed == {"name": person.name, "document_number": person.document_number, "insurance": 1}
    assert metro.told(text)[1] == "not_ours"
    hospital.open()
    town.clock.forward(seconds=15)
    hospital.bench.clock.now = town.clock.epoch
    again = hospital.told(phone.present(town.clock.epoch, "medical"))[1]
    assert again == sealed, "the next process has the key from the folder"
    assert files_in(tmp_path / "m") == []


def test_a_gate_that_was_enrolled_before_gets_a_key_at_its_next_contact(town: Town, tmp_path: Path) -> None:
    a_patient(town)
    with served(town) as url:
        hospital = Window(town, url, tmp_path)
        (tmp_path / "gate-encryption-key.pem").unlink()
        with town.foundation.uow.write() as tx:
            tx.db.scalars(select(Verifier)).one().encryption_key = None
        hospital.open()
        assert (hospital.courier.look(), deliver(town), hospital.courier.look()) == (SOON, 1, REGULAR)
    assert len(hospital.bench.sectors.held) == 1
    assert hospital.bench.complaints == []


def test_a_device_that_moves_to_another_unit_takes_no_sector_key_along(town: Town, tmp_path: Path) -> None:
    a_patient(town)
    with served(town) as url:
        hospital = Window(town, url, tmp_path)
        deliver(town)
        hospital.courier.look()
        assert len(files_in(tmp_path)) == 1
        Window(town, url, tmp_path, "transport")
    assert files_in(tmp_path) == []


def test_the_issuer_s_answer_counts_and_goes_on_record(town: Town, tmp_path: Path) -> None:
    holder, phone = a_patient(town)
    with served(town) as url:
        hospital = Window(town, url, tmp_path)
        clock = HandClock(town.clock.epoch)
        line = Online("first", hospital.session, Asker("registration", "窗口 3"), clock, lambda *_: None)
        hospital.open(line, Policy.preset("counter"))
        first = phone.present(town.clock.epoch)
        answer = hospital.bench.desk.judge(first, "http")
        assert (answer.verdict.code, answer.judged_by, answer.action) == ("ok", "issuer", "admit")
        assert reveal(answer, hospital.bench.sectors)["holder"] == {
            "name": holder.person.name,
            "document_number": holder.person.document_number,
        }
        town.sign_in_phone(holder.phone).post("/api/v1/me/card/loss-report")
        lost = hospital.bench.desk.judge(phone.present(town.clock.epoch + 1), "http")
        assert (lost.verdict.code, lost.judged_by) == ("revoked", "issuer"), "the site's list does not know yet"
    with town.foundation.uow.read() as tx:
        entries = tx.db.scalars(select(AuditEntry).where(AuditEntry.action == "code_verified"))
        assert {(entry.details["purpose"], entry.details["operator"]) for entry in entries} == {
            ("registration", "窗口 3")
        }
