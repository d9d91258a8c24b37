"""The papers tell the truth about what exists: links lead somewhere, and the regulation's table names files that are there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"\]\(([^)#:]+?)(?:#[^)]*)?\)")
_PLACE = re.compile(r"`((?:ecard|signing|static|tests)/[\w./{},-]*)`")
_ARTICLES = 36
_WITHOUT_TASK_FOR_A_SYSTEM = {1}


def _papers() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    return [ROOT / name for name in listed] or sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("paper", _papers(), ids=lambda paper: str(paper.relative_to(ROOT)))
def test_links_lead_somewhere(paper: Path) -> None:
    """Every relative link names a file or folder of the repository."""
    for target in _LINK.findall(paper.read_text()):
        assert (paper.parent / target).exists(), target


def test_every_article_has_a_row_whose_places_exist() -> None:
    """All 36 articles stand in the table, and what a row names is there."""
    covered: set[int] = set()
    for row in (ROOT / "docs" / "regulation.md").read_text().splitlines():
        cells = [cell.strip() for cell in row.split("|")[1:-1]]
        if len(cells) != 4 or not cells[0][:1].isdigit():
            continue
        covered |= _articles(cells[0])
        for place in _PLACE.findall(cells[2] + cells[3]):
            assert (ROOT / place).exists(), place
        assert "planned" in cells[1] or _PLACE.search(cells[3]), cells[0]
    assert covered | _WITHOUT_TASK_FOR_A_SYSTEM == set(range(1, _ARTICLES + 1))


def _articles(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("–")
        found |= set(range(int(first), int(last or first) + 1))
    return found
