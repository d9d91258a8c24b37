"""Plants the invented city: registers, staff, people, cards. Runs once, in one transaction; a second call finds it planted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pyotp
from argon2 import PasswordHasher
from sqlalchemy import select

from ecard.demo.people import DemoPerson, invent_people
from ecard.demo.personas import CITIZENS, STAFF, StaffPersona
from ecard.demo.portraits import draw_portrait
from ecard.demo.registers import BANKS, DISTRICTS, UNITS
from ecard.domain.accounts import AccountKind, AccountState
from ecard.domain.actors import SYSTEM, Actor, Role
from ecard.domain.cards import CardEvent, CardState
from ecard.domain.phones import normal_phone
from ecard.services.serials import next_serial
from ecard.services.transitions import change_card
from ecard.store import audit
from ecard.store.models import Bank, Card, Deployment, FundAccount, Outlet, Person, Photo, Staff, Unit
from ecard.store.schema import claim
from ecard.store.unit_of_work import Transaction, UnitOfWork
from ecard.store.vault import PersonalDetails

POPULATION = 1200
_FACES = 12
_GREY_FROM = 62
_EXTRA_LOSSES = 24


def plant_city(uow: UnitOfWork, population: int = POPULATION) -> bool:
    """Plant the city unless it stands; True if it was planted now.

    Raises:
        WrongDeploymentError: the database holds real people.
    """
    with uow.write() as tx:
        planted = tx.db.get(Deployment, 1) is not None
        claim(tx.db, "demo", tx.now)
        if planted:
            return False
        banks = _plant_banks(tx)
        _plant_units(tx)
        _plant_staff(tx, banks)
        _plant_people(tx, banks, population)
    return True


def _plant_banks(tx: Transaction) -> dict[str, Bank]:
    banks = {}
    for number, bank in enumerate(BANKS, 1):
        row = Bank(code=bank.code, name=bank.name, name_en=bank.name_en, hotline=f"95{5000 + number}")
        row.outlets = [
            Outlet(
                name=f"{bank.name}{district.removesuffix('区')}支行",
                name_en=f"{bank.name_en}, {english} branch",
                district=district,
                address=f"广州市{district}{street} {number} 号",
            )
            for district, english, street in DISTRICTS
        ]
        banks[bank.code] = row
    tx.db.add_all(banks.values())
    tx.db.flush()
    return banks


def _plant_units(tx: Transaction) -> None:
    tx.db.add_all(
        Unit(kind=unit.kind.value, name=unit.name, name_en=unit.name_en, attributes=list(unit.attributes))
        for unit in UNITS
    )
    tx.db.flush()


def _plant_staff(tx: Transaction, banks: dict[str, Bank]) -> None:
    hasher = PasswordHasher()
    for persona in STAFF:
        tx.db.add(_staff(tx, persona, banks, hasher))
    tx.db.flush()


def _staff(tx: Transaction, persona: StaffPersona, banks: dict[str, Bank], hasher: PasswordHasher) -> Staff:
    bank = banks[persona.bank] if persona.bank else None
    return Staff(
        username=persona.username,
        name=persona.name,
        role=persona.role.value,
        password_hash=hasher.hash(persona.password),
        totp_sealed=tx.vault.seal(pyotp.random_base32().encode(), f"totp:{persona.username}"),
        bank=bank,
        outlet=bank.outlets[0] if bank and persona.outlet else None,
        unit=tx.db.scalars(select(Unit).where(Unit.name == persona.unit)).one() if persona.unit else None,
    )


def _plant_people(tx: Transaction, banks: dict[str, Bank], population: int) -> None:
    faces = _Faces(tx.today)
    everybody = list(_everybody(banks, max(0, population - len(CITIZENS))))
    for number, (person, bank, start) in enumerate(everybody, 1):
        row = _plant_person(tx, person, faces.of(person, number))
        card = _plant_card(tx, row, bank, number, made_only=start == CardState.MADE.value)
        if start == CardState.SUSPENDED.value:
            change_card(tx, card, CardEvent.REPORT_LOSS, Actor(Role.CITIZEN, "account:0"))
    tx.db.flush()


class _Faces:
    """Some portraits of each kind, drawn once."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._drawn: dict[tuple[int, bool, bool], bytes] = {}

    def of(self, person: DemoPerson, number: int) -> bytes:
        """A portrait that fits the person's age and sex."""
        kind = (number % _FACES, person.is_female, self._today.year - person.born.year > _GREY_FROM)
        if kind not in self._drawn:
            self._drawn[kind] = draw_portrait(kind[0], long_hair=kind[1], grey=kind[2])
        return self._drawn[kind]


def _everybody(banks: dict[str, Bank], others: int) -> Iterator[tuple[DemoPerson, Bank, str]]:
    for persona in CITIZENS:
        yield persona.person, banks[persona.bank], persona.card
    codes = list(banks)
    for number, person in enumerate(invent_people(others, first_phone=1000)):
        start = CardState.SUSPENDED if number < _EXTRA_LOSSES else CardState.ACTIVE
        yield person, banks[codes[number % len(codes)]], start.value


def _plant_person(tx: Transaction, person: DemoPerson, face: bytes) -> Person:
    phone = normal_phone(person.phone)
    row = Person(
        document_index=tx.vault.blind_index("document", person.document_number),
        phone_index=tx.vault.blind_index("phone", phone),
        sealed=b"",
        born_on=person.born,
        concession=int(person.concession),
        insurance=int(person.insurance),
        created_at=tx.now,
    )
    tx.db.add(row)
    tx.db.flush()
    details = PersonalDetails(person.name, person.document_kind, person.document_number, phone, "广州市（虚构地址）")
    row.sealed = tx.vault.seal_details(details, f"person:{row.id}")
    tx.db.add(Photo(person_id=row.id, media_type="image/png", sealed=tx.vault.seal(face, f"photo:{row.id}")))
    return row


def _plant_card(tx: Transaction, person: Person, bank: Bank, number: int, *, made_only: bool) -> Card:
    issued = (tx.now - timedelta(days=200 + number % 700)).date()
    state, account = (CardState.MADE, AccountState.PENDING) if made_only else (CardState.ACTIVE, AccountState.OPEN)
    card = Card(
        number=f"A{44010000 + number:08}",
        person=person,
        bank=bank,
        state=state.value,
        issued_on=issued,
        status_serial=next_serial(tx),
        activated_on=None if made_only else issued + timedelta(days=3),
        accounts=[FundAccount(kind=kind.value, state=account.value) for kind in AccountKind],
    )
    tx.db.add(card)
    tx.db.flush()
    story = [("card_ordered", 0), ("card_made", 2), *([] if made_only else [("card_activated", 3)])]
    for action, days in story:
        at = datetime.combine(issued + timedelta(days=days), time(2, number % 60), UTC)
        audit.append(
            tx.db,
            tx.audit_key,
            at=at,
            actor=SYSTEM,
            action=action,
            subject=f"card:{card.public_id}",
            details={"demo": True},
        )
    return card
