"""The worker process: keeps Redis behind the database, publishes, delivers the outbox, tidies up.

It needs no requests to do its work: whatever another process left undone when it was killed, the worker finds in the database.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Thread

import structlog
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.exc import SQLAlchemyError

from ecard.app import Foundation
from ecard.config import Mode, Settings
from ecard.gateways.http import JsonPoster
from ecard.gateways.orders import HttpOrders, OrderGateway, OrderSandbox
from ecard.keystore import KeyStoreError
from ecard.services.dispatch import dispatch_due
from ecard.services.follow import follow
from ecard.services.housekeeping import tidy
from ecard.services.keyring import KeyRing, KeysInForce, NoSigningKeyError, open_ring
from ecard.services.new_key_set import begin_key_set
from ecard.services.publish import KeySetDocument, Publisher
from ecard.services.sector_keys import deliver_sector_keys
from ecard.services.trouble import Trouble
from ecard.store.database import ConcurrentChangeError, DatabaseBusyError
from ecard.store.redis_link import Bells, RedisUnavailableError
from signing import Signer
from signing.keyset import KeySet

_POLL = timedelta(seconds=0.5)
_TIDY_SECONDS = 3600.0
_DELIVER_SECONDS = 3.0

_log = structlog.get_logger()


@dataclass
class Worker:
    """Two loops in two threads: the list must never wait for a slow bank."""

    foundation: Foundation
    stopping: Event = field(default_factory=Event)

    def run(self) -> None:
        """Work until `stop`."""
        orders = order_gateway(self.foundation.settings)
        others = Thread(
            target=self._loop, args=("outbox", lambda: self._outbox(orders)), name="ecard-outbox", daemon=True
        )
        others.start()
        self._loop("status,published", self._publish)
        others.join(timeout=10)

    def stop(self) -> None:
        """Let both loops end."""
        self.stopping.set()

    def _current_publisher(self) -> Publisher:
        """The publisher of the key set and list key of this moment: another one after a ceremony, or when a window opens.

        Raises:
            NoSigningKeyError: no list key can sign.
        """
        base = self.foundation
        keys, signer = self._list_keys.key_set_and_signer(int(base.uow.clock().timestamp()))
        if self._published_by != (keys.sha256, signer.kid):
            with base.uow.write() as tx:
                begin_key_set(tx, keys)
            self._publisher = publisher_for(base, keys, signer)
            self._published_by = (keys.sha256, signer.kid)
        return self._publisher

    def _loop(self, topics: str, work: Callable[[], None]) -> None:
        """Until `stop`; an error that nobody foresaw stops the other loop too, so that the process is started again."""
        bells: Bells = self.foundation.bells()
        trouble = Trouble("worker_failed", loop=topics)
        try:
            while not self.stopping.is_set():
                self._turn(work, bells, trouble)
        finally:
            self.stopping.set()

    def _turn(self, work: Callable[[], None], bells: Bells, trouble: Trouble) -> None:
        try:
            work()
            trouble.over()
            bells.wait(_POLL)
        except (DatabaseBusyError, ConcurrentChangeError, SQLAlchemyError) as error:
            trouble.met(error)
            self.stopping.wait(_POLL.total_seconds())

    def _publish(self) -> None:
        base = self.foundation
        try:
            follow(base.uow, base.revocations, base.indices)
            self._redis_trouble.over()
        except RedisUnavailableError as error:
            self._redis_trouble.met(error)
        try:
            self._current_publisher().publish_if_due()
            self._key_trouble.over()
        except NoSigningKeyError as error:
            self._key_trouble.met(error)

    def _deliver_sector_keys(self) -> None:
        """A sector key that is not on this machine holds up nothing else."""
        keys = self._in_force.current()
        self._sector_keys = {kid: key for kid, key in self._sector_keys.items() if kid in keys.seal_keys}
        try:
            deliver_sector_keys(self.foundation.uow, keys, self._sector_key)
            self._sector_trouble.over()
        except KeyStoreError as error:
            if str(error) != self._sector_told:
                _log.error("sector_key_missing", problem=str(error))
                self._sector_told = str(error)
            self._sector_trouble.met(error)

    def _sector_key(self, kid: str) -> X25519PrivateKey:
        if kid not in self._sector_keys:
            self._sector_keys[kid] = self.foundation.keystore.sector_key(kid)
        return self._sector_keys[kid]

    def _outbox(self, orders: OrderGateway | None) -> None:
        if orders is not None:
            dispatch_due(self.foundation.uow, orders)
        if time.monotonic() - self._delivered > _DELIVER_SECONDS:
            self._deliver_sector_keys()
            self._delivered = time.monotonic()
        if time.monotonic() - self._tidied > _TIDY_SECONDS:
            tidy(self.foundation.uow)
            self._tidied = time.monotonic()  # not before: a busy database is asked again soon, not in an hour

    def __post_init__(self) -> None:
        self._in_force = KeysInForce(self.foundation.keystore.folder)
        self._list_keys = open_ring(self.foundation.keystore, "list", self._in_force)

    _in_force: KeysInForce = field(init=False)
    _list_keys: KeyRing = field(init=False)
    _publisher: Publisher = field(init=False)
    _published_by: tuple[str, str] = field(default=("", ""), init=False)
    _sector_told: str = field(default="", init=False)
    _sector_keys: dict[str, X25519PrivateKey] = field(default_factory=dict, init=False)
    _delivered: float = field(default=float("-inf"), init=False)
    _sector_trouble: Trouble = field(
        default_factory=lambda: Trouble("no_sector_key", consequence="sealed claims cannot be read offline"), init=False
    )
    _key_trouble: Trouble = field(
        default_factory=lambda: Trouble("no_list_key", consequence="nothing is published"), init=False
    )
    _tidied: float = field(default=-_TIDY_SECONDS, init=False)
    _redis_trouble: Trouble = field(
        default_factory=lambda: Trouble("redis_unavailable", consequence="publishing from the database"), init=False
    )


def publisher_for(base: Foundation, keys: KeySet, signer: Signer) -> Publisher:
    """What publishes ``keys``, and lists signed by ``signer``."""
    document = KeySetDocument(keys.data, keys.version)
    return Publisher(
        base.uow, base.revocations, base.indices, signer=signer, issuer=base.settings.issuer, key_set=document
    )


def order_gateway(settings: Settings) -> OrderGateway | None:
    """The clearing house; in production without one, orders stay in the outbox."""
    if settings.orders_url:
        return HttpOrders(JsonPoster(settings.orders_url, settings.orders_token_file))
    if settings.mode is Mode.DEMO:
        return OrderSandbox()
    _log.warning("no_clearing_house", consequence="orders to banks wait in the outbox until ECARD_ORDERS_URL is set")
    return None
