"""The registers that the bureau keeps: banks and outlets (Art. 6), units (Art. 33) and their verifiers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ecard.store.models.base import Base, public_id


class Bank(Base):
    """A partner bank on the published list."""

    __tablename__ = "bank"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str]
    hotline: Mapped[str]
    outlets: Mapped[list[Outlet]] = relationship(back_populates="bank", order_by="Outlet.id")


class Outlet(Base):
    """A branch where clerks serve holders."""

    __tablename__ = "outlet"

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), index=True)
    name: Mapped[str]
    name_en: Mapped[str]
    district: Mapped[str]
    address: Mapped[str]
    bank: Mapped[Bank] = relationship(back_populates="outlets")


class Unit(Base):
    """An application unit; ``attributes`` are what its verifiers may learn of a holder online."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    attributes: Mapped[list[str]]


class Verifier(Base):
    """A device of a unit that judges codes; enrolled once by a one-time code, known afterwards by its key.

    ``encryption_key`` is the X25519 point (32 bytes) to which the keys of its unit's sector are wrapped, if it can open sealed claims.
    """

    __tablename__ = "verifier"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    label: Mapped[str]
    preset: Mapped[str]
    code_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), unique=True)
    code_expires_at: Mapped[datetime | None]
    public_key: Mapped[dict[str, Any] | None]
    encryption_key: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    enrolled_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    unit: Mapped[Unit] = relationship()


class SectorKeyDelivery(Base):
    """A sector's private key on its way to one verifier: wrapped to the verifier's own key, so that nobody else can read it."""

    __tablename__ = "sector_key_delivery"
    __table_args__ = (UniqueConstraint("verifier_id", "kid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    verifier_id: Mapped[int] = mapped_column(ForeignKey("verifier.id"))
    kid: Mapped[str]
    scene: Mapped[str]
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime]
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime]
