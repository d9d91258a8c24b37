"""Records kept beside the card: audit chain, outbox, what was published, which deployment this is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ecard.store.models.base import Base


class Deployment(Base):
    """One row: whether this database holds invented people (``demo``) or real ones (``production``)."""

    __tablename__ = "deployment"

    id: Mapped[int] = mapped_column(primary_key=True)
    mode: Mapped[str]
    created_at: Mapped[datetime]


class Head(Base):
    """The newest number of a sequence without gaps (`ecard.store.heads.NAMES`), locked while the next is taken."""

    __tablename__ = "head"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), default=b"")


class AuditEntry(Base):
    """Who did what to whom, why and when (Art. 16, 30–32). ``digest`` chains over the entry and the one before."""

    __tablename__ = "audit_entry"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    role: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    details: Mapped[dict[str, Any]]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class OutboxMessage(Base):
    """A message to the outside that must be delivered because its transaction committed."""

    __tablename__ = "outbox_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(index=True)
    delivered_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class Publication(Base):
    """A document as last published: key set, manifest, list, changes or status list of a shard; bytes exactly as served."""

    __tablename__ = "publication"

    name: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    body: Mapped[bytes]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    version: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]
