"""`kill -9` of Redis and of the web process at random during two hundred loss reports.

Afterwards no acknowledged report is missing from the list, and none is half done.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
import uuid
from pathlib import Path

import pytest
from flask_jwt_extended import create_access_token
from sqlalchemy import select

from ecard.app import create_app
from ecard.domain.accounts import AccountState
from ecard.domain.actors import Role
from ecard.domain.cards import CardState
from ecard.services.oversight import verify_audit
from ecard.services.publish import KEYS, MANIFEST, list_name
from ecard.services.sessions import open_session
from ecard.store.models import Account, AuditEntry, Card, OutboxMessage, Person, Publication, StatusChange
from signing import RootFile, TrustBundle
from tests.running_city import RunningCity, eventually, running_city

REPORTS = 200
PEOPLE = 300


@pytest.mark.timeout(280)
def test_no_acknowledged_loss_report_is_lost_and_none_is_half_done(tmp_path: Path) -> None:
    """Reports run from four threads while both processes are killed again and again."""
    with running_city(tmp_path, people=PEOPLE, threads=4) as city:
        holders = _holders(city)
        acknowledged: dict[int, str] = {}
        done = threading.Event()
        killer = threading.Thread(target=_kill_at_random, args=(city, done), daemon=True)
        killer.start()
        try:
            reporters = [
                threading.Thread(target=_report_all, args=(city, holders[start::4], acknowledged, done), daemon=True)
                for start in range(4)
            ]
            for reporter in reporters:
                reporter.start()
            for reporter in reporters:
                reporter.join(timeout=150)
        finally:
            done.set()
            killer.join()
        assert len(acknowledged) == REPORTS
        eventually(
            lambda: _published(city) >= set(acknowledged), what="every acknowledged report in the published list"
        )
        eventually(lambda: _in_redis(city) >= set(acknowledged), what="every acknowledged report in Redis")
        _assert_whole(city, set(acknowledged))


def _report_all(
    city: RunningCity, holders: list[tuple[int, str]], acknowledged: dict[int, str], done: threading.Event
) -> None:
    for card_id, token in holders:
        key = str(uuid.uuid4())
        while not done.is_set():
            try:
                status, body = city.request(
                    "POST",
                    "/api/v1/me/card/loss-report",
                    {},
                    Authorization=f"Bearer {token}",
                    **{"Idempotency-Key": key},
                )
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            if status == 200:
                acknowledged[card_id] = body["state"]
                break
            assert status in {409, 503}, body
            assert body["code"] in {"database_busy", "request_in_progress"}, body
            time.sleep(0.05)


def _kill_at_random(city: RunningCity, done: threading.Event) -> None:
    """A process is killed some time after the web process answers again, so that the city makes way between two deaths."""
    chance = random.Random(35)  # noqa: S311 - the same deaths every time
    while not done.wait(chance.uniform(0.1, 1.0)):
        if city.answers():
            city.kill(chance.choice(["redis", "web", "web"]))


def _holders(city: RunningCity) -> list[tuple[int, str]]:
    """Card and access token of two hundred citizens whose cards are active."""
    app = create_app(city.settings, watching=False)
    holders = []
    with app.app_context(), city.foundation.uow.write() as tx:
        cards = tx.db.scalars(select(Card).where(Card.state == CardState.ACTIVE.value).limit(REPORTS)).all()
        for card in cards:
            person = tx.db.get_one(Person, card.person_id)
            account = Account(phone_index=person.phone_index, person_id=person.id, created_at=tx.now)
            tx.db.add(account)
            tx.db.flush()
            session = open_session(tx, Role.CITIZEN, account.id)
            claims = {"sid": session.id, "role": session.role}
            holders.append((card.id, create_access_token(str(account.id), additional_claims=claims)))
    return holders


def _published(city: RunningCity) -> set[int]:
    """The cards that the published list, read as a verifier reads it, refuses."""
    base = city.foundation
    with base.uow.read() as tx:
        rows = {row.name: row.body for row in tx.db.scalars(select(Publication))}
        cards = dict(iter(tx.db.execute(select(Card.id, Card.status_serial)).tuples()))
    root = RootFile.parse((city.settings.keys / "root.json").read_bytes())
    bundle = TrustBundle.accept(root, keys=rows[KEYS], manifest=rows[MANIFEST])
    for shard in bundle.missing_lists():
        bundle = bundle.with_list(shard, rows[list_name(shard)])
    in_each = [
        {card for card, serial in cards.items() if shard.is_revoked(base.indices.of(serial, number))}
        for number, shard in bundle.shards.items()
    ]
    return set.intersection(*in_each)


def _in_redis(city: RunningCity) -> set[int]:
    base = city.foundation
    state = base.revocations.state()
    with base.uow.read() as tx:
        cards = tx.db.execute(select(Card.id, Card.status_serial)).tuples().all()
    return {
        card
        for card, serial in cards
        if all(base.revocations.is_revoked(shard, base.indices.of(serial, shard))[1] for shard in state.shards)
    }


def _assert_whole(city: RunningCity, acknowledged: set[int]) -> None:
    """State, accounts, list, outbox and audit tell the same story for every card."""
    with city.foundation.uow.read() as tx:
        suspended = {
            card.id: card for card in tx.db.scalars(select(Card).where(Card.state == CardState.SUSPENDED.value))
        }
        assert acknowledged <= suspended.keys()
        changes = [change.card_id for change in tx.db.scalars(select(StatusChange).order_by(StatusChange.version))]
        versions = tx.db.scalars(select(StatusChange.version).order_by(StatusChange.version)).all()
        assert list(versions) == list(range(1, len(versions) + 1))
        assert sorted(changes) == sorted(suspended)
        orders = [message.payload["card"] for message in tx.db.scalars(select(OutboxMessage))]
        audited = tx.db.scalars(select(AuditEntry.subject).where(AuditEntry.action == "loss_reported")).all()
        for card in suspended.values():
            assert {account.state for account in card.accounts} == {AccountState.SUSPENDED.value}
            assert orders.count(card.public_id) == 2
            assert list(audited).count(f"card:{card.public_id}") == 1
        assert verify_audit(tx).ok
