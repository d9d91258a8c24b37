"""Whether the service can be relied on."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from ecard.services.keyring import KeyRing, KeyState
from ecard.services.publish import MANIFEST
from ecard.store.database import DatabaseBusyError
from ecard.store.models import Publication
from ecard.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Readiness:
    """Part by part. Redis may be away: the service goes on more slowly.

    An old manifest is for an alarm, not for a proxy: it is the worker's fault in every web process alike, and with all of them out of
    rotation nobody could report a loss. So is a code key that is not here: whatever ``code_key`` says, loss reports are taken.
    """

    database: bool
    redis: bool
    manifest_age: int | None
    code_key: KeyState

    @property
    def is_ready(self) -> bool:
        """Whether requests should be sent here."""
        return self.database and self.manifest_age is not None

    def to_json(self) -> dict[str, object]:
        """For the probe."""
        return {"ready": self.is_ready, **asdict(self)}


def readiness(uow: UnitOfWork, redis: Redis, code_keys: KeyRing) -> Readiness:
    """Ask each part."""
    database, manifest_age = _database(uow)
    return Readiness(database, _redis(redis), manifest_age, code_keys.state(int(uow.clock().timestamp())))


def _database(uow: UnitOfWork) -> tuple[bool, int | None]:
    try:
        with uow.read() as tx:
            row = tx.db.get(Publication, MANIFEST)
            return True, None if row is None else int((tx.now - row.updated_at).total_seconds())
    except (DatabaseBusyError, SQLAlchemyError):
        return False, None


def _redis(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False
