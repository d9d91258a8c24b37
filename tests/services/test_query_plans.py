"""Nothing that happens every day reads from end to end a table that grows with the city (`make bench` measures what that is worth)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from ecard.domain.actors import Role
from ecard.gateways.orders import OrderSandbox
from ecard.services.dispatch import dispatch_due
from ecard.services.follow import follow
from ecard.services.watch import Watch
from tests.services.phones import DEVICES, STEP_UP, Phone, supplied
from tests.town import Town
from tests.web.parties import a_verifier

SMALL = {"bank", "outlet", "unit", "staff", "head", "publication", "demo_message"}
"""These do not grow with the city (nor does the demo exist in one): to read one whole is as quick as an index."""

Statement = tuple[str, Any]


def live_a_day(town: Town) -> None:
    """A holder signs in, binds, shows a code, reports a loss; a clerk finds the card and withdraws; every process does its rounds."""
    holder = town.a_card()
    citizen = town.sign_in_phone(holder.phone)
    of_holder = {"document_number": holder.person.document_number}
    requests = [
        citizen.post("/api/v1/me/binding", of_holder | {"name": holder.person.name}),
        citizen.get("/api/v1/me/card"),
        citizen.post("/api/v1/codes", {"scene": "transit"}),
        citizen.post(STEP_UP),
    ]
    phone = Phone()
    requests += [
        linking := citizen.post(DEVICES, phone.body(town.last_sms_code(), town.clock.epoch)),
        citizen.get(DEVICES),
    ]
    phone.id = linking.json["id"]
    town.publisher().publish()
    supplied(town, citizen, phone)
    gate, _ = a_verifier(town)
    code = {"text": phone.present(town.clock.epoch), "purpose": "boarding", "operator": "1"}
    requests += [
        gate.post("/api/v1/verifications", code),
        citizen.post("/api/v1/me/card/loss-report", idempotency_key="the-only-one"),
        citizen.get("/api/v1/me/card/timeline?cursor=1000000"),
    ]
    clerk = town.sign_in_staff(town.staff(Role.BANK_CLERK, bank="own", at_outlet=True))
    withdrawal = f"/api/v1/counter/cards/{holder.public_id}/loss-report-withdrawal"
    requests += [
        clerk.post("/api/v1/counter/card-lookups", of_holder | {"purpose": "loss_report_withdrawal"}),
        clerk.post(withdrawal, {"document_seen": True}),
        gate.post("/api/v1/verifications", code),
        clerk.delete("/api/v1/auth/session"),
    ]
    told = [200, 200, 201, 202, 201, 200, 200, 200, 200, 200, 200, 200, 204]
    assert [answer.status_code for answer in requests] == told
    base, watch = town.foundation, Watch(town.foundation.uow)
    for _ in range(2):  # the second round finds what the first one knew
        follow(base.uow, base.revocations, base.indices)
        watch.refresh()
    town.publisher().publish()
    assert dispatch_due(base.uow, OrderSandbox())


def test_a_day_in_the_city_reads_no_large_table_whole(any_town: Town) -> None:
    engine = any_town.foundation.database.engine
    with recorded(engine) as statements:
        live_a_day(any_town)
    assert len(statements) > 40
    scans = scans_of_sqlite if any_town.foundation.database.is_sqlite else scans_of_postgresql
    with engine.connect() as connection:
        found = {(table, statement[0]) for statement in statements for table in scans(connection, statement)}
    assert not {(table, statement) for table, statement in found if table not in SMALL}


@contextmanager
def recorded(engine: Engine) -> Iterator[list[Statement]]:
    """The statements of the block that look for rows, of every engine on the same database."""
    statements: list[Statement] = []

    def keep(connection: Connection, _cursor: object, sql: str, parameters: Any, _context: object, many: bool) -> None:
        looks = sql.startswith(("SELECT", "UPDATE", "DELETE")) and not many
        if looks and connection.engine.url == engine.url:
            statements.append((sql, parameters))

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


def scans_of_sqlite(connection: Connection, statement: Statement) -> set[str]:
    """The tables of which SQLite would read every row, or every entry of an index."""
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement[0]}", statement[1])
    return {table for row in plan for table in re.findall(r"^SCAN (\w+)", row.detail)}


def scans_of_postgresql(connection: Connection, statement: Statement) -> set[str]:
    """The tables that PostgreSQL could only read whole, were they large enough for it to prefer an index."""
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement[0]}", statement[1]).scalar_one()
    return set(read_whole(plan["Plan"]))


def read_whole(node: dict[str, Any]) -> Iterator[str]:
    """The tables of a plan that are read without a condition that an index answers."""
    if (
        node["Node Type"] != "ModifyTable"
        and "Relation Name" in node
        and not node.keys() & {"Index Cond", "Recheck Cond"}
    ):
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from read_whole(part)
