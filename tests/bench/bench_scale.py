"""What a large city costs: finding a card and reporting it lost among millions, beside the same among 20 thousand.

Two million on SQLite, half a million on PostgreSQL; ``ECARD_BENCH_CARDS=20000000`` measures the design's figure on both, if there is an
hour and 30 GB. What follows a loss report in Redis and in the published list does not look at the other cards at all.

``python -m tests.bench.bench_scale``
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from ecard.domain.actors import Actor, Role
from ecard.domain.purposes import LookupPurpose
from ecard.services.lookup import look_up_card
from ecard.services.loss import report_loss
from ecard.store.database import Database
from ecard.store.schema import migrate
from ecard.store.unit_of_work import UnitOfWork
from ecard.store.vault import Vault
from tests.bench.crowd import BANK_ID, Known, fill
from tests.bench.report import Row, at_most, print_rows
from tests.provision.databases import postgres_database, sqlite_url
from tests.provision.missing import Missing
from tests.provision.postgres import postgres

_FEW = 20_000
_MANY = {"SQLite": 2_000_000, "PostgreSQL": 500_000}
_SAMPLES = 1000
_KEY = bytes(32)
_CLERK = Actor(Role.BANK_CLERK, "staff:1", bank_id=BANK_ID, outlet_id=1)


@dataclass(frozen=True)
class City:
    """A city of some size, and those of its holders who come to the counter."""

    uow: UnitOfWork
    holders: Sequence[Known]

    def look_up(self, holder: Known) -> None:
        """The clerk finds the card; the look is on record."""
        with self.uow.write() as tx:
            look_up_card(tx, _CLERK, holder.document_number, LookupPurpose.LOSS_REPORT)

    def report_loss(self, holder: Known) -> None:
        """The clerk takes the loss report."""
        with self.uow.write() as tx:
            report_loss(tx, _CLERK, holder.card_id, document_seen=True)


def main() -> list[Row]:
    """On SQLite, and on PostgreSQL where there is one."""
    with tempfile.TemporaryDirectory(prefix="ecard-bench-") as folder:
        rows = _compare("SQLite", [sqlite_url(Path(folder) / name) for name in ("few.db", "many.db")])
    try:
        with postgres() as server, ExitStack() as stack:
            return rows + _compare("PostgreSQL", [stack.enter_context(postgres_database(server)) for _ in range(2)])
    except Missing as missing:
        sys.stderr.write(f"{missing}\n")
        return rows


def _compare(database: str, urls: Sequence[str]) -> list[Row]:
    many = int(os.environ.get("ECARD_BENCH_CARDS", _MANY[database]))
    with _a_city(urls[0], _FEW) as small, _a_city(urls[1], many) as large:
        looks = _in_turns(small, large, City.look_up)
        reports = _in_turns(small, large, City.report_loss)
    return [
        Row(f"{what} p99, {database}, {many:,} cards beside {_FEW:,}", _p99(slow), "ms", at_most(1.5), _p99(quick))
        for what, (quick, slow) in (("card look-up", looks), ("loss report", reports))
    ]


@contextmanager
def _a_city(url: str, cards: int) -> Iterator[City]:
    vault = Vault(_KEY, _KEY)
    database = Database(url)
    migrate(database)
    database.dispose()
    holders = fill(url, vault, cards=cards, known=_SAMPLES)
    yield City(UnitOfWork(database, vault, _KEY), holders)
    database.dispose()


def _in_turns(small: City, large: City, act: Callable[[City, Known], None]) -> tuple[list[float], list[float]]:
    """Milliseconds of every act, in the small and in the large city, one after the other."""
    few, many = [], []
    for here, there in zip(small.holders, large.holders, strict=True):
        few.append(_milliseconds(act, small, here))
        many.append(_milliseconds(act, large, there))
    return few, many


def _milliseconds(act: Callable[[City, Known], None], city: City, holder: Known) -> float:
    start = perf_counter()
    act(city, holder)
    return (perf_counter() - start) * 1000


def _p99(samples: Sequence[float]) -> float:
    return quantiles(samples, n=100, method="inclusive")[98]


if __name__ == "__main__":
    print_rows(main())
