"""How large codes are: the table of docs/token-format.md §5. ``python -m tests.vectors.sizes`` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from signing import Scene
from tests.vectors import city

INDEX = 20_123_456
"""A card of a large city: four bytes."""
CHALLENGE = 123_456

_HEAD = ("| form | scene | writing | bytes | characters | QR version |", "| --- | --- | --- | ---: | ---: | ---: |")


def table() -> list[str]:
    """The table's lines, without their ends."""
    return [*_HEAD, *(_row(*code) for code in _codes())]


def qr_version(text: str) -> int:
    """The smallest version at level M; digits go into numeric mode."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    return code.best_fit(start=1)


def device_code(scene: Scene, challenge: int | None = None) -> str:
    """A device code of a card of a large city."""
    return city.a_device_code(city.credential_claims(scene=scene, index=INDEX), challenge=challenge)


def server_code(scene: Scene) -> str:
    """A server code of a card of a large city."""
    return city.a_code(city.some_claims(scene=scene, index=INDEX))


def _codes() -> Iterator[tuple[str, str, str, int, str]]:
    scenes = (city.IDENTITY, city.TRANSIT, city.MEDICAL)
    for scene in scenes:
        yield "server", scene.name, "digits", *_in_digits(server_code(scene))
    for scene in scenes:
        text = city.a_jwt(city.some_claims(scene=scene, index=INDEX))
        yield "server", scene.name, "JWT", len(text), text
    for scene in scenes:
        yield "device", scene.name, "digits", *_in_digits(device_code(scene))
    for scene in scenes:
        yield "device, answering", scene.name, "digits", *_in_digits(device_code(scene, CHALLENGE))


def _in_digits(text: str) -> tuple[int, str]:
    return len(city.token_of(text)), text


def _row(form: str, scene: str, writing: str, length: int, text: str) -> str:
    return f"| {form} | {scene} | {writing} | {length} | {len(text)} | {qr_version(text)} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(table()) + "\n")
