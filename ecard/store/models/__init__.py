"""The tables, a file a noun. Importing this package registers them all."""

from ecard.store.models.access import Account, DemoMessage, IdempotencyRecord, Session, SmsCode, Staff
from ecard.store.models.base import Base
from ecard.store.models.cards import CancellationProposal, Card, FundAccount, StatusChange
from ecard.store.models.devices import Device
from ecard.store.models.people import Person, Photo
from ecard.store.models.records import AuditEntry, Deployment, Head, OutboxMessage, Publication
from ecard.store.models.register import Bank, Outlet, SectorKeyDelivery, Unit, Verifier
from ecard.store.models.scans import MisuseFlag, Scan

__all__ = [
    "Account",
    "AuditEntry",
    "Bank",
    "Base",
    "CancellationProposal",
    "Card",
    "DemoMessage",
    "Deployment",
    "Device",
    "FundAccount",
    "Head",
    "IdempotencyRecord",
    "MisuseFlag",
    "OutboxMessage",
    "Outlet",
    "Person",
    "Photo",
    "Publication",
    "Scan",
    "SectorKeyDelivery",
    "Session",
    "SmsCode",
    "Staff",
    "StatusChange",
    "Unit",
    "Verifier",
]
