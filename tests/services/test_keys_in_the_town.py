"""A change of keys, seen from where it counts: the phone, the gate, the worker and the web process, none of which is started again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from ecard.keystore import KeyStore
from ecard.services.ceremony import Table, add_key, revoke, rotate, sign
from ecard.services.key_plan import Use, Window
from ecard.services.root_keys import root_keys_in
from ecard.store.models import AuditEntry, Publication
from ecard.web.parts import EXTENSION, Parts
from ecard.worker import Worker
from signing import Policy, TrustBundle, TrustError, parse_unverified, verify
from signing.jws import parse_compact
from tests.services.devices import an_enrolled_device
from tests.services.phones import Phone, ask, linked
from tests.town import Api, Clock, Town, build_town
from tests.waiting import wait_for

PATIENT = Policy.from_json({"preset": "gate", "max_list_age": 604_800})


@dataclass
class Ceremony:
    """A town, and the table where its key ceremonies are held."""

    town: Town

    @property
    def store(self) -> KeyStore:
        return self.town.foundation.keystore

    @property
    def parts(self) -> Parts:
        parts: Parts = self.town.app.extensions[EXTENSION]
        return parts

    def table(self) -> Table:
        return Table(self.store, self.town.clock.now)

    def sign(self) -> None:
        """The root key signs, and a second passes."""
        sign(self.table(), root_keys_in(self.store))
        self.look_again()

    def look_again(self) -> None:
        """The web process looks at its folder at the next request after a second; the tests need not wait for it."""
        self.parts.code_keys._in_force._look_at = float("-inf")

    def a_code(self, account: int) -> str:
        return self.parts.codes.issue(account, "identity").text

    def synced(self, held: TrustBundle | None = None) -> TrustBundle:
        """What a verifier that is online holds."""
        self.town.publisher().publish_if_due()
        return self.town.trust(held=held)

    def judged(self, text: str, trust: TrustBundle) -> tuple[str, str]:
        verdict = verify(text, trust=trust, policy=PATIENT, now=self.town.clock.epoch)
        return verdict.outcome, verdict.code


@pytest.fixture
def ceremony(
    sqlite_database_url: str, embedded_redis_url: str, keys: Path, tmp_path: Path, clock: Clock
) -> Iterator[Ceremony]:
    """With keys of its own."""
    own = shutil.copytree(keys, tmp_path / "own")
    for town in build_town(sqlite_database_url, embedded_redis_url, own, clock):
        yield Ceremony(town)


def test_a_gate_that_was_offline_for_a_week_knows_every_key_of_a_planned_rotation(ceremony: Ceremony) -> None:
    """Each day a gate syncs and then goes into the tunnel for seven days: at no time does it meet a key that it does not know."""
    town = ceremony.town
    account = town.an_account(town.a_card())
    gates: list[TrustBundle] = [ceremony.synced()]
    rotate(ceremony.table(), Use("code"))
    ceremony.sign()
    rotate(ceremony.table(), Use("list"))
    ceremony.sign()
    kids = set()
    for _ in range(16):
        gates.append(ceremony.synced(held=gates[-1]))
        town.clock.forward(days=1, seconds=-1)
        text = ceremony.a_code(account)
        kids.add(parse_unverified(text).kid)
        for gate in gates[-7:]:
            assert ceremony.judged(text, gate) == ("valid", "ok")
    assert len(kids) == 2
    assert len({gate.manifest.data for gate in gates}) == len(gates)


def test_a_rotation_without_lead_meets_gates_that_do_not_know_the_key(ceremony: Ceremony) -> None:
    town = ceremony.town
    account = town.an_account(town.a_card())
    offline = ceremony.synced()
    rotate(ceremony.table(), Use("code"), lead=timedelta(hours=1))
    ceremony.sign()
    town.clock.forward(hours=1)
    text = ceremony.a_code(account)
    assert ceremony.judged(text, offline) == ("unknown", "unknown_key")
    assert ceremony.judged(text, ceremony.synced(held=offline)) == ("valid", "ok")


def test_what_a_phone_is_given_just_after_a_key_began_counts(ceremony: Ceremony) -> None:
    """Its first credential is dated a few minutes back, into the window of the key before."""
    town = ceremony.town
    town.clock.now = town.clock.now.replace(minute=5, second=3)
    api = town.sign_in(town.a_card())
    phone = linked(town, api)
    rotate(ceremony.table(), Use("code"), lead=timedelta(seconds=2))
    ceremony.sign()
    town.clock.forward(seconds=5)
    trust = ceremony.synced()
    new = max(trust.keys.code_keys.values(), key=lambda key: key.not_before).public.kid
    assert parse_unverified(ceremony.parts.codes.issue(1, "identity").text).kid == new
    assert phone_codes(town, api, phone, trust) == [("valid", "ok")] * 2


def test_no_phone_is_given_what_begins_after_the_last_key_ended(ceremony: Ceremony) -> None:
    town = ceremony.town
    api = town.sign_in(town.a_card())
    phone = linked(town, api)
    (first,) = ceremony.synced().keys.code_keys
    add_key(ceremony.table(), Use("code"), Window(town.clock.epoch - 3600, town.clock.epoch + 20 * 3600))
    ceremony.sign()
    revoke(ceremony.table(), first, "to leave but the one that ends soon")
    ceremony.sign()
    trust = ceremony.synced()
    assert phone_codes(town, api, phone, trust) == [("valid", "ok")]
    refused = ask(town, api, phone, [("identity", 1)])
    assert (refused.status_code, refused.json["code"]) == (503, "codes_unavailable")


def phone_codes(town: Town, api: Api, phone: Phone, trust: TrustBundle) -> list[tuple[str, str]]:
    """What a gate says to codes made from each credential that the phone is given now, shown in the middle of its life."""
    answer = ask(town, api, phone, [("identity", 0), ("identity", 1)])
    assert answer.status_code == 201, answer.json
    phone.keep(answer)
    shown: list[tuple[str, str]] = []
    for each in answer.json["credentials"]:
        at = int(datetime.fromisoformat(each["issued_at"]).timestamp()) + 12 * 3600
        verdict = verify(phone.present(at, slot=each["slot"]), trust=trust, policy=PATIENT, now=at)
        shown.append((verdict.outcome, verdict.code))
    return shown


def test_codes_of_a_revoked_key_die_where_the_new_key_set_arrives_and_new_ones_are_shown_at_once(
    ceremony: Ceremony,
) -> None:
    town = ceremony.town
    account = town.an_account(town.a_card())
    before = ceremony.synced()
    text = ceremony.a_code(account)
    assert ceremony.judged(text, before) == ("valid", "ok")
    revoke(ceremony.table(), parse_unverified(text).kid, "a web server was taken over")
    ceremony.sign()
    after = ceremony.synced(held=before)
    assert ceremony.judged(text, after) == ("invalid", "key_revoked")
    assert ceremony.judged(ceremony.a_code(account), after) == ("valid", "ok")
    assert ceremony.parts.code_keys.state(town.clock.epoch) == "ok"


def test_after_a_list_key_is_revoked_lists_go_on_and_what_it_signs_counts_no_more(ceremony: Ceremony) -> None:
    town = ceremony.town
    lost = town.a_card("suspended")
    before = ceremony.synced()
    (kid,) = before.keys.list_keys
    thief = ceremony.store.issuer_signer("list", kid)
    revoke(ceremony.table(), kid, "the worker's disk was sold")
    ceremony.sign()
    town.clock.forward(seconds=1)
    Worker(town.foundation)._publish()
    after = town.trust(held=before)
    assert (after.keys.version, town.revoked_in(after, lost)) == (2, {True})
    with pytest.raises(TrustError):
        TrustBundle.accept(
            after.root, keys=after.keys.data, manifest=before.manifest.data, held=after, now=town.clock.epoch
        )
    assert thief.kid not in {key.public.kid for key in after.keys.list_keys.values() if key.revoked_at is None}
    with town.foundation.uow.read() as tx:
        lists = tx.db.scalars(select(Publication.body).where(Publication.media_type == "application/statuslist+jwt"))
        assert thief.kid not in {parse_compact(body.decode()).header["kid"] for body in lists}


def test_no_code_is_shown_when_no_key_may_sign_and_the_probe_says_why(ceremony: Ceremony) -> None:
    town = ceremony.town
    citizen = town.sign_in(town.a_card())
    ceremony.synced()
    for path in ceremony.store.folder.glob("code-*.sealed"):
        path.unlink()
    revoke(ceremony.table(), next(iter(ceremony.parts.code_keys.key_set.code_keys)), "stolen")
    (successor,) = ceremony.store.folder.glob("code-*.sealed")
    successor.unlink()
    ceremony.sign()
    refused = citizen.post("/api/v1/codes", {"scene": "identity"})
    assert (refused.status_code, refused.json["code"]) == (503, "codes_unavailable")
    assert refused.headers["Retry-After"]
    ready = town.client().get("/readyz")
    assert (ready.status_code, ready.get_json()["code_key"]) == (200, "none"), "loss reports are still taken"
    assert citizen.post("/api/v1/me/card/loss-report").status_code == 200


def test_a_running_worker_publishes_a_new_key_set_and_wraps_new_sector_keys_by_itself(ceremony: Ceremony) -> None:
    town = ceremony.town
    town.clock.now = town.clock.now.replace(microsecond=0)
    device, _ = an_enrolled_device(town, can_open=True)
    worker = Worker(town.foundation)
    thread = Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        wait_for(lambda: published_version(town) == 1, seconds=20)
        rotate(ceremony.table(), Use("seal", "medical"))
        ceremony.sign()
        wait_for(lambda: published_version(town) == 2, seconds=20)
        wait_for(lambda: len(subjects(town, "sector_key_delivered")) == 2, seconds=30)
    finally:
        worker.stop()
        thread.join(timeout=20)
    assert set(subjects(town, "sector_key_delivered")) == {f"verifier:{device.verifier_id}"}
    assert subjects(town, "key_set_published") == ["keys:1", "keys:2"]


def published_version(town: Town) -> int | None:
    with town.foundation.uow.read() as tx:
        row = tx.db.get(Publication, "keys")
        return row.version if row else None


def subjects(town: Town, action: str) -> list[str]:
    query = select(AuditEntry.subject).where(AuditEntry.action == action).order_by(AuditEntry.seq)
    with town.foundation.uow.read() as tx:
        return list(tx.db.scalars(query))


_OPENED = """
import sys
opened = set()
sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == "open" else None)
{body}
print("\\n".join(sorted(name for name in opened if name.endswith(".sealed"))))
"""
_WEB = """
from ecard.app import create_app
app = create_app(watching=False)
assert app.test_client().get("/readyz").get_json()["code_key"] == "ok"
"""
_WORKER = """
from ecard.app import lay_foundation
from ecard.config import Settings
from ecard.preflight import check_worker
from ecard.worker import Worker
check_worker(Settings())
worker = Worker(lay_foundation(Settings()))
worker._publish()
worker._deliver_sector_keys()
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [(_WEB, {"code", "secrets"}), (_WORKER, {"list", "seal", "secrets"})],
    ids=["web", "worker"],
)
def test_a_process_opens_the_keys_of_its_purpose_and_no_others(
    ceremony: Ceremony, body: str, expected: set[str]
) -> None:
    """All key files stand in its folder, as in a demo; a web process that is taken over still reads no list, sector or root key."""
    an_enrolled_device(ceremony.town, can_open=True)
    settings = ceremony.town.foundation.settings.model_dump(mode="json", exclude_none=True)
    env = {f"ECARD_{name.upper()}": str(value) for name, value in settings.items()}
    finished = subprocess.run(
        [sys.executable, "-c", _OPENED.format(body=body)],
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    opened = [line for line in finished.stdout.splitlines() if line.endswith(".sealed")]
    assert {Path(name).stem.partition("-")[0] for name in opened} == expected
