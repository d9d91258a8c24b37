"""A camera that films what is held before it: a picture on a desk, as frames of motion JPEG that Chromium plays as its camera."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFilter

_FRAME = (1280, 720)
_DESK = (196, 189, 178)
_FRAMES = 12


@dataclass(frozen=True)
class FakeCamera:
    """``film`` is the file that the browser was started with; it is read anew whenever the page starts its camera."""

    film: Path

    @property
    def arguments(self) -> list[str]:
        """For Chromium's command line."""
        return [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={self.film}",
        ]

    def see_nothing(self) -> None:
        """An empty desk."""
        self._play(Image.new("RGB", _FRAME, _DESK))

    def see_in_turn(self, pictures: list[bytes]) -> None:
        """One picture after another, half a second each, over and over."""
        self.film.write_bytes(b"".join(_jpeg(_held(picture, 560, 3.0, 0.6)) * _FRAMES for picture in pictures))

    def see(self, picture: bytes, *, height: int = 560, angle: float = 3.0, blur: float = 0.6) -> None:
        """The picture (PNG or JPEG), ``height`` pixels high, a little turned and a little out of focus."""
        self._play(_held(picture, height, angle, blur))

    def _play(self, frame: Image.Image) -> None:
        self.film.write_bytes(_jpeg(frame) * _FRAMES)


def _held(picture: bytes, height: int, angle: float, blur: float) -> Image.Image:
    held = Image.open(io.BytesIO(picture)).convert("RGB")
    held = held.resize((round(held.width * height / held.height), height), Image.Resampling.LANCZOS)
    held = held.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=_DESK)
    frame = Image.new("RGB", _FRAME, _DESK)
    frame.paste(held, ((_FRAME[0] - held.width) // 2, (_FRAME[1] - held.height) // 2))
    return frame.filter(ImageFilter.GaussianBlur(blur))


def _jpeg(frame: Image.Image) -> bytes:
    buffer = io.BytesIO()
    frame.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
