"""Starting the processes: one of each kind, or the whole demo city under a supervisor."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from ecard.app import configure_logging, create_app, lay_foundation
from ecard.config import Mode, Settings
from ecard.demo.city import plant_city
from ecard.demo.welcome import welcome
from ecard.embedded_redis import EmbeddedRedis, RedisAlreadyRunning, RedisNotFound, SocketFolderNotOwn, embedded_redis
from ecard.keystore import KeyStore
from ecard.preflight import RunningError, check_port, check_stream, check_web, check_worker
from ecard.services.keyset import complete_key_set, init_keys
from ecard.store.database import Database
from ecard.store.schema import claim, migrate
from ecard.store.unit_of_work import UnitOfWork, system_clock
from ecard.supervisor import Process, Supervisor, SupervisorError, port_answers
from ecard.web.contract import contract
from ecard.web.pages import pages_folder
from ecard.worker import Worker

_FINISH_REQUESTS, _LEAVE_LISTENERS = 8, 2
"""Seconds at the end for what is under way: a request ends, a listener never does and comes back by itself."""


def run_web(settings: Settings) -> None:
    """Serve HTTP until a signal comes."""
    check_web(settings)
    Granian(
        "ecard.serving:web",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        factory=True,
        log_access=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=_FINISH_REQUESTS,
    ).serve()


def run_stream(settings: Settings) -> None:
    """Serve `/trust/events` until a signal comes."""
    check_stream(settings)
    Granian(
        "ecard.serving:stream",
        address=settings.host,
        port=settings.events_port,
        interface=Interfaces.ASGI,
        workers=1,
        factory=True,
        log_access=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=_LEAVE_LISTENERS,
    ).serve()


def run_worker(settings: Settings) -> None:
    """Work until a signal comes."""
    check_worker(settings)
    configure_logging(settings.log_level)
    worker = Worker(lay_foundation(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.run()


def prepare_database(settings: Settings) -> None:
    """Migrate, and mark a new database with the mode it is for."""
    database = Database(settings.sqlalchemy_url)
    migrate(database)
    if settings.mode is Mode.PRODUCTION:
        with database.write() as db:
            claim(db, settings.mode.value, system_clock())
    database.dispose()


def run_demo(settings: Settings, people: int) -> None:
    """The whole city: keys, database, people, then Redis, web, stream and worker until Ctrl-C.

    Raises:
        RunningError: production settings, a taken port, a missing Redis, a process that does not stay up.
    """
    _check_demo()
    another = f"make run PORT={settings.port + 10}"
    check_port(settings.host, settings.port, "web", another)
    check_port(settings.host, settings.events_port, "stream", another)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    keystore = KeyStore(settings.keys, settings.passphrase)
    init_keys(keystore, settings.issuer, system_clock())
    complete_key_set(keystore, system_clock())
    redis = None if settings.redis_url else _own_redis(settings.data_dir)
    demo = settings.model_copy(
        update={
            "mode": Mode.DEMO,
            "log_level": settings.log_level if "log_level" in settings.model_fields_set else "WARNING",
            "secure_cookies": False,
            "redis_url": redis.url if redis else settings.redis_url,
            "database_url": settings.sqlalchemy_url,
            "data_dir": settings.data_dir.absolute(),
        }
    )
    prepare_database(demo)
    base = lay_foundation(demo)
    planted = plant_city(UnitOfWork(base.database, base.vault, base.secrets.audit), people)
    base.database.dispose()
    supervisor = Supervisor(_processes(demo, redis))
    try:
        supervisor.run(on_ready=lambda: print(welcome(demo, planted=planted), flush=True))  # noqa: T201 - the command's output
    except SupervisorError as error:
        raise RunningError(str(error)) from error


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, made by an application on a throw-away folder."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"database_url": "", "redis_url": "unix:///nowhere", "key_dir": None, "passphrase_file": None}
        settings = Settings(mode=Mode.DEMO, data_dir=Path(folder), **own)  # type: ignore[arg-type]
        init_keys(KeyStore(settings.keys, settings.passphrase), settings.issuer, system_clock())
        app = create_app(settings, watching=False)
        return contract(app)


def _processes(settings: Settings, redis: EmbeddedRedis | None) -> list[Process]:
    env = _environment(settings)
    command = [sys.executable, "-m", "ecard"]
    own = [Process("redis", redis.argv, ready=redis.answers)] if redis else []
    return [
        *own,
        Process("worker", [*command, "worker"], env),
        Process("stream", [*command, "stream"], env, ready=port_answers("127.0.0.1", settings.events_port)),
        Process("web", [*command, "serve"], env, ready=port_answers("127.0.0.1", settings.port)),
    ]


def _environment(settings: Settings) -> Mapping[str, str]:
    """The settings as the child processes read them."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return {f"ECARD_{name.upper()}": str(value) for name, value in values.items()}


def _own_redis(folder: Path) -> EmbeddedRedis:
    try:
        redis = embedded_redis(folder)
        redis.make_room()
    except (RedisNotFound, RedisAlreadyRunning, SocketFolderNotOwn) as error:
        raise RunningError(str(error)) from error
    return redis


def _check_demo() -> None:
    if os.environ.get("ECARD_MODE") == Mode.PRODUCTION.value:
        raise RunningError("ECARD_MODE is production: the demo, with its known passwords, does not run there")
    if not (pages_folder() / "citizen" / "index.html").is_file():
        raise RunningError("the pages are not built; run `make build` (or `make run`, which does it)")
