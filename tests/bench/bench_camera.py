"""A real browser's camera: from a frame that shows a code to the verdict on the screen."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from ecard.services.qr_image import code_image
from tests.bench.report import Row, at_most
from tests.e2e.camera import FakeCamera
from tests.e2e.conftest import Rooms
from tests.e2e.pages import DemoPage
from tests.e2e.people import at_window, open_page
from tests.e2e.test_gate_command import issue_codes
from tests.provision.chromium import QUIET, find_chromium
from tests.running_city import running_city

CODES = 20
_READ = "() => performance.getEntriesByName('frame-to-verdict').map(entry => entry.duration)"


def main() -> list[Row]:
    """Twenty codes pass before the camera; the slowest twentieth counts."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_city(Path(folder), people=40) as city,
        sync_playwright() as playwright,
    ):
        camera = FakeCamera(Path(folder) / "film.mjpeg")
        camera.see_nothing()
        start = playwright.chromium.launch
        browser = start(executable_path=find_chromium(), args=[*QUIET, *camera.arguments])
        rooms = Rooms((browser, browser), f"http://localhost:{city.settings.port}")
        window = at_window(rooms, DemoPage(open_page(rooms.desk(), "/demo/")), camera)
        camera.see_in_turn([code_image(text) for text in issue_codes(city, CODES)])
        window.page.get_by_test_id("camera-start").click()
        milliseconds = _measured(window.page)
        rooms.close()
        browser.close()
    p95 = statistics.quantiles(milliseconds, n=20)[-1]
    return [Row(f"camera frame → verdict in the browser, p95 of {len(milliseconds)}", p95, "ms", at_most(150))]


def _measured(page: Page) -> list[float]:
    """Wait until as many verdicts were reached as there are codes, at most half a minute."""
    durations: list[float] = []
    for _ in range(60):
        page.wait_for_timeout(500)
        durations = page.evaluate(_READ)
        if len(durations) >= CODES:
            break
    return durations


if __name__ == "__main__":
    from tests.bench.report import print_rows

    print_rows(main())
