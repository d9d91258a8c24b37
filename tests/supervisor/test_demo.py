"""The whole demo city, as `make run` starts it and as README describes it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.provision.redis import LOOPBACK
from tests.waiting import is_alive, wait_for

_FIRST_START = 60.0  # seconds: it plants the city


@dataclass(frozen=True)
class City:
    """A running demo."""

    process: subprocess.Popen[str]
    url: str
    folder: Path

    @property
    def pids(self) -> list[int]:
        """The demo and everything that it started."""
        demo = psutil.Process(self.process.pid)
        return [demo.pid, *(child.pid for child in demo.children(recursive=True))]

    def status(self, path: str) -> int:
        """The HTTP status of a GET."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:  # noqa: S310 — our own server
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def is_ready(self) -> bool:
        """Whether the city answers; fails when it ended instead."""
        assert self.process.poll() is None, "the demo ended"
        try:
            return self.status("/readyz") == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city that the tests leave running."""
    with _running(tmp_path_factory.mktemp("demo")) as city:
        yield city


@pytest.fixture
def doomed_city(tmp_path: Path) -> Iterator[City]:
    """A city that the test may end."""
    with _running(tmp_path) as city:
        yield city


def test_every_page_of_the_readme_answers(city: City) -> None:
    paths = ["/", "/citizen/", "/verifier/", "/counter/", "/demo/", "/docs/", "/openapi.json"]
    assert {path: city.status(path) for path in paths} == dict.fromkeys(paths, 200)


def test_a_verifier_syncs_and_judges_as_the_readme_says(city: City, tmp_path: Path) -> None:
    trust = str(tmp_path / "trust")
    sync = ["sync", "--from", city.url, "--root", str(city.folder / "keys" / "root.json"), "--trust", trust]
    assert _signing(*sync).returncode == 0
    judged = _signing("verify", "--trust", trust, "3513")
    assert judged.returncode == 1
    assert '"invalid"' in judged.stdout


def test_a_taken_port_is_named(city: City, tmp_path: Path) -> None:
    port = int(city.url.rsplit(":", 1)[1])
    second = _demo(port, tmp_path)
    _, words = second.communicate(timeout=30)
    assert second.returncode != 0
    assert f"port {port} (web) is taken" in words


def test_another_city_in_the_same_folder_is_refused(city: City) -> None:
    second = _demo(_two_free_ports(), city.folder)
    _, words = second.communicate(timeout=30)
    assert second.returncode != 0
    assert "is another `ecard demo` running?" in words


def test_ctrl_c_ends_everything(doomed_city: City) -> None:
    pids = doomed_city.pids
    doomed_city.process.send_signal(signal.SIGINT)
    assert doomed_city.process.wait(30) == 0
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel tells children of their parent's death")
def test_a_killed_demo_leaves_nothing_running(doomed_city: City) -> None:
    pids = doomed_city.pids
    assert len(pids) > 4
    os.kill(doomed_city.process.pid, signal.SIGKILL)
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


@contextmanager
def _running(folder: Path) -> Iterator[City]:
    port = _two_free_ports()
    process = _demo(port, folder)
    city = City(process, f"http://{LOOPBACK}:{port}", folder)
    try:
        wait_for(city.is_ready, seconds=_FIRST_START)
        yield city
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def _demo(port: int, folder: Path) -> subprocess.Popen[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("ECARD_")}
    return subprocess.Popen(
        [sys.executable, "-m", "ecard", "demo", "--port", str(port), "--people", "20"],
        env={**env, "ECARD_DATA_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _signing(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "signing", *words], capture_output=True, text=True, check=False)


def _two_free_ports() -> int:
    """A port that is free with the one after it, where the stream listens."""
    while True:
        with socket.create_server((LOOPBACK, 0)) as web:
            port: int = web.getsockname()[1]
            try:
                socket.create_server((LOOPBACK, port + 1)).close()
            except OSError:
                continue
            return port
