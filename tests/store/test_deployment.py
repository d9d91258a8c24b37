"""Which database a process may open: the demo's parts and real people never meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecard.app import lay_foundation
from ecard.config import Mode, Settings
from ecard.store import schema
from ecard.store.database import Database
from ecard.store.schema import WrongDeploymentError
from ecard.store.unit_of_work import system_clock


def _settings(mode: Mode, database_url: str, keys: Path) -> Settings:
    return Settings(mode=mode, database_url=database_url, key_dir=keys, redis_url="unix:///nowhere")  # type: ignore[call-arg]


@pytest.mark.parametrize(("marked", "mode"), [(Mode.PRODUCTION, Mode.DEMO), (Mode.DEMO, Mode.PRODUCTION)])
def test_serving_a_database_of_the_other_mode_is_refused(
    database_url: str, keys: Path, marked: Mode, mode: Mode
) -> None:
    """`ECARD_MODE=demo ecard serve` on real people would show everybody's SMS codes on a page."""
    database = Database(database_url)
    with database.write() as db:
        schema.claim(db, marked.value, system_clock())
    database.dispose()
    with pytest.raises(WrongDeploymentError, match=repr(marked.value)):
        lay_foundation(_settings(mode, database_url, keys))
    lay_foundation(_settings(marked, database_url, keys)).database.dispose()


def test_a_database_without_tables_carries_no_mark(tmp_path: Path, keys: Path) -> None:
    lay_foundation(_settings(Mode.PRODUCTION, f"sqlite:///{tmp_path / 'new.sqlite3'}", keys)).database.dispose()
