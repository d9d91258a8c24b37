"""What verifiers judged without asking, handed in later; and codes that were seen where they cannot both have been (Art. 32)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ecard.store.models.base import Base, public_id


class Scan(Base):
    """One judgement of a verifier without the server. ``scan_id`` is the verifier's own name for it.

    A record of whereabouts: no name, no digit of a code, and not kept long (`ecard.domain.policies.SCANS_KEPT`). ``token_id`` and what
    follows are known only of a code whose signature held; ``code_time`` is the code's ``iat``, seconds since 1970.
    """

    __tablename__ = "scan"
    __table_args__ = (UniqueConstraint("verifier_id", "scan_id"), Index("ix_scan_token_id", "token_id", "code_time"))

    id: Mapped[int] = mapped_column(primary_key=True)
    verifier_id: Mapped[int] = mapped_column(ForeignKey("verifier.id"))
    scan_id: Mapped[str]
    at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str]
    code: Mapped[str]
    token_id: Mapped[bytes | None] = mapped_column(LargeBinary(8))
    code_time: Mapped[int | None] = mapped_column(BigInteger)
    shard: Mapped[int | None]
    card_index: Mapped[int | None]


class MisuseFlag(Base):
    """A code that two verifiers let through within its life: copied, or shared. A suspicion for people to look at, not a verdict.

    It stands by itself, for the scans behind it are forgotten sooner. ``card_id`` is known where both verifiers told the card's index.
    """

    __tablename__ = "misuse_flag"
    __table_args__ = (
        UniqueConstraint(
            "token_id", "code_time", "first_verifier_id", "second_verifier_id", name="uq_misuse_flag_code_and_pair"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    token_id: Mapped[bytes] = mapped_column(LargeBinary(8))
    code_time: Mapped[int] = mapped_column(BigInteger)
    first_verifier_id: Mapped[int] = mapped_column(ForeignKey("verifier.id"))
    first_at: Mapped[datetime]
    second_verifier_id: Mapped[int] = mapped_column(ForeignKey("verifier.id"))
    second_at: Mapped[datetime]
    card_id: Mapped[int | None] = mapped_column(ForeignKey("card.id"))
    created_at: Mapped[datetime] = mapped_column(index=True)
