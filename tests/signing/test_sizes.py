"""The number of modules sets the scan distance: how large codes are, as promised and as written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing import Scene
from tests.vectors import city
from tests.vectors.sizes import device_code, qr_version, server_code, table

_FORMAT = Path(__file__).parents[2] / "docs" / "token-format.md"


def test_token_format_has_the_table_that_the_command_prints() -> None:
    assert "\n".join(table()) in _FORMAT.read_text(encoding="utf-8"), "run python -m tests.vectors.sizes"


@pytest.mark.parametrize("scene", [city.IDENTITY, city.TRANSIT], ids=lambda scene: scene.name)
def test_sizes_to_reach(scene: Scene) -> None:
    assert qr_version(server_code(scene)) <= 8
    assert qr_version(device_code(scene)) <= 11
