"""The verifier's page in the states that hospital, counter and gate meet, against an issuer in the browser's network."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ecard.services.qr_image import code_image
from signing.policy import Policy
from tests.e2e.camera import FakeCamera
from tests.e2e.conftest import Rooms
from tests.e2e.pages import VerifierPage
from tests.e2e.pocket_city import HOLDER, PocketCity
from tests.e2e.test_accessibility import violations
from tests.vectors.city import MEDICAL

Enrol = Callable[..., tuple[VerifierPage, PocketCity]]


@pytest.fixture
def enrol(rooms: Rooms, camera: FakeCamera) -> Iterator[Enrol]:
    """A window of a unit of the pocket city; what is asked in vain is let go at the end."""

    def enrolled(policy: dict[str, Any], **of_city: Any) -> tuple[VerifierPage, PocketCity]:
        page, context = rooms.verifier(service_workers="block")
        city = PocketCity(policy, **of_city)
        city.serve(context)
        page.goto("/verifier/")
        window = VerifierPage(page, context, camera)
        window.enrol("ABCDEFGHJKLM")
        expect(page.get_by_test_id("list-age")).to_have_attribute("data-seconds", re.compile(r"\d"))
        return window, city

    yield enrolled
    assert rooms.faults == []


def test_a_medical_code_is_read_offline_by_its_sector_alone(enrol: Enrol, pictures: Path) -> None:
    """Name, number and insurance while the verdict is shown; nothing of it stays on the page or on the disk."""
    window, city = enrol({"preset": "hospital"})
    page = window.page
    _await_sector_key(page)
    window.context.set_offline(True)
    window.type(city.device_code(scene=MEDICAL), "ok")
    expect(page.get_by_test_id("sealed-name")).to_have_text(HOLDER.name)
    expect(page.get_by_test_id("sealed-document-number")).to_have_text(HOLDER.document_number)
    expect(page.get_by_test_id("sealed-insurance")).to_have_text("职工医保")
    expect(page.get_by_test_id("verdict-form")).to_have_attribute("data-form", "device")
    expect(page.get_by_test_id("credential-age")).to_contain_text("2 小时")
    expect(page.get_by_role("alert").filter(has_text=HOLDER.name)).to_have_count(0)  # read out to a whole waiting room
    assert violations(page) == []
    window.screenshot(pictures / "desk-medical.png")
    window.next_person()
    assert HOLDER.name not in page.content()
    assert HOLDER.document_number not in page.content()
    assert HOLDER.name not in page.evaluate(_EVERYTHING_KEPT)

    other, city = enrol({"preset": "gate", "scenes": None}, is_sector=False)
    other.type(city.device_code(scene=MEDICAL), "ok")
    expect(other.page.get_by_test_id("sealed-obstacle")).to_be_visible()
    expect(other.page.get_by_test_id("sealed-claims")).to_have_count(0)
    assert violations(other.page) == []


def test_a_check_number_is_asked_for_and_answered(enrol: Enrol, pictures: Path) -> None:
    """None, another one, a server code: refused, and the number stays; the right one: accepted once, then a new number."""
    window, city = enrol({"preset": "gate"})
    page = window.page
    expect(page.get_by_test_id("challenge")).to_have_count(0)
    page.get_by_test_id("challenge-ask").click()
    number = _number(page)
    expect(page.get_by_test_id("challenge-picture")).to_have_attribute("data-text", f"35C{number}")
    assert violations(page) == []
    window.type(city.code(), "challenge_missing")
    assert _number(page) == number
    assert violations(page) == []
    window.screenshot(pictures / "desk-challenge-missing.png")
    window.type(city.device_code(challenge=number + 1), "challenge_wrong")
    window.type(city.device_code(challenge=number, late=1), "ok")
    expect(page.get_by_test_id("challenge")).to_have_count(0)
    window.type(city.code(), "ok")

    always, city = enrol({"preset": "gate", "challenge": True})
    first = _number(always.page)
    always.type(city.device_code(challenge=first), "ok")
    always.next_person()
    assert _number(always.page) != first


def test_what_is_unknown_is_looked_at_by_a_person_or_refused(enrol: Enrol, pictures: Path) -> None:
    """By policy; never accepted, never called revoked."""
    window, city = enrol({"preset": "hospital", "online": "never"}, list_age=7_300)
    window.type(city.device_code(), "list_stale")
    verdict = window.page.get_by_test_id("verdict")
    expect(verdict).to_have_attribute("data-outcome", "unknown")
    expect(verdict).to_have_attribute("data-signal", "attend")
    expect(window.page.get_by_test_id("verdict-word")).to_have_text("请工作人员查验实体卡")
    assert violations(window.page) == []
    window.screenshot(pictures / "desk-attend.png")

    window, city = enrol({"preset": "gate", "max_list_age": 3_600}, list_age=7_300)
    window.type(city.device_code(), "list_stale")
    expect(window.page.get_by_test_id("verdict")).to_have_attribute("data-signal", "unknown")


def test_a_counter_asks_the_issuer_first_and_goes_on_without_it(enrol: Enrol, pictures: Path) -> None:
    """Without an answer for two seconds the page judges by itself and says so."""
    window, city = enrol({"preset": "counter"})
    page = window.page
    began = time.monotonic()
    window.type(city.device_code(), "ok")
    assert 1.5 < time.monotonic() - began < 4
    expect(page.get_by_test_id("verdict-offline")).to_have_text("离线核验")
    window.screenshot(pictures / "desk-unanswered.png")
    assert violations(page) == []
    window.next_person()
    city.online = lambda _asked: {
        "verdict": {"outcome": "revoked", "code": "revoked", "claims": None, "evidence": {}},
        "holder": None,
    }
    window.type(city.device_code(late=1), "revoked")
    expect(page.get_by_test_id("verdict-offline")).to_have_count(0)


def test_the_rules_go_out_as_the_file_that_python_reads(enrol: Enrol, tmp_path: Path, pictures: Path) -> None:
    """And come in from it, with each fault at its member."""
    window, _ = enrol({"preset": "gate"})
    page = window.page
    page.get_by_test_id("settings-open").click()
    page.get_by_test_id("policy-challenge").check()
    page.get_by_test_id("policy-online").get_by_role("radio").nth(2).check()
    with page.expect_download() as download:
        page.get_by_test_id("policy-export").click()
    file = tmp_path / "policy.json"
    download.value.save_as(file)
    policy = Policy.from_json(json.loads(file.read_text("utf-8")))
    assert (policy.challenge, policy.online, policy.max_list_age) == (True, "first", 86_400)

    file.write_text('{"preset": "hospital", "leeway": 900, "speed": 1}')
    page.get_by_test_id("policy-file").set_input_files(file)
    expect(page.get_by_test_id("policy-result")).to_have_attribute("data-faults", "2")
    expect(page.get_by_test_id("policy")).to_contain_text("应为 0 至 300 秒之间的整数")
    assert violations(page) == []
    page.get_by_test_id("policy-result").scroll_into_view_if_needed()
    window.screenshot(pictures / "desk-policy.png")
    file.write_text('{"preset": "hospital", "leeway": 20}')
    page.get_by_test_id("policy-file").set_input_files(file)
    expect(page.get_by_test_id("policy-preset")).to_have_value("hospital")
    page.reload()
    expect(page.get_by_test_id("preset")).to_have_text("医院")


def test_a_long_code_is_read_by_camera_and_scanner(enrol: Enrol) -> None:
    """A phone's code through the camera, and typed at a hundred digits a second."""
    window, city = enrol({"preset": "hospital"})
    text = city.device_code(scene=MEDICAL)
    assert len(text) > 500
    assert window.scan(code_image(text), "valid") == "ok"
    window.next_person()
    window.page.get_by_test_id("camera-stop").click()
    window.page.get_by_test_id("wedge-input").focus()
    window.page.keyboard.type(city.device_code(late=1), delay=10)
    window.page.keyboard.press("Enter")
    expect(window.page.get_by_test_id("verdict")).to_have_attribute("data-code", "ok")


_EVERYTHING_KEPT = """async () => {
    const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)]
    for (const {name} of await indexedDB.databases()) {
        const database = await new Promise(done => {
            const opening = indexedDB.open(name)
            opening.onsuccess = () => done(opening.result)
        })
        for (const store of database.objectStoreNames) {
            const rows = database.transaction(store).objectStore(store).getAll()
            kept.push(JSON.stringify(await new Promise(done => (rows.onsuccess = () => done(rows.result)))))
        }
        database.close()
    }
    return kept.join('')
}"""


def _await_sector_key(page: Page) -> None:
    page.get_by_test_id("settings-open").click()
    expect(page.get_by_test_id("about-sectors")).to_contain_text("·")
    page.get_by_test_id("settings-close").click()


def _number(page: Page) -> int:
    return int(str(page.get_by_test_id("challenge-number").get_attribute("data-number")))
