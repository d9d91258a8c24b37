"""A trouble that lasts is told, and does not fill the log."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from ecard.app import lay_foundation
from ecard.config import Settings
from ecard.services.trouble import Trouble
from ecard.store.database import DatabaseBusyError


class Stopwatch:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_hour_of_trouble_is_told_sixty_times_and_once_when_it_is_over() -> None:
    stopwatch = Stopwatch()
    trouble = Trouble("redis_unavailable", monotonic=stopwatch)
    with capture_logs() as lines:
        for _ in range(2 * 3600):
            trouble.met(ConnectionError())
            stopwatch.now += 0.5
        trouble.over()
        trouble.over()
    assert lines[0] == {
        "event": "redis_unavailable",
        "error": "ConnectionError",
        "seconds": 0,
        "log_level": "warning",
    }
    assert len(lines) == 61
    assert lines[-1]["event"] == "redis_unavailable_over"
    assert lines[-1]["seconds"] == 3600


def test_no_trouble_is_not_told() -> None:
    with capture_logs() as lines:
        Trouble("watch_failed").over()
    assert lines == []


def test_the_kind_of_a_wrapped_error_is_told_and_its_text_is_not() -> None:
    cause = OperationalError("SELECT 1", {"phone": "19900000001"}, sqlite3.OperationalError("about 19900000001"))
    busy = DatabaseBusyError("SQLITE_FULL")
    busy.__cause__ = cause
    with capture_logs() as lines:
        Trouble("watch_failed", loop="outbox").met(busy)
    assert "19900000001" not in str(lines)
    assert lines[0]["error"] == "OperationalError"
    assert lines[0]["loop"] == "outbox"


def test_loss_reports_while_redis_is_away_do_not_fill_the_log(sqlite_database_url: str, keys: Path) -> None:
    values: dict[str, Any] = {"database_url": sqlite_database_url, "redis_url": "unix:///nowhere/s", "key_dir": keys}
    base = lay_foundation(Settings(**values))
    with capture_logs() as lines:
        for _ in range(20):
            with base.uow.write() as tx:
                tx.rings.add("status")
    base.database.dispose()
    assert [line["event"] for line in lines if line["event"] == "redis_unavailable"] == ["redis_unavailable"]
