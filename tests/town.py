"""A small town for tests: builders with good defaults over a real database and a real Redis."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyotp
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from ecard.app import Foundation, create_app, lay_foundation
from ecard.config import Mode, Settings
from ecard.demo.people import DemoPerson, document_number, phone_number
from ecard.demo.portraits import draw_portrait
from ecard.domain.accounts import AccountKind, AccountState
from ecard.domain.actors import Role
from ecard.domain.cards import CardState
from ecard.domain.insurance import Insurance
from ecard.domain.phones import normal_phone
from ecard.keystore import KeyStore
from ecard.services.keyring import open_ring
from ecard.services.publish import Publisher
from ecard.services.serials import next_serial
from ecard.services.staff_sign_in import StaffSignIn
from ecard.store.heads import lock_head
from ecard.store.models import (
    Account,
    Bank,
    Card,
    DemoMessage,
    FundAccount,
    Outlet,
    Person,
    Photo,
    Publication,
    Staff,
    StatusChange,
    Unit,
)
from ecard.store.unit_of_work import Transaction
from ecard.store.vault import PersonalDetails
from ecard.web.parts import EXTENSION, Parts
from ecard.worker import publisher_for
from signing import RootFile, TrustBundle

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PASSWORD = "correct horse"
_BORN = date(1990, 6, 12)


@dataclass
class Clock:
    """A clock that stands until it is moved; starts at the real time, because tokens are checked by libraries with clocks of their own."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        """Move on."""
        self.now += timedelta(**amount)

    @property
    def epoch(self) -> int:
        """Seconds since 1970."""
        return int(self.now.timestamp())


@dataclass(frozen=True)
class Holder:
    """A person of the town with a card."""

    person: DemoPerson
    person_id: int
    card_id: int
    public_id: str

    @property
    def phone(self) -> str:
        return self.person.phone


@dataclass(frozen=True)
class Worker:
    """A member of staff."""

    id: int
    username: str
    secret: str


class Town:
    """The application, and everything that can be built in it."""

    def __init__(self, foundation: Foundation, app: Flask, clock: Clock) -> None:
        self.foundation = foundation
        self.app = app
        self.clock = clock
        self._numbers = itertools.count(1)
        self.banks = self._found_banks()

    def client(self) -> FlaskClient:
        """A browser or app without a session."""
        return self.app.test_client()

    def a_card(
        self,
        state: str = "active",
        *,
        name: str = "林志远",
        born: date = _BORN,
        bank: str = "own",
        locked: bool = False,
        replacement_requested: bool = False,
        insurance: Insurance = Insurance.EMPLOYEES,
    ) -> Holder:
        """A person with a card in any state."""
        number = next(self._numbers)
        person = DemoPerson(
            name, document_number(born, number % 1000), "resident_id", phone_number(number), born, insurance=insurance
        )
        with self.foundation.uow.write() as tx:
            row = self._person(tx, person)
            card = self._card(tx, row, number, CardState(state), bank, locked=locked)
            card.replacement_requested = replacement_requested
            if not card.status.is_usable and card.state in {"suspended", "active"}:
                self._revoke(tx, card)
            return Holder(person, row.id, card.id, card.public_id)

    def an_account(self, holder: Holder) -> int:
        """A citizen's account, bound to the holder."""
        with self.foundation.uow.write() as tx:
            index = tx.vault.blind_index("phone", normal_phone(holder.phone))
            account = Account(phone_index=index, person_id=holder.person_id, bound_at=tx.now, created_at=tx.now)
            tx.db.add(account)
            tx.db.flush()
            return account.id

    def staff(self, role: Role, *, bank: str | None = None, at_outlet: bool = False, unit: int | None = None) -> Worker:
        """A member of staff with the usual password."""
        username, secret = f"{role.value}{next(self._numbers)}", pyotp.random_base32()
        with self.foundation.uow.write() as tx:
            bank_row = tx.db.get_one(Bank, self.banks[bank]) if bank else None
            row = Staff(
                username=username,
                name="吴敏",
                role=role.value,
                password_hash=QUICK.hash(PASSWORD),
                totp_sealed=tx.vault.seal(secret.encode(), f"totp:{username}"),
                bank=bank_row,
                outlet=bank_row.outlets[0] if bank_row and at_outlet else None,
                unit_id=unit,
            )
            tx.db.add(row)
            tx.db.flush()
            return Worker(row.id, username, secret)

    def a_unit(self, kind: str = "health", attributes: tuple[str, ...] = ("name", "document_number")) -> int:
        """An application unit."""
        with self.foundation.uow.write() as tx:
            unit = Unit(kind=kind, name="示范医院", name_en="Demo Hospital", attributes=list(attributes))
            tx.db.add(unit)
            tx.db.flush()
            return unit.id

    def sign_in(self, holder: Holder) -> Api:
        """The holder's app with a session, bound."""
        self.an_account(holder)
        return self.sign_in_phone(holder.phone)

    def sign_in_phone(self, phone: str) -> Api:
        """Through the SMS code, as people do."""
        api = Api(self.client())
        assert api.post("/api/v1/auth/sms-codes", {"phone": phone}).status_code == 202
        answer = api.post("/api/v1/auth/sessions", {"phone": phone, "code": self.last_sms_code()})
        assert answer.status_code == 201, answer.json
        return api.with_token(answer.json["access_token"])

    def last_sms_code(self) -> str:
        """The code in the newest message."""
        with self.foundation.uow.read() as tx:
            text = tx.db.scalars(select(DemoMessage.text).order_by(DemoMessage.id.desc())).first() or ""
        return "".join(char for char in text.split("，")[0] if char.isdigit())

    def sign_in_staff(self, worker: Worker) -> Api:
        """Through password and one-time password, as staff do."""
        api = Api(self.client())
        answer = api.post("/api/v1/auth/staff-sessions", self.credentials(worker))
        assert answer.status_code == 201, answer.json
        return api.with_token(answer.json["access_token"])

    def credentials(self, worker: Worker, password: str = PASSWORD) -> dict[str, Any]:
        """What a member of staff types now."""
        totp = pyotp.TOTP(worker.secret).at(self.clock.epoch)
        return {"username": worker.username, "password": password, "totp": totp}

    def publisher(self) -> Publisher:
        """The worker's publisher."""
        ring = open_ring(self.foundation.keystore, "list")
        return publisher_for(self.foundation, *ring.key_set_and_signer(self.clock.epoch))

    def trust(self, *, held: TrustBundle | None = None) -> TrustBundle:
        """What a verifier has after a sync with what is published now."""
        with self.foundation.uow.read() as tx:
            rows = {row.name: row.body for row in tx.db.scalars(select(Publication))}
        root = held.root if held else RootFile.parse((self.foundation.keystore.folder / "root.json").read_bytes())
        bundle = TrustBundle.accept(root, keys=rows["keys"], manifest=rows["manifest"], held=held, now=self.clock.epoch)
        for shard in bundle.missing_lists():
            bundle = bundle.with_list(shard, rows[f"status/{shard}/list"])
        return bundle

    def revoked_in(self, bundle: TrustBundle, holder: Holder, serial: int | None = None) -> set[bool]:
        """What the lists of all weeks say of a card as it is now, or of an earlier serial of it; one element if they agree."""
        indices, serial = self.foundation.indices, serial or self.serial_of(holder)
        return {list_.is_revoked(indices.of(serial, shard)) for shard, list_ in bundle.shards.items()}

    def serial_of(self, holder: Holder) -> int:
        """The serial that a card's indices are computed from now."""
        with self.foundation.uow.read() as tx:
            return tx.db.get_one(Card, holder.card_id).status_serial

    def _found_banks(self) -> dict[str, int]:
        with self.foundation.uow.write() as tx:
            banks = {
                code: Bank(code=code, name=f"{code}银行", name_en=f"{code} bank", hotline="95500", outlets=[_outlet()])
                for code in ("own", "other")
            }
            tx.db.add_all(banks.values())
            tx.db.flush()
            return {code: bank.id for code, bank in banks.items()}

    def _person(self, tx: Transaction, person: DemoPerson) -> Person:
        phone = normal_phone(person.phone)
        row = Person(
            document_index=tx.vault.blind_index("document", person.document_number),
            phone_index=tx.vault.blind_index("phone", phone),
            sealed=b"",
            born_on=person.born,
            insurance=int(person.insurance),
            created_at=tx.now,
        )
        tx.db.add(row)
        tx.db.flush()
        details = PersonalDetails(person.name, person.document_kind, person.document_number, phone)
        row.sealed = tx.vault.seal_details(details, f"person:{row.id}")
        tx.db.add(Photo(person_id=row.id, media_type="image/png", sealed=tx.vault.seal(_FACE, f"photo:{row.id}")))
        return row

    def _card(self, tx: Transaction, person: Person, number: int, state: CardState, bank: str, *, locked: bool) -> Card:
        account = {CardState.ACTIVE: AccountState.OPEN, CardState.SUSPENDED: AccountState.SUSPENDED}.get(
            state, AccountState.PENDING
        )
        if state in {CardState.REPLACED, CardState.CANCELLED}:
            account = AccountState.CLOSED
        card = Card(
            number=f"A{number:08}",
            person=person,
            bank_id=self.banks[bank],
            state=state.value,
            locked=locked,
            issued_on=tx.today,
            status_serial=next_serial(tx),
            accounts=[FundAccount(kind=kind.value, state=account.value) for kind in AccountKind],
        )
        tx.db.add(card)
        tx.db.flush()
        return card

    def _revoke(self, tx: Transaction, card: Card) -> None:
        head = lock_head(tx.db, "revocation")
        head.value += 1
        tx.db.add(StatusChange(version=head.value, card_id=card.id, serial=card.status_serial, revoked=True, at=tx.now))
        tx.rings.add("status")


@dataclass(frozen=True)
class Answer:
    """What came back. ``json`` is empty for an answer without a JSON object."""

    status_code: int
    json: dict[str, Any]
    data: bytes
    headers: Headers

    @classmethod
    def of(cls, response: TestResponse) -> Answer:
        """Read a response."""
        body = response.get_json(silent=True) if response.is_json else None
        return cls(response.status_code, body if isinstance(body, dict) else {}, response.data, response.headers)


class Api:
    """A client with a session: JSON in, JSON out."""

    def __init__(self, client: FlaskClient, token: str | None = None) -> None:
        self.client = client
        self.token = token

    def with_token(self, token: str) -> Api:
        """The same client, signed in."""
        return Api(self.client, token)

    def get(self, path: str, **headers: str) -> Answer:
        """A reading request."""
        return Answer.of(self.client.get(path, headers=self._headers(headers)))

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Answer:
        """A state-changing request; ``idempotency_key="…"`` and other headers by name."""
        return Answer.of(self.client.post(path, json=body if body is not None else {}, headers=self._headers(headers)))

    def delete(self, path: str, **headers: str) -> Answer:
        """An ending request."""
        return Answer.of(self.client.delete(path, headers=self._headers(headers)))

    def _headers(self, extra: dict[str, str]) -> dict[str, str]:
        headers = {name.replace("_", "-"): value for name, value in extra.items()}
        return headers | ({"Authorization": f"Bearer {self.token}"} if self.token else {})


def build_town(
    database_url: str, redis_url: str, keys: Path, clock: Clock, *, watching: bool = False, **settings: Any
) -> Iterator[Town]:
    """An application on these servers; its connections are closed at the end."""
    values: dict[str, Any] = {
        "mode": Mode.DEMO,
        "database_url": database_url,
        "redis_url": redis_url,
        "key_dir": keys,
        "secure_cookies": False,
        "rate_limit_scale": 1000,
    }
    values.update(settings)
    chosen = Settings(**values)
    with patch.object(KeyStore, "_derive", _derive_once):
        yield from _built(chosen, clock, watching=watching)


def _built(chosen: Settings, clock: Clock, *, watching: bool) -> Iterator[Town]:
    app = create_app(chosen, clock=clock, watching=watching)
    parts: Parts = app.extensions[EXTENSION]
    object.__setattr__(parts, "staff_sign_in", StaffSignIn.create(QUICK))
    foundation = lay_foundation(chosen, clock=clock)
    try:
        yield Town(foundation, app, clock)
    finally:
        foundation.database.dispose()


def _outlet() -> Outlet:
    return Outlet(name="越秀支行", name_en="Yuexiu branch", district="越秀区", address="示范路 1 号")


def _derive_once(store: KeyStore, salt: bytes) -> bytes:
    """A passphrase is slow to try on purpose; hundreds of towns under one passphrase need not wait for it each."""
    if salt not in _DERIVED:
        _DERIVED[salt] = _DERIVE(store, salt)
    return _DERIVED[salt]


_DERIVE = KeyStore._derive
_DERIVED: dict[bytes, bytes] = {}
_FACE = draw_portrait(1)
