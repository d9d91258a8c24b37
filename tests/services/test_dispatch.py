"""What was promised to the outside is told again and again until it is acknowledged; and what has served its time goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import structlog
from sqlalchemy import func, select

from ecard.domain.actors import SYSTEM, Role
from ecard.gateways.http import GatewayError, JsonPoster
from ecard.gateways.orders import HttpOrders
from ecard.services.citizen_sign_in import request_sms_code
from ecard.services.dispatch import dispatch_due
from ecard.services.housekeeping import tidy
from ecard.services.sessions import open_session
from ecard.store.models import DemoMessage, IdempotencyRecord, OutboxMessage, Session, SmsCode
from tests.services.lists import lose
from tests.services.people import done
from tests.town import Town


class ClearingHouse:
    """Takes orders, or does not."""

    def __init__(self) -> None:
        self.open = True
        self.asked: list[tuple[int, str]] = []

    def deliver(self, number: int, order: dict[str, Any]) -> None:
        self.asked.append((number, order["account"]))
        if not self.open:
            raise GatewayError("status 503")


def messages(town: Town) -> list[OutboxMessage]:
    with town.foundation.uow.read() as tx:
        return list(tx.db.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_an_acknowledged_order_is_delivered_once(any_town: Town) -> None:
    house = ClearingHouse()
    lose(any_town, any_town.a_card())
    assert dispatch_due(any_town.foundation.uow, house) == 2
    assert dispatch_due(any_town.foundation.uow, house) == 0
    assert len(house.asked) == 2
    assert all(row.delivered_at == any_town.clock.now and row.attempts == 1 for row in messages(any_town))


def test_a_closed_clearing_house_is_asked_at_longer_and_longer_intervals_under_the_same_number(town: Town) -> None:
    house = ClearingHouse()
    house.open = False
    lose(town, town.a_card())
    waits = []
    for _ in range(8):
        assert dispatch_due(town.foundation.uow, house) == 0
        due = messages(town)[0].next_attempt_at
        assert due is not None
        waits.append((due - town.clock.now).total_seconds())
        town.clock.now = due - timedelta(seconds=1)
        asked = len(house.asked)
        dispatch_due(town.foundation.uow, house)
        assert len(house.asked) == asked, "not before its time"
        town.clock.now = due
    assert waits == [5, 15, 60, 300, 900, 3600, 3600, 3600]
    house.open = True
    assert dispatch_due(town.foundation.uow, house) == 2
    assert {number for number, _ in house.asked} == {row.id for row in messages(town)}
    assert [(row.attempts, row.next_attempt_at, row.last_error) for row in messages(town)] == [(9, None, None)] * 2


def test_an_order_that_fails_does_not_hold_up_its_neighbours(town: Town) -> None:
    class Choosy(ClearingHouse):
        def deliver(self, number: int, order: dict[str, Any]) -> None:
            self.open = order["account"] == "financial"
            super().deliver(number, order)

    lose(town, town.a_card())
    assert dispatch_due(town.foundation.uow, Choosy()) == 1
    assert [row.last_error for row in messages(town) if row.delivered_at is None] == ["status 503"]


@pytest.fixture
def partner() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A real HTTP server that answers by its path: ``/503``, ``/302``, ``/200``."""
    heard: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.append({**{name.lower(): value for name, value in self.headers.items()}, "body": body})
            self.send_response(int(self.path[1:]))
            self.send_header("Location", "/200")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_order_goes_out_with_its_number_and_token(partner: tuple[str, list[dict[str, str]]], tmp_path: Path) -> None:
    url, heard = partner
    token = tmp_path / "token"
    token.write_text("s3cret\n")
    HttpOrders(JsonPoster(f"{url}/200", token)).deliver(35, {"account": "medical", "order": "suspend"})
    assert (heard[0]["idempotency-key"], heard[0]["authorization"]) == ("order-35", "Bearer s3cret")
    assert json.loads(heard[0]["body"]) == {"account": "medical", "order": "suspend"}


@pytest.mark.parametrize("path", ["302", "400", "503"])
def test_whatever_is_no_acknowledgement_is_sent_again(partner: tuple[str, list[dict[str, str]]], path: str) -> None:
    url, heard = partner
    with pytest.raises(GatewayError):
        HttpOrders(JsonPoster(f"{url}/{path}")).deliver(1, {})
    assert len(heard) == 1, "a redirect is not followed: it would carry the token elsewhere"


def test_a_partner_that_is_away_and_a_token_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match="URLError"):
        JsonPoster("http://127.0.0.1:1/").post({})
    with pytest.raises(GatewayError, match="FileNotFoundError"):
        JsonPoster("http://127.0.0.1:1/", tmp_path / "absent").post({})


KEPT = {
    # what: how long after it has served its time it is still there
    SmsCode: timedelta(minutes=5) + timedelta(days=1),
    DemoMessage: timedelta(hours=1),
    IdempotencyRecord: timedelta(hours=24),
    Session: timedelta(days=37),
    OutboxMessage: timedelta(days=90),
}


@pytest.mark.parametrize("table", KEPT, ids=lambda table: table.__name__)
def test_a_row_goes_when_no_rule_needs_it_any_more(any_town: Town, table: type[Any]) -> None:
    uow = any_town.foundation.uow
    lose(any_town, any_town.a_card())
    dispatch_due(uow, ClearingHouse())
    done(any_town, lambda tx: request_sms_code(tx, "19900000001"))
    done(any_town, lambda tx: open_session(tx, Role.CITIZEN, 1))
    with uow.write() as tx:
        tx.db.add(DemoMessage(phone="+8619900000001", text="…", at=tx.now))
        tx.db.add(
            IdempotencyRecord(
                subject="account:1", key="k" * 8, request_hash=b"", status=200, body_sealed=b"", created_at=tx.now
            )
        )

    def left() -> int:
        with uow.read() as tx:
            return tx.db.scalar(select(func.count()).select_from(table)) or 0

    before = left()
    any_town.clock.now += KEPT[table]
    tidy(uow)
    assert left() == before > 0
    any_town.clock.forward(seconds=1)
    tidy(uow)
    assert left() == 0


def test_an_order_that_was_never_acknowledged_is_never_thrown_away(town: Town) -> None:
    lose(town, town.a_card())
    town.clock.forward(days=400)
    tidy(town.foundation.uow)
    assert len(messages(town)) == 2


def test_the_head_of_the_record_is_noted_in_the_log(town: Town) -> None:
    """Where who can write to the database cannot change it."""
    done(town, lambda tx: tx.record(SYSTEM, "noted", "card:1"))
    with structlog.testing.capture_logs() as lines:
        tidy(town.foundation.uow)
    (line,) = [line for line in lines if line["event"] == "audit_anchor"]
    number, _, digest = line["anchor"].partition(":")
    assert (number, len(digest)) == ("1", 64)
