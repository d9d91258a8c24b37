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
from tests.e2e.pages import DemoPage, VerifierPage
from tests.e2e.people import at_window, open_page
from tests.e2e.pocket_city import PocketCity
from tests.e2e.test_gate_command import issue_codes
from tests.provision.chromium import QUIET, find_chromium
from tests.running_city import RunningCity, running_city
from tests.vectors.city import MEDICAL

CODES = 20
_READ = "() => performance.getEntriesByName('frame-to-verdict').map(entry => entry.duration)"


def main() -> list[Row]:
    """Twenty codes of each form pass before the camera; the slowest twentieth counts."""
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
        rows = [_row("server code", *_of_server(rooms, camera, city)), _row("device code", *_of_phone(rooms, camera))]
        rooms.close()
        browser.close()
    return rows


def _row(form: str, text: str, milliseconds: list[float]) -> Row:
    p95 = statistics.quantiles(milliseconds, n=20)[-1]
    name = f"camera frame → verdict in the browser, {form} of {len(text)} digits, p95 of {len(milliseconds)}"
    return Row(name, p95, "ms", at_most(150))


def _of_server(rooms: Rooms, camera: FakeCamera, city: RunningCity) -> tuple[str, list[float]]:
    window = at_window(rooms, DemoPage(open_page(rooms.desk(), "/demo/")), camera)
    return _film(window, issue_codes(city, CODES))


def _of_phone(rooms: Rooms, camera: FakeCamera) -> tuple[str, list[float]]:
    """A hospital's worst case: sealed claims inside a credential inside a presentation, each of another second."""
    page, context = rooms.verifier(service_workers="block")
    pocket = PocketCity({"preset": "hospital"})
    pocket.serve(context)
    window = VerifierPage(open_page(page, "/verifier/"), context, camera)
    window.enrol("ABCDEFGHJKLM")
    return _film(window, [pocket.device_code(scene=MEDICAL, late=late) for late in range(CODES)])


def _film(window: VerifierPage, texts: list[str]) -> tuple[str, list[float]]:
    window.camera.see_in_turn([code_image(text) for text in texts])
    window.page.get_by_test_id("camera-start").click()
    milliseconds = _measured(window.page)
    window.page.get_by_test_id("camera-stop").click()
    return texts[0], milliseconds


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
