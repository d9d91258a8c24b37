"""People and their photos. Nothing personal stands in clear (Art. 16)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ecard.store.models.base import Base


class Person(Base):
    """A natural person. ``sealed`` holds `PersonalDetails`; the indexes find a row by document number or phone."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_index: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    sealed: Mapped[bytes]
    born_on: Mapped[date | None]
    concession: Mapped[int] = mapped_column(default=0)
    insurance: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class Photo(Base):
    """The holder's picture (Art. 17), sealed."""

    __tablename__ = "photo"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    media_type: Mapped[str]
    sealed: Mapped[bytes]
