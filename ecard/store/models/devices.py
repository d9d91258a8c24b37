"""Phones that hold a key for their holder (Art. 35): what a credential may be signed for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ecard.store.models.base import Base, public_id


class Device(Base):
    """A phone that a holder linked to the account. It counts until ``ended_at``, and while the account is bound to ``person_id``.

    ``label_sealed`` is what the holder calls it. ``thumbprint`` is its key's, None once it has ended, so that one key is one phone's.
    ``session_id`` is the session that last used it. ``credentials`` holds the token numbers of the newest credentials given to it, in
    hex, each with its end of life in seconds since 1970: of a device code, nothing else tells which phone made it.
    ``credentials_until`` is the latest such end there ever was.
    """

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    session_id: Mapped[str]
    label_sealed: Mapped[bytes]
    public_key: Mapped[dict[str, Any]]
    thumbprint: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True, index=True)
    enrolled_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    credentials: Mapped[dict[str, Any]] = mapped_column(default=dict)
    credentials_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_by: Mapped[str | None]
