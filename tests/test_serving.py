"""The servers as a service manager runs them: they end when they are told, and leave nothing behind when they are killed."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ecard.keystore import KeyStore
from ecard.services.keyset import init_keys
from ecard.store.unit_of_work import system_clock
from ecard.supervisor import port_answers
from tests.provision.redis import LOOPBACK, free_port
from tests.waiting import is_alive, wait_for


@contextmanager
def running(command: str, port: int, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`ecard serve` or `ecard stream`, once it answers."""
    process = subprocess.Popen([sys.executable, "-m", "ecard", command], env=os.environ | env, process_group=0)
    try:
        wait_for(port_answers(LOOPBACK, port), seconds=60)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def env(sqlite_database_url: str, tmp_path: Path) -> dict[str, str]:
    """Settings of a service without Redis."""
    init_keys(KeyStore(tmp_path / "keys", tmp_path / "passphrase"), "https://card.example", system_clock())
    return {
        "ECARD_DATABASE_URL": sqlite_database_url,
        "ECARD_REDIS_URL": "redis://127.0.0.1:1/0",
        "ECARD_KEY_DIR": str(tmp_path / "keys"),
        "ECARD_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
        "ECARD_SMS_URL": "http://127.0.0.1:1/sms",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel tells nobody of a parent's death")
def test_a_killed_server_leaves_no_process_at_its_port(env: dict[str, str]) -> None:
    port = free_port()
    with running("serve", port, env | {"ECARD_PORT": str(port)}) as server:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        assert children
        server.kill()
        wait_for(lambda: not any(is_alive(int(child)) for child in children), seconds=20)
        assert not port_answers(LOOPBACK, port)()


def test_a_stream_ends_although_somebody_listens(env: dict[str, str]) -> None:
    port = free_port()
    with running("stream", port, env | {"ECARD_STREAM_PORT": str(port)}) as server:
        listener = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
        listener.request("GET", "/trust/events")
        assert listener.getresponse().readline() == b"retry: 2000\n"
        server.terminate()
        server.wait(timeout=20)
        listener.close()
