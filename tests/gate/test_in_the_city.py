"""A gate in the running city: enrolled with a one-time code, told of a loss over the stream, its scans handed in."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from ecard.services.verifiers import create_verifier
from ecard.store.models import Scan, Unit
from tests.e2e.test_gate_command import DOCUMENT, NAME, _post, _sign_in
from tests.gate.processes import RunningGate
from tests.running_city import RunningCity, running_city
from tests.services.devices import admin_of
from tests.waiting import wait_for


@pytest.mark.timeout(180)
def test_a_loss_report_closes_the_gate_and_the_scans_arrive(tmp_path: Path) -> None:
    folder = tmp_path / "gate"
    with running_city(tmp_path / "city") as city:
        url = f"http://127.0.0.1:{city.settings.port}"
        command = [sys.executable, "-m", "signing", "gate", "enrol", "--server", url, "--code", enrolment_code(city)]
        subprocess.run([*command, "--trust", folder], check=True, timeout=60)
        token = _sign_in(city)
        _post(city, "/api/v1/me/binding", {"document_number": DOCUMENT, "name": NAME}, token)
        codes = [str(_post(city, "/api/v1/codes", {"scene": "transit"}, token)[1]["text"]) for _ in range(40)]
        with RunningGate("--trust", folder, "--stdin", "--output", "json") as gate:
            wait_for((folder / "manifest.jws").exists)
            gate.type(codes.pop().encode() + b"\r")
            assert gate.codes(1) == ["ok"]
            assert _post(city, "/api/v1/me/card/loss-report", {}, token)[0] == 200
            reported = time.monotonic()
            found = "ok"
            while found == "ok":
                gate.type(codes.pop().encode() + b"\r")
                (found,) = gate.codes(1)
                time.sleep(0.05)
            assert found == "revoked"
            assert time.monotonic() - reported < 3, "over the stream, not at the next look"
            assert gate.stop() == 0
        with RunningGate("--trust", folder, "--stdin") as again:
            wait_for(lambda: len(scans(city)) > 1, seconds=30)
            assert again.stop() == 0
        assert {scan.code for scan in scans(city)} == {"ok", "revoked"}


def enrolment_code(city: RunningCity) -> str:
    """As the administrator of the first unit is shown it."""
    with city.foundation.uow.write() as tx:
        unit = tx.db.scalars(select(Unit.id).order_by(Unit.id)).first()
        assert unit is not None
        return create_verifier(tx, admin_of(unit), "1 号闸机", "gate")[1]


def scans(city: RunningCity) -> list[Scan]:
    with city.foundation.uow.read() as tx:
        return list(tx.db.scalars(select(Scan)))
