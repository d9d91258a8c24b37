"""A running city and two browsers: one without a camera for people, one with a camera for the hospital window."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.camera import FakeCamera
from tests.provision.chromium import QUIET
from tests.running_city import RunningCity, running_city

PICTURES = Path(__file__).parents[2] / "test-results"
_PHONE = {"width": 390, "height": 844}
_DESK = {"width": 1280, "height": 860}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A small city in processes of its own."""
    with running_city(tmp_path_factory.mktemp("city"), people=40) as running:
        yield running


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> FakeCamera:
    """The camera of the hospital window."""
    made = FakeCamera(tmp_path_factory.mktemp("camera") / "desk.mjpeg")
    made.see_nothing()
    return made


@pytest.fixture(scope="module")
def browsers(chromium: Path, camera: FakeCamera) -> Iterator[tuple[Browser, Browser]]:
    """For people, and for the window with the camera."""
    os.environ.setdefault("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
    with sync_playwright() as playwright:
        start = playwright.chromium.launch
        people = start(executable_path=chromium, args=QUIET)
        window = start(executable_path=chromium, args=[*QUIET, *camera.arguments])
        yield people, window
        window.close()
        people.close()


class Rooms:
    """Opens browser contexts, each a person's own device, and closes them; fails on errors in a page's console."""

    def __init__(self, browsers: tuple[Browser, Browser], base: str) -> None:
        self.people, self.window = browsers
        self.base = base
        self.faults: list[str] = []
        self._contexts: list[BrowserContext] = []

    def phone(self) -> Page:
        """A citizen's phone."""
        return self._page(self.people.new_context(viewport=_PHONE, locale="zh-CN", has_touch=True, base_url=self.base))  # type: ignore[arg-type]

    def desk(self) -> Page:
        """A desk with a screen."""
        return self._page(self.people.new_context(viewport=_DESK, locale="zh-CN", base_url=self.base))  # type: ignore[arg-type]

    def verifier(self, **options: Any) -> tuple[Page, BrowserContext]:
        """The hospital window, with camera."""
        context = self.window.new_context(
            viewport=_DESK,  # type: ignore[arg-type]
            locale="zh-CN",
            permissions=["camera"],
            base_url=self.base,
            **options,
        )
        return self._page(context), context

    def close(self) -> None:
        """Close all devices."""
        for context in self._contexts:
            context.close()

    def _page(self, context: BrowserContext) -> Page:
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._note(page, message.type, message.text))
        return page

    def _note(self, page: Page, kind: str, text: str) -> None:
        if kind == "error" and "Content Security Policy" in text:
            self.faults.append(f"{page.url}: {text}")


@pytest.fixture
def rooms(browsers: tuple[Browser, Browser], city: RunningCity) -> Iterator[Rooms]:
    """Devices for one test."""
    made = Rooms(browsers, f"http://localhost:{city.settings.port}")
    yield made
    made.close()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go, to be looked at."""
    PICTURES.mkdir(exist_ok=True)
    return PICTURES
