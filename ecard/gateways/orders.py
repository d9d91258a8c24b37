"""Orders to banks and the medical fund: open, suspend, restore, close an account (Art. 13, 21, 22)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from ecard.gateways.http import JsonPoster

_log = structlog.get_logger()


class OrderGateway(Protocol):
    """Whoever carries orders to the institution that keeps an account."""

    def deliver(self, number: int, order: dict[str, Any]) -> None:
        """Deliver one order; ``number`` is the same at every repetition, so that it is carried out once.

        Raises:
            GatewayError: not acknowledged; it is sent again.
        """


@dataclass(frozen=True, slots=True)
class HttpOrders:
    """A clearing house that takes orders as JSON and honours ``Idempotency-Key``."""

    poster: JsonPoster

    def deliver(self, number: int, order: dict[str, Any]) -> None:
        """See `OrderGateway.deliver`."""
        self.poster.post(order, idempotency_key=f"order-{number}")


@dataclass(frozen=True, slots=True)
class OrderSandbox:
    """The demo's clearing house: acknowledges and logs."""

    def deliver(self, number: int, order: dict[str, Any]) -> None:
        """See `OrderGateway.deliver`."""
        _log.info("sandbox_order", number=number, account=order.get("account"), order=order.get("order"))
