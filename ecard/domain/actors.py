"""Who acts, and through which channel (Art. 5, 6, 7, 21).

Roles are deliberately few: what a role may do stands in the transition table (`ecard.domain.cards`) and in the access table of
the web layer, nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an authenticated party is to the system."""

    CITIZEN = "citizen"
    BANK_CLERK = "bank_clerk"
    PHONE_OPERATOR = "phone_operator"
    AGENCY_OFFICER = "agency_officer"
    BUREAU_OFFICER = "bureau_officer"
    DISTRICT_OFFICER = "district_officer"
    UNIT_ADMIN = "unit_admin"
    AUDITOR = "auditor"
    VERIFIER = "verifier"
    SYSTEM = "system"


class Channel(StrEnum):
    """The way by which a request came in; Art. 21 and 22 allow different ones for a loss report and its withdrawal."""

    ONLINE = "online"
    HOTLINE = "hotline"
    BANK_PHONE = "bank_phone"
    OUTLET = "outlet"
    AGENCY = "agency"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated party, as the services see it.

    ``id`` is an internal identifier such as ``staff:7``; it goes to the audit log. ``bank_id``, ``outlet_id`` and ``unit_id`` are the
    party's place of work, where it has one.
    """

    role: Role
    id: str
    bank_id: int | None = None
    outlet_id: int | None = None
    unit_id: int | None = None

    @property
    def channel(self) -> Channel:
        """The channel that this party's requests come through."""
        if self.role is Role.PHONE_OPERATOR:
            return Channel.HOTLINE if self.bank_id is None else Channel.BANK_PHONE
        return _CHANNELS[self.role]


_CHANNELS = {
    Role.CITIZEN: Channel.ONLINE,
    Role.BANK_CLERK: Channel.OUTLET,
    Role.AGENCY_OFFICER: Channel.AGENCY,
    Role.BUREAU_OFFICER: Channel.AGENCY,
    Role.DISTRICT_OFFICER: Channel.AGENCY,
    Role.UNIT_ADMIN: Channel.ONLINE,
    Role.AUDITOR: Channel.ONLINE,
    Role.VERIFIER: Channel.ONLINE,
    Role.SYSTEM: Channel.FEED,
}

SYSTEM = Actor(Role.SYSTEM, "system")
