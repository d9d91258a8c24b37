"""Every page passes axe (WCAG 2.2 A and AA), in Chinese and in English, on a phone and at a desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Rooms
from tests.e2e.people import open_page

_AXE = Path(__file__).parents[2] / "static" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))
    .violations.map(violation => `${violation.id}: ${violation.nodes.map(node => node.target.join(' ')).join(', ')}`)"""


@pytest.mark.parametrize("path", ["/", "/citizen/", "/verifier/", "/counter/", "/demo/"])
def test_first_screens_have_no_axe_violation(rooms: Rooms, path: str) -> None:
    """What everybody meets before signing in."""
    for page in (rooms.phone(), rooms.desk()):
        open_page(page, path)
        page.wait_for_load_state("networkidle") if path != "/demo/" else page.wait_for_selector("[data-testid=persona]")
        assert violations(page) == []
        page.get_by_text("EN", exact=True).first.click()
        assert violations(page) == []
    assert rooms.faults == []


def violations(page: Page) -> list[str]:
    """What axe finds on a page, rule and place."""
    page.evaluate(_AXE.read_text())
    found: list[str] = page.evaluate(_RUN)
    return found
