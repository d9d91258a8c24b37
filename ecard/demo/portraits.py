"""Drawn portraits: simple shapes, a few dozen faces, nobody's."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

_SIZE = (358, 441)
"""Pixels of a card photo (26 × 32 mm at 350 dpi)."""
_SCALE = 2
_SKIN = ("#F1D3B8", "#E8C19F", "#D9AE88", "#F5DCC7")
_DARK_HAIR = ("#1F1B18", "#2E2723", "#3A302A")
_GREY_HAIR = ("#8B8680", "#A9A49D", "#C9C5BF")
_COAT = ("#0B6E5F", "#445066", "#7A3E3A", "#5B6B3A", "#3E5C7A", "#8A6D3B")
_BACKGROUND = "#FFFFFF"


def draw_portrait(number: int, *, long_hair: bool = False, grey: bool = False) -> bytes:
    """Portrait ``number`` as PNG; the same arguments draw the same face."""
    chance = random.Random(number)  # noqa: S311 - a drawing needs no secrecy
    width, height = (side * _SCALE for side in _SIZE)
    image = Image.new("RGB", (width, height), _BACKGROUND)
    pen = ImageDraw.Draw(image)
    skin, hair, coat = chance.choice(_SKIN), chance.choice(_GREY_HAIR if grey else _DARK_HAIR), chance.choice(_COAT)
    middle, chin = width // 2, int(height * 0.62)
    face = int(width * chance.uniform(0.21, 0.24))
    _draw_shoulders(pen, middle, height, coat, skin)
    if long_hair:
        pen.ellipse((middle - face * 1.35, height * 0.17, middle + face * 1.35, chin + face * 0.55), fill=hair)
    pen.ellipse((middle - face * 1.15, height * 0.16, middle + face * 1.15, height * 0.5), fill=hair)
    pen.ellipse((middle - face, height * 0.22, middle + face, chin), fill=skin)
    _draw_features(pen, middle, height, face, chance)
    small = image.resize(_SIZE, Image.Resampling.LANCZOS).quantize(64)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _draw_shoulders(pen: ImageDraw.ImageDraw, middle: int, height: int, coat: str, skin: str) -> None:
    pen.ellipse((middle - middle * 0.85, height * 0.72, middle + middle * 0.85, height * 1.4), fill=coat)
    pen.rectangle((middle - middle * 0.17, height * 0.55, middle + middle * 0.17, height * 0.76), fill=skin)
    pen.polygon(
        [(middle - middle * 0.26, height * 0.73), (middle, height * 0.86), (middle + middle * 0.26, height * 0.73)],
        fill="#F7F5F0",
    )


def _draw_features(pen: ImageDraw.ImageDraw, middle: int, height: int, face: int, chance: random.Random) -> None:
    eye, level = face * 0.42, height * 0.42
    ink = "#2B2622"
    for side in (-1, 1):
        x = middle + side * eye
        pen.ellipse((x - 9, level - 9, x + 9, level + 9), fill=ink)
        pen.line((x - 26, level - 34, x + 26, level - 36), fill=ink, width=7)
    pen.line((middle, level + 16, middle - 8, level + 58), fill="#B98F6E", width=6)
    smile = chance.randrange(16, 34)
    pen.arc((middle - 46, level + 66, middle + 46, level + 66 + smile * 2), 20, 160, fill="#9C4A3C", width=8)
    if chance.random() < 0.25:
        for side in (-1, 1):
            x = middle + side * eye
            pen.ellipse((x - 42, level - 36, x + 42, level + 38), outline=ink, width=5)
        pen.line((middle - eye + 42, level, middle + eye - 42, level), fill=ink, width=5)
