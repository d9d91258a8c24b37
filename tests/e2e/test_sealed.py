"""A holder's phone and the windows of two units, none of them with a network: only the hospital reads who stands there."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.camera import FakeCamera
from tests.e2e.conftest import Rooms
from tests.e2e.pages import CitizenPage, DemoPage, VerifierPage
from tests.e2e.people import a_citizen, at_window, open_page

_HOLDER = "citizen-19900000001"
_DELIVERED_WITHIN = 60_000
"""Milliseconds: the worker wraps the sector's keys, and the page asks for them every 15 s until it knows."""


def test_the_hospital_reads_the_holder_and_the_metro_does_not(rooms: Rooms, camera: FakeCamera, pictures: Path) -> None:
    """Enrolled online, judged offline; then the phone answers the hospital's check number."""
    demo = DemoPage(open_page(rooms.desk(), "/demo/"))
    hospital = at_window(rooms, demo, camera)
    metro = at_window(rooms, demo, camera, "metro", preset="counter")
    _await_sector_key(hospital.page)
    who = demo.persona(_HOLDER)
    citizen = a_citizen(rooms, demo, who)
    citizen.bind_phone(who["phone"], demo)
    page = citizen.page
    for offline in (hospital.context, metro.context, page.context):
        offline.set_offline(True)

    page.get_by_test_id("scene-medical").click()
    hospital.type(_shown(page), "ok")
    expect(hospital.page.get_by_test_id("sealed-name")).to_have_text(who["holder"])
    expect(hospital.page.get_by_test_id("sealed-document-number")).to_have_text(who["document"])
    hospital.screenshot(pictures / "sealed-hospital.png")
    metro.type(_shown(page), "ok")
    expect(metro.page.get_by_test_id("sealed-obstacle")).to_be_visible()
    assert who["holder"] not in metro.page.content()

    _answer_the_number(hospital, citizen)
    assert rooms.faults == []


def _answer_the_number(window: VerifierPage, citizen: CitizenPage) -> None:
    """As a relayed code cannot: what was made before does not answer."""
    window.next_person()
    window.page.get_by_test_id("challenge-ask").click()
    number = str(window.page.get_by_test_id("challenge-number").get_attribute("data-number"))
    page = citizen.page
    window.type(_shown(page), "challenge_missing")
    page.get_by_test_id("challenge-open").click()
    page.get_by_test_id("challenge-input").fill(number)
    before = _shown(page)
    page.get_by_test_id("dialog-confirm").click()
    expect(page.get_by_test_id("challenge-active")).to_contain_text(number)
    expect(page.get_by_test_id("qr-canvas")).not_to_have_attribute("data-text", before)
    window.type(_shown(page), "ok")


def _await_sector_key(page: Page) -> None:
    page.get_by_test_id("settings-open").click()
    keys = page.get_by_test_id("about-sectors")
    expect(keys).to_contain_text("·", timeout=_DELIVERED_WITHIN)
    page.get_by_test_id("settings-close").click()


def _shown(page: Page) -> str:
    canvas = page.get_by_test_id("qr-canvas")
    expect(canvas).to_have_attribute("data-text", re.compile(r"^352\d{400,}$"))
    return str(canvas.get_attribute("data-text"))
