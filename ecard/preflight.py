"""Before a process starts: whatever would keep it from working is found here and told in one line.

A server starts its processes again when they end. One that cannot start at all would end in a loop of tracebacks instead.
"""

from __future__ import annotations

import errno
import socket

from redis import Redis

from ecard.app import create_app
from ecard.config import Mode, Settings
from ecard.keystore import KeyStore
from ecard.services.keyring import open_ring
from ecard.store.database import Database
from ecard.store.schema import check_deployment, check_schema
from ecard.store.unit_of_work import system_clock
from ecard.web.parts import EXTENSION


class RunningError(Exception):
    """The service cannot run here; the message says why and what to do."""


def check_web(settings: Settings) -> None:
    """Raises whatever `create_app` raises, and RunningError."""
    _check_redis_url(settings)
    check_port(settings.host, settings.port, "web", "ECARD_PORT")
    _check_schema(settings)
    create_app(settings, watching=False).extensions[EXTENSION].uow.close()


def check_stream(settings: Settings) -> None:
    """Raises OutdatedSchemaError, WrongDeploymentError, RunningError."""
    _check_redis_url(settings)
    check_port(settings.host, settings.events_port, "stream", "ECARD_STREAM_PORT")
    _check_schema(settings)
    database = Database(settings.sqlalchemy_url)
    try:
        check_deployment(database, settings.mode.value)
    finally:
        database.dispose()


def check_worker(settings: Settings) -> None:
    """Raises KeyStoreError, TrustError, OutdatedSchemaError, RunningError; the worker itself lays its foundation only after it."""
    _check_redis_url(settings)
    _check_schema(settings)
    ring = open_ring(KeyStore(settings.keys, settings.passphrase), "list")
    now = int(system_clock().timestamp())
    if ring.key_is_missing(now):
        ring.signer(now)


def check_port(host: str, port: int, purpose: str, choose: str) -> None:
    """Refuse a port where somebody listens: the server would share it without a word, and half of the requests would go astray.

    Raises:
        RunningError: taken, or not ours to listen on.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise RunningError(f"cannot listen on {host}:{port}: {error.strerror}") from error
            raise RunningError(f"port {port} ({purpose}) is taken; choose another: {choose}") from error


def _check_redis_url(settings: Settings) -> None:
    """The address only: a Redis that is away is no reason not to start."""
    if not settings.redis_url:
        owner = "production needs a Redis of its own" if settings.mode is Mode.PRODUCTION else "`ecard demo` brings one"
        raise RunningError(f"ECARD_REDIS_URL is not set; {owner}")
    try:
        Redis.from_url(settings.redis_url).close()
    except ValueError as error:
        raise RunningError(f"ECARD_REDIS_URL: {error}") from error


def _check_schema(settings: Settings) -> None:
    database = Database(settings.sqlalchemy_url)
    try:
        check_schema(database)
    finally:
        database.dispose()
