"""The pages as people use them: what they see and press, nothing else."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, TimeoutError, expect  # noqa: A004 - Playwright's own

from tests.e2e.camera import FakeCamera


@dataclass(frozen=True)
class DemoPage:
    """The guide to the demo: personas, inbox, one-time passwords."""

    page: Page

    def persona(self, identity: str) -> dict[str, str]:
        """What a persona's card on the page says."""
        card = self.page.locator(f'[data-testid="persona"][data-persona="{identity}"]')
        fields = card.locator("[data-testid^=persona-]")
        expect(card).to_be_visible()
        return {
            str(field.get_attribute("data-testid")).removeprefix("persona-"): field.inner_text()
            for field in fields.all()
        }

    def newest_sms_code(self, phone: str, about: str = "") -> str:
        """The code in the newest message to a phone, which says what it is about."""
        message = self.page.get_by_test_id("inbox-message").filter(has_text=phone).first
        if about:
            expect(message).to_contain_text(about)
        expect(message).to_be_visible()
        found = re.search(r"\d{6}(?!\d)", message.inner_text().replace(phone, ""))
        assert found, message.inner_text()
        return found.group()


@dataclass(frozen=True)
class CitizenPage:
    """The holder's phone."""

    page: Page

    def sign_in(self, phone: str, demo: DemoPage) -> None:
        """By SMS code, read from the inbox."""
        self.page.get_by_test_id("phone-input").fill(phone)
        self.page.get_by_test_id("send-code").click()
        expect(self.page.get_by_test_id("code-sent")).to_be_visible()
        self.page.get_by_test_id("sms-code-input").fill(demo.newest_sms_code(phone))
        self.page.get_by_test_id("sign-in").click()

    def bind(self, document_number: str, name: str) -> None:
        """The card on record."""
        self.page.get_by_test_id("bind-document").fill(document_number)
        self.page.get_by_test_id("bind-name").fill(name)
        self.page.get_by_test_id("bind").click()
        self.expect_state("active")

    def bind_phone(self, phone: str, demo: DemoPage) -> None:
        """So that it makes codes by itself; by a code of its own, read from the inbox."""
        self.page.get_by_test_id("tab-code").click()
        self.page.get_by_test_id("open-device-binding").click()
        self.page.get_by_test_id("step-up-send").click()
        expect(self.page.get_by_test_id("step-up-sent")).to_be_visible()
        self.page.get_by_test_id("step-up-code").fill(demo.newest_sms_code(phone, about="绑定"))
        self.page.get_by_test_id("bind-device").click()
        self.page.get_by_test_id("device-done").click()

    def expect_state(self, state: str) -> None:
        """What the card face says."""
        expect(self.page.get_by_test_id("card-state")).to_have_attribute("data-state", state)

    def fresh_picture(self) -> bytes:
        """A picture of a code that was not shown before."""
        self.page.get_by_test_id("tab-card").click()
        self.page.get_by_test_id("show-code").click()
        canvas = self.page.get_by_test_id("qr-canvas")
        expect(canvas).to_have_attribute("data-text", re.compile(r"^351\d{200,}$"))
        self.page.wait_for_timeout(250)
        return canvas.screenshot()

    def shown_text(self) -> str:
        """What the picture on the screen says."""
        return str(self.page.get_by_test_id("qr-canvas").get_attribute("data-text"))

    def report_loss(self) -> None:
        """Two taps."""
        self.page.get_by_test_id("tab-card").click()
        self.page.get_by_test_id("report-loss").click()
        self.page.get_by_test_id("confirm-loss").click()
        self.expect_state("suspended")


@dataclass(frozen=True)
class CounterPage:
    """A member of staff at a desk."""

    page: Page

    def sign_in(self, who: dict[str, str], demo: DemoPage, identity: str) -> None:
        """With password and the one-time password of this moment."""
        self.page.get_by_test_id("staff-username").fill(who["username"])
        self.page.get_by_test_id("staff-password").fill(who["password"])
        self.page.get_by_test_id("staff-totp").fill(demo.persona(identity)["totp"].replace(" ", ""))
        self.page.get_by_test_id("staff-sign-in").click()

    def find(self, document_number: str, purpose: str) -> None:
        """Look a card up, masked first, then for a purpose."""
        self.page.get_by_test_id("lookup-document").fill(document_number)
        self.page.get_by_test_id("lookup").click()
        expect(self.page.get_by_test_id("masked")).to_be_visible()
        self.page.get_by_test_id(f"purpose-{purpose}").click()
        expect(self.page.get_by_test_id("masked")).to_be_hidden()

    def withdraw_loss_report(self) -> None:
        """Document seen (Art. 22)."""
        self.page.get_by_test_id("action-withdraw_loss_report").click()
        self.page.get_by_test_id("document_seen").check()
        self.page.get_by_test_id("dialog-confirm").click()
        expect(self.page.get_by_test_id("card-state").first).to_contain_text("正常")


@dataclass(frozen=True)
class VerifierPage:
    """A hospital window: a page, a camera, and a way to cut its network."""

    page: Page
    context: BrowserContext
    camera: FakeCamera

    def enrol(self, code: str) -> None:
        """With the administrator's one-time code."""
        self.page.get_by_test_id("enrolment-code").fill(code)
        self.page.get_by_test_id("enrol-submit").click()
        expect(self.page.get_by_test_id("desk")).to_be_visible()

    def scan(self, picture: bytes, outcome: str, **held: Any) -> str:
        """Hold a picture before the camera, expect an outcome, and return the code of its reason."""
        self.next_person()
        if self.page.get_by_test_id("camera-stop").is_visible():
            self.page.get_by_test_id("camera-stop").click()
        self.camera.see(picture, **held)
        self.page.get_by_test_id("camera-start").click()
        verdict = self.page.get_by_test_id("verdict")
        expect(verdict).to_have_attribute("data-outcome", outcome, timeout=15_000)
        return str(verdict.get_attribute("data-code"))

    def type(self, text: str, code: str) -> None:
        """A scanner types a code, over whatever is shown; its verdict comes with this reason."""
        field = self.page.get_by_test_id("wedge-input")
        field.fill(text)
        field.press("Enter")
        expect(self.page.get_by_test_id("verdict")).to_have_attribute("data-code", code)

    def next_person(self) -> None:
        """Take the verdict away, unless it goes by itself at this moment, as it does after some seconds."""
        button = self.page.get_by_test_id("verdict-next-button")
        with suppress(TimeoutError):
            if button.is_visible():
                button.click(timeout=2_000)
        expect(button).to_be_hidden(timeout=12_000)

    def expect_refusal_within_a_second(self, text: str) -> None:
        """A scanner types the code one second after now, and the window refuses it."""
        self.page.wait_for_timeout(900)
        field = self.page.get_by_test_id("wedge-input")
        field.fill(text)
        field.press("Enter")
        expect(self.page.get_by_test_id("verdict")).to_have_attribute("data-outcome", "revoked", timeout=1_000)

    def screenshot(self, path: Path) -> None:
        """For people to look at."""
        self.page.screenshot(path=path)
