"""Short messages to holders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ecard.gateways.http import JsonPoster
from ecard.store.models import DemoMessage
from ecard.store.unit_of_work import UnitOfWork


class SmsGateway(Protocol):
    """Whoever can send a short message."""

    def send(self, phone: str, text: str) -> None:
        """Send ``text`` to ``phone`` (E.164).

        Raises:
            GatewayError: not taken; the caller may try again.
        """


@dataclass(frozen=True, slots=True)
class HttpSms:
    """A provider that takes ``{"to", "text"}`` as JSON."""

    poster: JsonPoster

    def send(self, phone: str, text: str) -> None:
        """See `SmsGateway.send`."""
        self.poster.post({"to": phone, "text": text})


@dataclass(frozen=True, slots=True)
class DemoInbox:
    """The demo's provider: messages appear on the demo page instead of a phone."""

    uow: UnitOfWork

    def send(self, phone: str, text: str) -> None:
        """See `SmsGateway.send`."""
        with self.uow.write() as tx:
            tx.db.add(DemoMessage(phone=phone, text=text, at=tx.now))
