"""The server's pictures, read by zxing-cpp as scanners meet them: small, large, turned, on a dark page, printed."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image, ImageFilter, ImageOps

from ecard.services.qr_image import PIXELS, QUIET_ZONE, code_image
from tests.vectors import city

CODES = {"digits": city.a_code(), "jwt": city.a_jwt()}


def picture(text: str) -> Image.Image:
    """The PNG as an independent library decodes it."""
    image = Image.open(io.BytesIO(code_image(text)))
    image.load()
    return image


def read(image: Image.Image) -> str | None:
    """The text of the one symbol that zxing-cpp finds."""
    found = zxingcpp.read_barcodes(image.convert("L"))
    return found[0].text if len(found) == 1 else None


@pytest.mark.parametrize("text", CODES.values(), ids=CODES)
def test_an_independent_reader_reads_it(text: str) -> None:
    assert read(picture(text)) == text


def test_it_is_a_one_bit_png_with_a_quiet_zone() -> None:
    image = picture(CODES["digits"])
    modules = image.width // PIXELS - 2 * QUIET_ZONE
    assert (image.format, image.mode, image.width, image.width % PIXELS) == ("PNG", "1", image.height, 0)
    assert ImageOps.invert(image.convert("L")).getbbox() == (
        QUIET_ZONE * PIXELS,
        QUIET_ZONE * PIXELS,
        image.width - QUIET_ZONE * PIXELS,
        image.height - QUIET_ZONE * PIXELS,
    )
    assert (modules - 17) / 4 <= 8, "a server code fits a symbol of version 8"


def test_it_is_of_level_m_and_numeric() -> None:
    (found,) = zxingcpp.read_barcodes(picture(CODES["digits"]).convert("L"))
    assert found.ec_level == "M"
    in_byte_mode = picture(CODES["digits"] + "x")  # one letter, and every digit costs eight bits
    assert picture(CODES["digits"]).width < in_byte_mode.width


@pytest.mark.parametrize("degrees", [90, 180, 270, 7, 33, -58])
def test_it_reads_turned(degrees: int) -> None:
    turned = (
        picture(CODES["digits"])
        .convert("L")
        .rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    )
    assert read(turned) == CODES["digits"]


@pytest.mark.parametrize("pixels_a_module", [3.5, 4, 5.3, 12, 20])
def test_it_reads_at_another_scale(pixels_a_module: float) -> None:
    image = picture(CODES["digits"]).convert("L")
    width = round(image.width / PIXELS * pixels_a_module)
    assert read(image.resize((width, width), Image.Resampling.BILINEAR)) == CODES["digits"]


def test_it_reads_on_a_dark_page() -> None:
    assert read(ImageOps.expand(picture(CODES["digits"]).convert("L"), border=60, fill=0)) == CODES["digits"]


def test_it_reads_out_of_focus() -> None:
    assert read(picture(CODES["digits"]).convert("L").filter(ImageFilter.GaussianBlur(PIXELS / 2))) == CODES["digits"]


@pytest.mark.parametrize("length", [4, 40, 300, 600, 1200])
def test_every_length_of_a_code_has_a_picture(length: int) -> None:
    text = "351" + "7" * (length - 3)
    assert read(picture(text)) == text
