"""What one loss costs the publisher of a city of 20 million that loses 2 % of its cards a year.

``python -m tests.bench.bench_publish``
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from redis import Redis
from sqlalchemy import NullPool, create_engine, insert, update

from ecard.services.follow import StatusIndices
from ecard.services.publish import KeySetDocument, Publisher
from ecard.store.database import Database
from ecard.store.models import Head, StatusChange
from ecard.store.revocation_list import RevocationList
from ecard.store.schema import migrate
from ecard.store.unit_of_work import UnitOfWork
from ecard.store.vault import Vault
from signing import WEEK
from tests.bench.large_list import LOSSES_A_SECOND
from tests.bench.report import Row, at_most, print_rows
from tests.provision.databases import postgres_database, sqlite_url
from tests.provision.missing import Missing
from tests.provision.postgres import postgres
from tests.vectors import bundles, city

_LOSSES = 200
_KEY = bytes(32)
_FORTNIGHT = round(2 * WEEK * LOSSES_A_SECOND)
_END_OF_A_WEEK = datetime.fromtimestamp((city.SHARD + 1) * WEEK - 60, UTC)


def main() -> list[Row]:
    """On SQLite, and on PostgreSQL where there is one."""
    with tempfile.TemporaryDirectory(prefix="ecard-bench-") as folder:
        rows = _measure("SQLite", sqlite_url(Path(folder) / "city.db"))
    try:
        with postgres() as server, postgres_database(server) as url:
            return rows + _measure("PostgreSQL", url)
    except Missing as missing:
        sys.stderr.write(f"{missing}\n")
        return rows


def _measure(database: str, url: str) -> list[Row]:
    with _a_city(url) as publisher:
        first = _milliseconds(publisher)
        samples = []
        for number in range(_FORTNIGHT + 1, _FORTNIGHT + 1 + _LOSSES):
            _lose(url, number, number)
            samples.append(_milliseconds(publisher))
    what = f"publishing, {_FORTNIGHT:,} changes in the shard, {database}"
    return [
        Row(f"{what}: after one loss, median", median(samples), "ms", at_most(50)),
        Row(f"{what}: after one loss, p99", quantiles(samples, n=100, method="inclusive")[98], "ms", at_most(100)),
        Row(f"{what}: at the start of the worker", first, "ms", at_most(5000)),
    ]


@contextmanager
def _a_city(url: str) -> Iterator[Publisher]:
    """At the end of a week, when the list is longest; Redis is away, so that all comes from the database."""
    database = Database(url)
    migrate(database)
    database.dispose()
    _lose(url, 1, _FORTNIGHT)
    uow = UnitOfWork(database, Vault(_KEY, _KEY), _KEY, clock=lambda: _END_OF_A_WEEK)
    revocations = RevocationList(Redis.from_url("unix:///nowhere/redis.sock"))
    key_set = KeySetDocument(bundles.a_key_set(), 3)
    indices = StatusIndices(_KEY)
    yield Publisher(uow, revocations, indices, signer=city.LIST, issuer=city.ISSUER, key_set=key_set)
    database.dispose()


def _lose(url: str, first: int, last: int) -> None:
    """Number the losses ``first`` … ``last``, spread evenly over the two weeks; the cards themselves are not looked at."""
    start = _END_OF_A_WEEK - timedelta(weeks=2)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")  # as SQLite is: no foreign keys
        rows = [
            {"version": n, "card_id": n, "revoked": True, "at": start + timedelta(seconds=n / LOSSES_A_SECOND)}
            for n in range(first, last + 1)
        ]
        connection.execute(insert(StatusChange), rows)
        connection.execute(update(Head).where(Head.name == "revocation").values(value=last))


def _milliseconds(publisher: Publisher) -> float:
    start = perf_counter()
    assert publisher.publish()
    return (perf_counter() - start) * 1000


if __name__ == "__main__":
    print_rows(main())
