"""A city in processes of its own, as `ecard demo` runs it: they are ended, and killed, by their process ids only."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecard.app import Foundation, lay_foundation
from ecard.config import Mode, Settings
from ecard.demo.city import plant_city
from ecard.embedded_redis import embedded_redis
from ecard.keystore import KeyStore
from ecard.running import prepare_database
from ecard.services.keyset import init_keys
from ecard.store.unit_of_work import UnitOfWork, system_clock
from ecard.supervisor import Patience, Process, Supervisor, port_answers
from tests.provision.redis import LOOPBACK, free_port


@dataclass(frozen=True)
class RunningCity:
    """Web, stream, worker and Redis under a supervisor."""

    settings: Settings
    supervisor: Supervisor

    @property
    def foundation(self) -> Foundation:
        """A look at the same database and Redis from the test's process."""
        return lay_foundation(self.settings)

    def kill(self, name: str) -> None:
        """`kill -9` of one process, and of the children that it started itself."""
        pid = self.supervisor.pids().get(name)
        if pid is None:
            return
        for victim in [*_children(pid), pid]:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)

    def answers(self) -> bool:
        """Whether the web process answers."""
        return port_answers(LOOPBACK, self.settings.port)()

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request on a connection of its own; raises OSError or HTTPException when the process is away."""
        connection = http.client.HTTPConnection(LOOPBACK, self.settings.port, timeout=10)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content[:1] in (b"{", b"[") else content
        finally:
            connection.close()


@contextmanager
def running_city(folder: Path, *, people: int = 300, **changes: Any) -> Iterator[RunningCity]:
    """Plant a small city in ``folder`` and run it until the end of the block."""
    redis = embedded_redis(folder)
    redis.make_room()
    port = free_port()
    values: dict[str, Any] = {
        "mode": Mode.DEMO,
        "data_dir": folder,
        "database_url": f"sqlite:///{folder / 'city.sqlite3'}",
        "redis_url": redis.url,
        "port": port,
        "stream_port": free_port(),
        "secure_cookies": False,
        "rate_limit_scale": 1000,
        "log_level": "ERROR",
    }
    settings = Settings(**(values | changes))
    init_keys(KeyStore(settings.keys, settings.passphrase), settings.issuer, system_clock())
    prepare_database(settings)
    base = lay_foundation(settings)
    plant_city(UnitOfWork(base.database, base.vault, base.secrets.audit), people)
    base.database.dispose()
    env = {
        f"ECARD_{name.upper()}": str(value)
        for name, value in settings.model_dump(mode="json", exclude_none=True).items()
    }
    command = [sys.executable, "-m", "ecard"]
    processes = [
        Process("redis", redis.argv, ready=redis.answers),
        Process("worker", [*command, "worker"], env),
        Process("stream", [*command, "stream"], env, ready=port_answers(LOOPBACK, settings.events_port)),
        Process("web", [*command, "serve"], env, ready=port_answers(LOOPBACK, settings.port)),
    ]
    with Supervisor(processes, patience=Patience(quick=1.0, longest_pause=0.5)) as supervisor:
        yield RunningCity(settings, supervisor)


def eventually(condition: Any, *, seconds: float = 20.0, what: str = "the condition") -> None:
    """Wait until ``condition()`` is true; fail with ``what`` otherwise."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in {seconds} s"
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    """Direct children of a process, from /proc; none where there is no /proc."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []
