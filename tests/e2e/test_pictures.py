"""Pictures as people bring them: two codes, none, turned, small, blurred, a photo of a screen."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import expect

from tests.e2e.camera import FakeCamera
from tests.e2e.conftest import Rooms
from tests.e2e.pages import CitizenPage, DemoPage, VerifierPage
from tests.e2e.people import a_citizen, at_window, open_page

HOLDER = "citizen-19900000004"
Change = Callable[[Image.Image], Image.Image]


@pytest.fixture
def citizen_and_window(rooms: Rooms, camera: FakeCamera) -> tuple[CitizenPage, VerifierPage]:
    """A holder and a hospital window."""
    demo = DemoPage(open_page(rooms.desk(), "/demo/"))
    return a_citizen(rooms, demo, demo.persona(HOLDER)), at_window(rooms, demo, camera)


def test_pictures_that_can_be_read_and_that_cannot(citizen_and_window: tuple[CitizenPage, VerifierPage]) -> None:
    """Each picture has its own answer; a faulty one is never called invalid, because no code was judged."""
    citizen, window = citizen_and_window
    readable: dict[str, Change] = {
        "as it is": lambda code: code,
        "upside down": lambda code: code.rotate(180),
        "turned": lambda code: code.rotate(33, Image.Resampling.BICUBIC, expand=True, fillcolor="white"),
        "a little blurred": lambda code: code.filter(ImageFilter.GaussianBlur(1.2)),
        "small on a large photo": lambda code: _on_a_photo(code.resize((230, 230), Image.Resampling.LANCZOS)),
    }
    for name, change in readable.items():
        _choose(window, citizen.fresh_picture(), change)
        verdict = window.page.get_by_test_id("verdict")
        expect(verdict, name).to_have_attribute("data-code", "ok")
        window.next_person()
    another = Image.open(io.BytesIO(citizen.fresh_picture())).convert("RGB")
    faulty: dict[str, tuple[str, Change]] = {
        "two codes": ("two_codes", lambda code: _side_by_side(code, another)),
        "none": ("no_code", lambda code: Image.new("RGB", code.size, "#c4bdb2")),
        "hopelessly blurred": ("no_code", lambda code: code.filter(ImageFilter.GaussianBlur(14))),
    }
    for name, (reason, change) in faulty.items():
        _choose(window, citizen.fresh_picture(), change)
        verdict = window.page.get_by_test_id("verdict")
        expect(verdict, name).to_have_attribute("data-code", reason)
        expect(verdict, name).to_have_attribute("data-outcome", "")
        window.next_person()


def _choose(window: VerifierPage, picture: bytes, change: Change) -> None:
    buffer = io.BytesIO()
    change(Image.open(io.BytesIO(picture)).convert("RGB")).save(buffer, "PNG")
    chosen = {"name": "code.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    window.page.get_by_test_id("picture-input").set_input_files(chosen)  # type: ignore[arg-type]


def _on_a_photo(code: Image.Image) -> Image.Image:
    photo = Image.new("RGB", (1600, 1200), "#8a8f98")
    photo.paste(code, (900, 640))
    return photo


def _side_by_side(code: Image.Image, another: Image.Image) -> Image.Image:
    both = Image.new("RGB", (code.width + another.width + 120, code.height + 80), "white")
    both.paste(code, (30, 40))
    both.paste(another.rotate(90), (code.width + 90, 40))
    return both
