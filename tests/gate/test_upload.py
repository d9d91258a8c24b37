"""Scans reach the issuer once, whatever happens on the way: against the real application, over real HTTP."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from sqlalchemy import select

from ecard.domain.actors import Role
from ecard.store.models import MisuseFlag, Scan, Verifier
from signing import TrustError
from signing.gate.backoff import Backoff
from signing.gate.device_key import IDENTITY, KEY, POLICY, DeviceKey, Identity
from signing.gate.encryption_key import FILE as ENCRYPTION_KEY
from signing.gate.encryption_key import EncryptionKey
from signing.gate.enrolment import PENDING, enrol
from signing.gate.issuer_api import IssuerApi, IssuerError
from signing.gate.private_files import IdentityError
from signing.gate.scan_log import Scan as GateScan
from signing.gate.session import Session
from signing.gate.uploader import BATCH, Uploader
from signing.trust_folder import ROOT
from tests.gate.parts import Bench, HandClock
from tests.town import Clock, Town, build_town
from tests.vectors import bundles, city
from tests.web.parties import staff

pytestmark = pytest.mark.timeout(120)


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nothing."""


@contextmanager
def served(town: Town) -> Iterator[str]:
    """The town's application on a port."""
    server = make_server("127.0.0.1", 0, town.app, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def town(sqlite_database_url: str, embedded_redis_url: str, keys: Path) -> Iterator[Town]:
    yield from build_town(sqlite_database_url, embedded_redis_url, keys, Clock())


def a_code_for(town: Town, unit: int | None = None, preset: str = "gate") -> str:
    """An enrolment code."""
    admin = staff(town, Role.UNIT_ADMIN, unit=unit or town.a_unit())
    body = {"label": "3 号闸机", "preset": preset}
    return str(admin.post("/api/v1/unit/verifiers", body).json["enrolment_code"])


def an_enrolled_gate(town: Town, url: str, folder: Path) -> tuple[Bench, Session]:
    """A gate of the town with scans to hand in."""
    identity = enrol(IssuerApi(url), url, a_code_for(town), folder, town.clock.epoch)
    key = DeviceKey.load(folder)
    assert key
    return Bench(folder, clock=HandClock(city.NOW)), Session(IssuerApi(url), key, identity)


def scans_in(town: Town) -> list[Scan]:
    with town.foundation.uow.read() as tx:
        return list(tx.db.scalars(select(Scan)))


def uploader(town: Town, bench: Bench, recipient: Any) -> Uploader:
    return Uploader(
        bench.log,
        recipient,
        lambda: town.clock.epoch,
        bench.complaints.append,
        backoff=Backoff(5.0, 900.0, jitter=lambda: 0.0),
    )


def test_enrolment_leaves_all_that_a_gate_needs_and_a_key_that_only_its_owner_reads(town: Town, tmp_path: Path) -> None:
    with served(town) as url:
        identity = enrol(IssuerApi(url), url, a_code_for(town), tmp_path / "trust", town.clock.epoch)
    folder = tmp_path / "trust"
    assert {path.name for path in folder.iterdir()} == {KEY, ENCRYPTION_KEY, IDENTITY, POLICY, ROOT}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    assert Identity.load(folder) == identity
    with town.foundation.uow.read() as tx:
        assert tx.db.scalars(select(Verifier.public_id)).all() == [identity.verifier_id]


class Deaf(IssuerApi):
    """Asks, and hears no answer: ``arrives`` is whether the issuer got the question."""

    def __init__(self, server: str, *, arrives: bool) -> None:
        super().__init__(server)
        self._arrives = arrives

    def enrol(self, key: DeviceKey, own: EncryptionKey, request: Mapping[str, object]) -> Mapping[str, object]:
        if self._arrives:
            super().enrol(key, own, request)
        raise IssuerError(0, "unreachable: the answer was lost")


@pytest.mark.parametrize("arrives", [True, False], ids=["answer lost", "question lost"])
def test_the_same_command_again_enrols_a_gate_that_heard_no_answer(
    town: Town, tmp_path: Path, *, arrives: bool
) -> None:
    """The code is spent, or it is not; the proof of the first try is an hour old."""
    with served(town) as url:
        code, begun = a_code_for(town), town.clock.epoch
        with pytest.raises(IssuerError, match="unreachable"):
            enrol(Deaf(url, arrives=arrives), url, code, tmp_path, begun)
        town.clock.forward(hours=1)
        identity = enrol(IssuerApi(url), url, code, tmp_path, town.clock.epoch)
        key = DeviceKey.load(tmp_path)
        assert key
        token, _ = IssuerApi(url).open_session(key, identity.verifier_id, town.clock.epoch)
    assert token
    assert not (tmp_path / PENDING).exists()


def test_a_wrong_code_keeps_the_key_for_the_next_try(town: Town, tmp_path: Path) -> None:
    with served(town) as url:
        with pytest.raises(IssuerError, match="enrolment_code_wrong"):
            enrol(IssuerApi(url), url, "AAAA-AAAA-AAAA", tmp_path, town.clock.epoch)
        first = (tmp_path / KEY).read_bytes()
        assert Identity.load(tmp_path) is None
        enrol(IssuerApi(url), url, a_code_for(town), tmp_path, town.clock.epoch)
    assert (tmp_path / KEY).read_bytes() == first


def test_a_server_that_names_another_root_than_the_one_handed_over_is_refused(town: Town, tmp_path: Path) -> None:
    (tmp_path / ROOT).write_bytes(bundles.a_root())
    with served(town) as url, pytest.raises(TrustError, match="root_differs"):
        enrol(IssuerApi(url), url, a_code_for(town), tmp_path, town.clock.epoch)
    assert Identity.load(tmp_path) is None


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    DeviceKey.open_or_make(tmp_path)
    os.chmod(tmp_path / KEY, 0o640)  # noqa: PTH101 - as an administrator does it
    with pytest.raises(IdentityError, match="chmod 600"):
        DeviceKey.load(tmp_path)


def test_scans_are_handed_in_once(town: Town, tmp_path: Path) -> None:
    with served(town) as url:
        bench, session = an_enrolled_gate(town, url, tmp_path)
        for index in range(300, 300 + BATCH + 5):
            bench.desk.judge(city.a_code(city.some_claims(index=index)), "serial")
        bench.desk.judge("35", "serial")
        uploads = uploader(town, bench, session)
        uploads.look()
        uploads.look()
    kept = scans_in(town)
    assert len(kept) == len({scan.scan_id for scan in kept}) == BATCH + 6
    assert (bench.log.counts().waiting, bench.log.counts().accepted) == (0, BATCH + 6)
    assert sum(scan.token_id is None for scan in kept) == 1
    assert {scan.card_index for scan in kept} == {None}


class Lossy:
    """A network that loses what comes back, every other time."""

    def __init__(self, session: Session) -> None:
        self._session, self.calls = session, 0

    def upload(self, scans: Sequence[GateScan], now: int) -> None:
        self.calls += 1
        self._session.upload(scans, now)
        if self.calls % 2:
            raise IssuerError(0, "unreachable: the answer was lost")


def test_an_answer_that_was_lost_counts_nothing_twice(town: Town, tmp_path: Path) -> None:
    with served(town) as url:
        bench, session = an_enrolled_gate(town, url, tmp_path)
        uploads = uploader(town, bench, Lossy(session))
        for index in range(300, 310):
            bench.desk.judge(city.a_code(city.some_claims(index=index)), "serial")
            uploads.look()
        uploads.look()
    assert len(scans_in(town)) == 10
    assert bench.log.counts().waiting == 0


def test_power_that_fails_before_the_mark_counts_nothing_twice(town: Town, tmp_path: Path) -> None:
    with served(town) as url:
        bench, session = an_enrolled_gate(town, url, tmp_path)
        bench.desk.judge(city.a_code(), "serial")
        session.upload(bench.log.waiting(BATCH), town.clock.epoch)
        bench.close()
        again = Bench(tmp_path)
        again.desk.judge("35", "serial")
        uploader(town, again, session).look()
    assert len(scans_in(town)) == 2
    assert again.log.counts().waiting == 0


def test_a_session_that_ended_is_opened_again(town: Town, tmp_path: Path) -> None:
    with served(town) as url:
        bench, session = an_enrolled_gate(town, url, tmp_path)
        session._token, session._until = "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", float("inf")
        bench.desk.judge("35", "serial")
        uploader(town, bench, session).look()
    assert len(scans_in(town)) == 1


def test_a_gate_whose_clock_is_a_day_wrong_hands_in_its_scans(town: Town, tmp_path: Path) -> None:
    with served(town) as url:
        bench, session = an_enrolled_gate(town, url, tmp_path)
        bench.desk.judge("35", "serial")
        session.upload(bench.log.waiting(1), town.clock.epoch - 86_400)
    assert len(scans_in(town)) == 1


def test_a_disabled_gate_keeps_its_scans_and_says_so_once(town: Town, tmp_path: Path) -> None:
    with served(town) as url:
        bench, session = an_enrolled_gate(town, url, tmp_path)
        with town.foundation.uow.write() as tx:
            tx.db.scalars(select(Verifier)).one().disabled_at = tx.now
        bench.desk.judge("35", "serial")
        uploads = uploader(town, bench, session)
        assert [uploads.look() for _ in range(3)] == [5.0, 10.0, 20.0]
    assert bench.log.counts().waiting == 1
    assert len(bench.complaints) == 1
    assert "assertion_invalid" in bench.complaints[0]


class Picky:
    """An issuer that will never take one of the scans."""

    def __init__(self, bad: str, status: int) -> None:
        self._bad, self._status = bad, status
        self.taken: list[str] = []

    def upload(self, scans: Sequence[GateScan], now: int) -> None:
        assert now > 0
        if any(scan.id == self._bad for scan in scans):
            raise IssuerError(self._status, "request_invalid")
        self.taken += [scan.id for scan in scans]


@pytest.mark.parametrize("status", [400, 413, 422])
def test_one_scan_that_is_refused_for_good_holds_up_no_other(tmp_path: Path, status: int) -> None:
    bench = Bench(tmp_path)
    for _ in range(20):
        bench.desk.judge("35", "serial")
    picky = Picky(bench.log.waiting(20)[7].id, status)
    Uploader(bench.log, picky, bench.clock, bench.complaints.append).look()
    assert (len(picky.taken), bench.log.counts().accepted, bench.log.counts().refused) == (19, 19, 1)


@pytest.mark.parametrize("status", [0, 401, 403, 429, 500, 503])
def test_what_may_pass_is_tried_again(tmp_path: Path, status: int) -> None:
    bench = Bench(tmp_path)
    bench.desk.judge("35", "serial")
    Uploader(bench.log, Picky(bench.log.waiting(1)[0].id, status), bench.clock, bench.complaints.append).look()
    assert bench.log.counts().waiting == 1


def test_a_code_at_two_gates_is_flagged_once_they_have_uploaded(town: Town, tmp_path: Path) -> None:
    """The mother's screen was photographed: two gates without a network both let it through, and only later is it seen."""
    with served(town) as url:
        gates = [an_enrolled_gate(town, url, tmp_path / name) for name in ("north", "south")]
        for bench, session in gates:
            assert bench.desk.judge(city.a_device_code(), "serial").action == "admit"
            uploader(town, bench, session).look()
    with town.foundation.uow.read() as tx:
        assert len(tx.db.scalars(select(MisuseFlag)).all()) == 1


@pytest.mark.parametrize("server", ["ftp://x", "https://", "file:///etc/passwd", "x"])
def test_an_address_that_is_none(server: str) -> None:
    with pytest.raises(ValueError, match="address"):
        IssuerApi(server)


@pytest.mark.parametrize(
    "server", ["http://ecard.example", "http://127.0.0.1.example", "http://10.0.0.1:8000", "http://localhost@x"]
)
def test_nobody_on_the_way_hands_a_gate_its_root(server: str) -> None:
    with pytest.raises(ValueError, match="https"):
        IssuerApi(server)


@pytest.mark.parametrize(
    "server", ["https://ecard.example", "http://localhost:8000", "http://127.0.0.1:1", "http://[::1]:1"]
)
def test_an_address_that_may_be_asked(server: str) -> None:
    IssuerApi(server)


def test_a_captive_portal_is_no_issuer(tmp_path: Path) -> None:
    def portal(_environ: Any, start: Callable[..., Any]) -> list[bytes]:
        start("302 Found", [("Location", "http://127.0.0.1:9/login")])
        return [b"<html>"]

    server = make_server("127.0.0.1", 0, portal, handler_class=_Quiet)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    api, own = IssuerApi(f"http://127.0.0.1:{server.server_port}"), EncryptionKey.open_or_make(tmp_path)
    key = DeviceKey.open_or_make(tmp_path)
    with pytest.raises(IssuerError) as refused:
        api.enrol(key, own, key.enrolment_request("A", 0, own.public_jwk()))
    thread.join()
    server.server_close()
    assert (refused.value.status, refused.value.is_final) == (302, False)
