"""What `pip install ecard` brings: the bare wheel is a verifier and nothing more, yet carries the built pages.

The wheel is built once, by pip, in a copy of the sources that was never built before.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NOT_A_SOURCE = shutil.ignore_patterns(
    *(".git", ".venv", ".stamps", ".*_cache"), *("var", "build", "node_modules", "dist"), "__pycache__", "tests"
)
_NEEDED_BY_SIGNING = {"cbor2", "cffi", "cryptography", "ecard", "pycparser", "PyJWT"}
_NO_VERSION_CHECK = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `pip wheel .` builds it, in a build environment of its own."""
    folder = tmp_path_factory.mktemp("packaging")
    sources = shutil.copytree(ROOT, folder / "sources", ignore=_NOT_A_SOURCE)
    _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, sources)
    [wheel] = folder.glob("ecard-*.whl")
    return wheel


@pytest.fixture(scope="module")
def verifier(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a machine on which the wheel was installed without extras."""
    venv = tmp_path_factory.mktemp("verifier") / "venv"
    _run(sys.executable, "-m", "venv", venv)
    _run(venv / "bin" / "python", "-m", "pip", "install", "--quiet", wheel)
    return venv / "bin" / "python"


def test_the_wheel_carries_the_pages_and_the_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    apps = {path.parent.name for path in (ROOT / "static").glob("*/index.html") if path.parent.name != "dist"}
    assert {f"ecard/web/pages/{app}/index.html" for app in apps} <= names
    assert {"ecard/py.typed", "signing/py.typed"} <= names


def test_the_wheel_carries_the_migrations(wheel: Path) -> None:
    versions = {path.name for path in (ROOT / "ecard" / "store" / "migrations" / "versions").glob("*.py")}
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"ecard/store/migrations/versions/{version}" for version in versions} <= names


def test_the_wheel_carries_no_tests_and_no_secrets(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ecard", "signing"}


def test_a_verifier_gets_only_what_signing_needs(verifier: Path) -> None:
    listing = _run(verifier, "-m", "pip", "list", "--format=freeze", "--exclude=pip", "--exclude=setuptools")
    assert {line.split("==")[0] for line in listing.splitlines()} <= _NEEDED_BY_SIGNING


def test_signing_stands_alone(verifier: Path) -> None:
    _run(verifier, "-c", "import signing")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        _run(verifier, "-c", "import flask")
    assert "No module named 'flask'" in refused.value.stderr


def test_signing_alone_judges_the_vectors(verifier: Path) -> None:
    report = json.loads(_run(verifier, ROOT / "tests" / "packaging" / "judge_vectors.py", ROOT / "tests" / "vectors"))
    assert report["wrong"] == {}
    assert report["judged"] > 100


def _run(*command: str | Path) -> str:
    """Run a command outside the checkout, whose own packages would be found first; return what it printed."""
    done = subprocess.run(command, cwd="/", env=_NO_VERSION_CHECK, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stderr)
    done.check_returncode()
    return done.stdout
