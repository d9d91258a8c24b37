"""The whole service in processes of its own, with citizens who are signed in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_jwt_extended import create_access_token
from sqlalchemy import select

from ecard.app import create_app
from ecard.domain.actors import Role
from ecard.domain.cards import CardState
from ecard.services.sessions import open_session
from ecard.store.models import Account, Card
from ecard.store.unit_of_work import Transaction
from tests.running_city import RunningCity, running_city


@dataclass(frozen=True)
class Citizen:
    """A holder of an active card, with an access token of ten minutes."""

    card_id: int
    account_id: int
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What the citizen's app sends along."""
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def a_service(people: int = 300, **settings: Any) -> Iterator[RunningCity]:
    """Redis, worker, stream and web on free ports, until the end of the block; no rate limit is in the way."""
    with (
        tempfile.TemporaryDirectory(prefix="ecard-bench-") as folder,
        running_city(Path(folder), people=people, rate_limit_scale=10_000, **settings) as city,
    ):
        yield city


def sign_in(city: RunningCity, count: int) -> list[Citizen]:
    """``count`` citizens whose cards are active."""
    app = create_app(city.settings, watching=False)
    with app.app_context(), city.foundation.uow.write() as tx:
        active = select(Card).where(Card.state == CardState.ACTIVE.value).order_by(Card.id).limit(count)
        return [_sign_in(tx, card) for card in tx.db.scalars(active).all()]


def _sign_in(tx: Transaction, card: Card) -> Citizen:
    account = Account(phone_index=card.person.phone_index, person_id=card.person_id, created_at=tx.now)
    tx.db.add(account)
    tx.db.flush()
    session = open_session(tx, Role.CITIZEN, account.id)
    claims = {"sid": session.id, "role": session.role}
    return Citizen(card.id, account.id, create_access_token(str(account.id), additional_claims=claims))
