"""A phone in flight mode: linked once, it draws its codes by itself, after a reload too, and a gate without a network accepts them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Rooms
from tests.e2e.pages import CitizenPage, DemoPage
from tests.e2e.people import a_citizen, open_page
from tests.e2e.test_accessibility import violations
from tests.e2e.test_gate_command import sync, verify
from tests.running_city import RunningCity, eventually

HOLDERS = iter(("citizen-19900000001", "citizen-19900000003", "citizen-19900000004"))
"""One a test: a phone number is sent a code once a minute."""
_DEVICE_CODE = re.compile(r"^352\d{400,}$")
_REDRAWN_WITHIN = 17_000


@pytest.fixture
def bound(rooms: Rooms) -> CitizenPage:
    """A holder whose phone is linked, with the app installed."""
    demo = DemoPage(open_page(rooms.desk(), "/demo/"))
    who = demo.persona(next(HOLDERS))
    citizen = a_citizen(rooms, demo, who)
    citizen.bind_phone(who["phone"], demo)
    citizen.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return citizen


def test_codes_go_on_without_a_network(bound: CitizenPage, city: RunningCity, tmp_path: Path, rooms: Rooms) -> None:
    """Offline, reloaded, redrawn every 15 s, valid at a gate, answering a challenge; then online again, and unlinked."""
    page, trust = bound.page, tmp_path / "trust"
    eventually(lambda: sync(city, trust) == 0, what="a sync of the gate")
    page.context.set_offline(True)
    page.goto("/citizen/#/")
    page.reload()
    first = _shown(page)
    assert verify(trust, first) == (0, "ok")
    expect(page.get_by_test_id("offline-until")).to_be_visible()
    expect(page.get_by_test_id("qr-canvas")).not_to_have_attribute("data-text", first, timeout=_REDRAWN_WITHIN)
    second = _shown(page)
    expect(page.get_by_test_id("qr-canvas")).not_to_have_attribute("data-text", second, timeout=_REDRAWN_WITHIN)
    assert verify(trust, _shown(page)) == (0, "ok")
    assert violations(page) == []

    page.get_by_test_id("scene-transit").click()
    assert verify(trust, _shown(page)) == (0, "ok")
    page.get_by_test_id("challenge-open").click()
    page.get_by_test_id("challenge-input").fill("４８２９１３")
    page.get_by_test_id("dialog-confirm").click()
    expect(page.get_by_test_id("challenge-active")).to_contain_text("482913")
    assert verify(trust, _shown(page)) == (1, "challenge_unexpected")
    page.get_by_test_id("challenge-dismiss").click()

    page.context.set_offline(False)
    page.get_by_test_id("tab-settings").click()
    page.get_by_test_id("to-devices").click()
    here = page.locator('[data-testid=device][data-here="true"]')
    expect(here).to_be_visible()
    assert violations(page) == []
    here.get_by_test_id("unlink").click()
    page.get_by_test_id("dialog-confirm").click()
    expect(page.get_by_test_id("unlinked")).to_be_visible()
    page.get_by_test_id("tab-code").click()
    expect(page.get_by_test_id("code")).to_have_attribute("data-form", "server")
    assert rooms.faults == []


def test_a_phone_that_was_unlinked_elsewhere_shows_nothing_more(bound: CitizenPage) -> None:
    """With the next look at the server the keys are gone, and the holder is told."""
    page = bound.page
    assert _shown(page)
    device = page.evaluate("localStorage.getItem('ecard.device')")
    status = page.evaluate(_UNLINK, f"/api/v1/me/devices/{device}")
    assert status == 200
    page.reload()
    page.get_by_test_id("tab-code").click()
    expect(page.get_by_test_id("device-offer")).to_have_attribute("data-topic", "ended")
    expect(page.get_by_test_id("code")).to_have_attribute("data-form", "server")
    assert page.evaluate("localStorage.getItem('ecard.device')") is None


def test_evicted_keys_are_explained(bound: CitizenPage) -> None:
    """The browser threw the database away: the holder is told, codes come from the server, and binding again is one step away."""
    page = bound.page
    page.goto("/demo/")
    page.evaluate("new Promise(done => { indexedDB.deleteDatabase('ecard-citizen').onsuccess = () => done(true) })")
    page.goto("/citizen/#/code")
    offer = page.get_by_test_id("device-offer")
    expect(offer).to_have_attribute("data-topic", "evicted")
    assert violations(page) == []
    expect(page.get_by_test_id("code")).to_have_attribute("data-form", "server")
    page.get_by_test_id("open-device-binding").click()
    expect(page.get_by_test_id("device-label")).not_to_have_value("")
    expect(page.get_by_test_id("step-up-send")).to_be_enabled()


_UNLINK = """async path => (await fetch(path, {method: 'DELETE', headers: {
    'X-CSRF-Token': document.cookie.match(/ecard_csrf=([^;]+)/)[1], 'Idempotency-Key': crypto.randomUUID()}})).status"""


def _shown(page: Page) -> str:
    canvas = page.get_by_test_id("qr-canvas")
    expect(canvas).to_have_attribute("data-text", _DEVICE_CODE)
    return str(canvas.get_attribute("data-text"))
