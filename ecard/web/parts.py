"""The things that `create_app` put together, as the views reach them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app
from redis import Redis

from ecard.config import Settings
from ecard.gateways.sms import SmsGateway
from ecard.services.codes import CodeIssuer
from ecard.services.credentials import CredentialIssuer
from ecard.services.follow import StatusIndices
from ecard.services.keyring import KeyRing
from ecard.services.staff_sign_in import StaffSignIn
from ecard.services.verification import OnlineVerifier, UsedCodes
from ecard.services.watch import Watch
from ecard.store.unit_of_work import UnitOfWork
from ecard.web.limits import RateLimits

EXTENSION = "ecard"


@dataclass(frozen=True, slots=True)
class Parts:
    """One of each, for the life of the process."""

    settings: Settings
    uow: UnitOfWork
    watch: Watch
    code_keys: KeyRing
    codes: CodeIssuer
    credentials: CredentialIssuer
    verification: OnlineVerifier
    used: UsedCodes
    staff_sign_in: StaffSignIn
    sms: SmsGateway
    indices: StatusIndices
    redis: Redis
    limits: RateLimits
    root_file: bytes


def parts() -> Parts:
    """The parts of the current application."""
    return cast("Parts", current_app.extensions[EXTENSION])
