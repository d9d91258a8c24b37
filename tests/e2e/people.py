"""People who take their places: a holder with his phone, staff at their desks, a window with a camera."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.e2e.camera import FakeCamera
from tests.e2e.conftest import Rooms
from tests.e2e.pages import CitizenPage, CounterPage, DemoPage, VerifierPage


def open_page(page: Page, path: str) -> Page:
    """A page of the city."""
    page.goto(path)
    return page


def a_citizen(rooms: Rooms, demo: DemoPage, who: dict[str, str]) -> CitizenPage:
    """A persona who has signed in and bound the card."""
    citizen = CitizenPage(open_page(rooms.phone(), "/citizen/"))
    citizen.sign_in(who["phone"], demo)
    citizen.bind(who["document"], who["holder"])
    return citizen


def at_counter(rooms: Rooms, demo: DemoPage, identity: str) -> CounterPage:
    """A member of staff who has signed in."""
    counter = CounterPage(open_page(rooms.desk(), "/counter/"))
    counter.sign_in(demo.persona(identity), demo, identity)
    return counter


def at_window(
    rooms: Rooms, demo: DemoPage, camera: FakeCamera, unit: str = "hospital", *, preset: str = "hospital"
) -> VerifierPage:
    """A window that the administrator of its unit has had enrolled."""
    admin = at_counter(rooms, demo, unit)
    admin.page.get_by_test_id("verifier-label").fill("门诊窗口 3" if unit == "hospital" else "客服窗口 1")
    admin.page.get_by_test_id(f"preset-{preset}").check()
    admin.page.get_by_test_id("add-verifier").click()
    code = admin.page.get_by_test_id("enrolment-code").inner_text()
    page, context = rooms.verifier()
    window = VerifierPage(open_page(page, "/verifier/"), context, camera)
    window.enrol(code)
    return window
