"""Cards and what hangs on their state."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ecard.domain.cards import CardState, CardStatus
from ecard.store.models.base import Base, public_id
from ecard.store.models.people import Person
from ecard.store.models.register import Bank


class Card(Base):
    """One record behind plastic and phone (Art. 35). ``status_serial`` is the number from which its status indices are computed.

    It dies with a loss report: a card that becomes usable again has got a new one, so that what was issued before stays revoked.
    """

    __tablename__ = "card"
    __table_args__ = (
        Index(
            "ix_card_current",
            "person_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    number: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"))
    state: Mapped[str]
    locked: Mapped[bool] = mapped_column(default=False)
    replacement_requested: Mapped[bool] = mapped_column(default=False)
    is_current: Mapped[bool] = mapped_column(default=True)
    issued_on: Mapped[date]
    activated_on: Mapped[date | None]
    status_serial: Mapped[int] = mapped_column(unique=True, index=True)
    version: Mapped[int] = mapped_column(default=1)
    person: Mapped[Person] = relationship()
    bank: Mapped[Bank] = relationship()
    accounts: Mapped[list[FundAccount]] = relationship(order_by="FundAccount.id")

    @property
    def status(self) -> CardStatus:
        """What the rules look at."""
        return CardStatus(CardState(self.state), self.locked, self.replacement_requested)


class FundAccount(Base):
    """The medical or the financial account of a card (Art. 13)."""

    __tablename__ = "fund_account"
    __table_args__ = (UniqueConstraint("card_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"))
    kind: Mapped[str]
    state: Mapped[str]


class StatusChange(Base):
    """A serial was revoked. ``version`` has no gaps and grows in commit order: the truth that Redis and the published lists follow.

    Rows with ``revoked`` false are of releases that gave a card its old serial back; none is written any more.
    """

    __tablename__ = "status_change"

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), index=True)
    serial: Mapped[int] = mapped_column(index=True)
    revoked: Mapped[bool]
    at: Mapped[datetime] = mapped_column(index=True)


class CancellationProposal(Base):
    """A cancellation that one officer proposed and another must confirm (Art. 26)."""

    __tablename__ = "cancellation_proposal"
    __table_args__ = (
        Index(
            "ix_cancellation_proposal_open",
            "card_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), index=True)
    reason: Mapped[str]
    note_sealed: Mapped[bytes]
    state: Mapped[str]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    card: Mapped[Card] = relationship()
