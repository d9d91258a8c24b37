"""Times come back from every database as they went in: aware, in UTC, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from ecard.store.database import Database
from ecard.store.models import Deployment

CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 2, 28, 23, 59, 59, 999_999, UTC)


@pytest.mark.parametrize("written", [AT, AT.astimezone(CHINA), AT.astimezone(timezone(timedelta(hours=-11.5)))])
def test_a_time_of_any_zone_comes_back_in_utc(database: Database, written: datetime) -> None:
    with database.write() as db:
        db.add(Deployment(id=1, mode="demo", created_at=written))
    with database.read() as db:
        read = db.get_one(Deployment, 1).created_at
    assert (read, read.utcoffset()) == (AT, timedelta(0))


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a zone"), database.write() as db:
        db.add(Deployment(id=1, mode="demo", created_at=AT.replace(tzinfo=None)))
    with database.read() as db:
        assert db.get(Deployment, 1) is None
