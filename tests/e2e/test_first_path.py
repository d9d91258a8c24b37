"""The first whole path in a real browser, with no helper API: what people see and press, and a camera that films the code."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.camera import FakeCamera
from tests.e2e.conftest import Rooms
from tests.e2e.pages import CounterPage, DemoPage
from tests.e2e.people import a_citizen, at_counter, at_window, open_page

HOLDER = "citizen-19900000001"


def test_shown_verified_offline_lost_revived_cancelled(rooms: Rooms, camera: FakeCamera, pictures: Path) -> None:
    """Valid; valid without a network after a reload; refused within a second of the loss report; valid again; refused for ever."""
    demo = DemoPage(open_page(rooms.desk(), "/demo/"))
    who = demo.persona(HOLDER)
    citizen = a_citizen(rooms, demo, who)
    window = at_window(rooms, demo, camera)

    assert window.scan(citizen.fresh_picture(), "valid") == "ok"
    citizen.page.screenshot(path=pictures / "1-citizen-code.png")
    window.screenshot(pictures / "2-verifier-valid.png")

    window.context.set_offline(True)
    window.page.reload()
    expect(window.page.get_by_test_id("desk")).to_be_visible()
    assert window.scan(citizen.fresh_picture(), "valid") == "ok"
    expect(window.page.get_by_test_id("verdict-list-age")).to_be_visible()
    window.screenshot(pictures / "3-verifier-offline.png")
    window.context.set_offline(False)
    expect(window.page.get_by_test_id("connection")).to_have_attribute("data-state", "live", timeout=20_000)

    picture = citizen.fresh_picture()
    text = citizen.shown_text()
    citizen.report_loss()
    window.expect_refusal_within_a_second(text)
    citizen.page.screenshot(path=pictures / "4-citizen-lost.png")
    assert window.scan(picture, "revoked") == "revoked"
    window.screenshot(pictures / "5-verifier-revoked.png")

    clerk = at_counter(rooms, demo, "clerk")
    clerk.find(who["document"], "loss_report_withdrawal")
    clerk.page.screenshot(path=pictures / "6-counter-card.png")
    clerk.withdraw_loss_report()
    citizen.page.reload()
    citizen.expect_state("active")
    assert window.scan(citizen.fresh_picture(), "valid") == "ok"

    _propose_cancellation(at_counter(rooms, demo, "agency"), who["document"])
    officer = at_counter(rooms, demo, "agency2")
    picture = citizen.fresh_picture()
    _confirm_cancellation(officer, pictures)
    assert window.scan(picture, "revoked") == "revoked"
    citizen.page.reload()
    citizen.page.get_by_test_id("tab-card").click()
    citizen.expect_state("cancelled")
    citizen.page.screenshot(path=pictures / "8-citizen-cancelled.png")
    expect(citizen.page.get_by_test_id("show-code")).to_be_hidden()
    assert rooms.faults == []


def _propose_cancellation(officer: CounterPage, document_number: str) -> None:
    officer.find(document_number, "cancellation")
    officer.page.get_by_test_id("action-cancel").click()
    officer.page.get_by_test_id("reason-death").check()
    officer.page.get_by_test_id("cancel-note").fill("公安注销户籍通知，编号 2026-1123。")
    officer.page.get_by_test_id("dialog-confirm").click()
    expect(officer.page.get_by_test_id("done")).to_be_visible()


def _confirm_cancellation(officer: CounterPage, pictures: Path) -> None:
    officer.page.get_by_test_id("tab-proposals").click()
    officer.page.screenshot(path=pictures / "7-counter-proposals.png")
    officer.page.get_by_test_id("confirm-proposal").first.click()
    officer.page.get_by_test_id("dialog-confirm").click()
    expect(officer.page.get_by_test_id("done")).to_be_visible()
