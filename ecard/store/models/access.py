"""Who may come in: citizens' accounts, staff, sessions, one-time codes, remembered answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ecard.store.models.base import Base
from ecard.store.models.register import Bank, Outlet, Unit


class Account(Base):
    """A citizen's sign-in by phone number; bound to a person once name and document have matched the record (Art. 19).

    Whom it is bound to, `ecard.services.cards.bound_person` says: the phone must still be that person's.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    bound_at: Mapped[datetime | None]
    last_signed_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Staff(Base):
    """Somebody who works for a bank, the agency, the bureau, a district, a unit, or the auditor (Art. 5)."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    totp_sealed: Mapped[bytes]
    totp_last_step: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    bank_id: Mapped[int | None] = mapped_column(ForeignKey("bank.id"))
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlet.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    bank: Mapped[Bank | None] = relationship()
    outlet: Mapped[Outlet | None] = relationship()
    unit: Mapped[Unit | None] = relationship()


class SmsCode(Base):
    """The one-time code last sent to a phone for a purpose; only its keyed hash is kept.

    ``sent`` counts the codes since ``counted_since``.
    """

    __tablename__ = "sms_code"

    phone_index: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    counted_since: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Session(Base):
    """A sign-in. ``refresh_id`` is the only refresh token that still counts; an older one shown again ends the session (RFC 9700 §4.14)."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    subject_id: Mapped[int] = mapped_column(index=True)
    refresh_id: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class IdempotencyRecord(Base):
    """The answer that a request with this key was given, kept in the same transaction as its effect."""

    __tablename__ = "idempotency_record"

    subject: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int]
    body_sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(index=True)


class DemoMessage(Base):
    """A short message that the demo's SMS gateway would have sent; empty outside the demo."""

    __tablename__ = "demo_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
