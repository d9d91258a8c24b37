"""Online verification: what offline cannot do. A code counts once, the card's state is the live one, and the holder's attributes are shown to a
unit as far as its grant goes, for a purpose and an operator on record (Art. 16, 20).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ecard.domain.actors import Actor
from ecard.domain.errors import RefusedError
from ecard.domain.purposes import VerificationPurpose
from ecard.domain.scenes import Concession, concession_of
from ecard.domain.status_index import serial_of
from ecard.services.cards import details_of
from ecard.services.follow import StatusIndices
from ecard.store.models import Card, Publication, Unit
from ecard.store.unit_of_work import Transaction
from signing import Policy, TrustBundle, Verdict, verify
from signing.statuslist import shard_of
from signing.verifier import parse_unverified

_USED = "ecard:used:"


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict, and of a valid code what the unit may know of its holder."""

    verdict: Verdict
    holder: dict[str, Any] | None


class UsedCodes:
    """Single use, in Redis: a token number is remembered until its code has expired."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def seen(self, token_id: bytes, expires_at: int) -> bool:
        """Remember a token number; True if it was there already.

        Raises:
            RefusedError: ``single_use_unavailable`` while Redis is away: better asked again than accepted twice.
        """
        try:
            fresh = self._redis.set(_USED + token_id.hex(), b"1", nx=True, exat=expires_at + 600)
        except RedisError as error:
            raise RefusedError("single_use_unavailable") from error
        return not fresh
