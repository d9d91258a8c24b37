"""A gate in the running city: enrolled with a one-time code, told of a loss over the stream, its scans handed in.

And two windows without a network before a phone's medical code: the hospital's bridge names the patient to whom asks, the metro's does not.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ecard.domain.units import UnitKind
from ecard.services.verifiers import create_verifier
from ecard.store.models import Scan, Unit
from tests.e2e.test_gate_command import DOCUMENT, NAME, _post, _sign_in
from tests.gate.processes import RunningGate, ask, port_of
from tests.running_city import RunningCity, running_city
from tests.services.devices import admin_of
from tests.waiting import wait_for


@pytest.mark.timeout(180)
def test_a_loss_report_closes_the_gate_and_the_scans_arrive(tmp_path: Path) -> None:
    folder = tmp_path / "gate"
    with running_city(tmp_path / "city") as city:
        url = f"http://127.0.0.1:{city.settings.port}"
        enrol(url, enrolment_code(city), folder)
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


@pytest.mark.timeout(180)
def test_a_hospital_s_bridge_names_the_patient_without_a_network_and_the_metro_s_does_not(tmp_path: Path) -> None:
    folders = {kind: tmp_path / kind for kind in (UnitKind.HEALTH, UnitKind.TRANSPORT)}
    with running_city(tmp_path / "city") as city:
        url = f"http://127.0.0.1:{city.settings.port}"
        for kind, folder in folders.items():
            enrol(url, enrolment_code(city, kind), folder)
            with RunningGate("--trust", folder, "--policy", hospital_policy(tmp_path), "--stdin") as gate:
                assert "needs --purpose and --operator" in gate.says("the policy asks")
                wait_for(lambda place=folder: (place / "manifest.jws").exists() and knows_its_sector(place), seconds=90)  # type: ignore[misc]
                assert gate.stop() == 0
        token = _sign_in(city)
        _post(city, "/api/v1/me/binding", {"document_number": DOCUMENT, "name": NAME}, token)
        text = str(_post(city, "/api/v1/codes", {"scene": "medical"}, token)[1]["text"])
    told = {kind: ask_the_bridge(folder, hospital_policy(tmp_path), text) for kind, folder in folders.items()}
    assert told[UnitKind.HEALTH]["sealed"] | {"insurance": 0} == {
        "name": NAME,
        "document_number": DOCUMENT,
        "insurance": 0,
    }
    assert (told[UnitKind.TRANSPORT]["code"], told[UnitKind.TRANSPORT]["sealed"]) == ("ok", "not_ours")
    assert status(folders[UnitKind.HEALTH])["sector_keys"][0]["scene"] == "medical"


def enrol(url: str, code: str, folder: Path) -> None:
    """By the command."""
    words = ["--server", url, "--code", code, "--trust", str(folder)]
    command = [sys.executable, "-m", "signing", "gate", "enrol", *words]
    subprocess.run(command, check=True, timeout=60)


def hospital_policy(folder: Path) -> Path:
    """Of a window that takes medical codes, whatever unit it belongs to."""
    path = folder / "policy.json"
    path.write_text('{"preset": "hospital"}')
    return path


def knows_its_sector(folder: Path) -> bool:
    """Whether the issuer has said which sector keys this gate has, if any."""
    return (folder / "sectors.json").exists()


def ask_the_bridge(folder: Path, policy: Path, text: str) -> dict[str, Any]:
    """What a program of the site is told that asks who it is, with no network there; the next line of the output tells nobody."""
    words = ("--no-network", "--policy", policy, "--http", "127.0.0.1:0", "--output", "json")
    with RunningGate("--trust", folder, *words) as gate:
        body = json.dumps({"text": text, "reveal": True}).encode()
        _, told = ask(port_of(gate, "http:"), "POST", "/verify", body, {"Content-Type": "application/json"})
        assert NAME not in gate.line()
        assert gate.stop() == 0
        assert not any(NAME in line for line in gate.complaints)
    found: dict[str, Any] = told
    return found


def status(folder: Path) -> dict[str, Any]:
    """What ``gate status`` says."""
    command = [sys.executable, "-m", "signing", "gate", "status", "--trust", str(folder)]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=False, timeout=60).stdout)
    return found


def enrolment_code(city: RunningCity, kind: UnitKind | None = None) -> str:
    """As the administrator of the first unit, or of the first of a kind, is shown it."""
    with city.foundation.uow.write() as tx:
        units = select(Unit.id).order_by(Unit.id)
        unit = tx.db.scalars(units if kind is None else units.where(Unit.kind == kind.value)).first()
        assert unit is not None
        return create_verifier(tx, admin_of(unit), "1 号闸机", "gate")[1]


def scans(city: RunningCity) -> list[Scan]:
    with city.foundation.uow.read() as tx:
        return list(tx.db.scalars(select(Scan)))
