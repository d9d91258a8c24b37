"""Scans that verifiers made without the server, handed in when they could; a code that two of them let through is flagged.

A verifier names its scans itself, so that whatever it sends again, because an answer was lost or power failed, counts once. Nothing
that is handed in changes a verdict: a flag is a suspicion, on record for the bureau (Art. 32).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_

from ecard.domain.actors import Actor
from ecard.domain.policies import SAME_CODE_WINDOW
from ecard.services.follow import StatusIndices
from ecard.services.serials import card_of_serial
from ecard.store.heads import lock_head
from ecard.store.models import Card, MisuseFlag, Scan, Verifier
from ecard.store.unit_of_work import Transaction

_VALID = "valid"


@dataclass(frozen=True, slots=True)
class ScanReport:
    """One scan as its verifier tells it. ``id`` is the verifier's own; what a code without a genuine signature does not tell is None."""

    id: str
    at: datetime
    outcome: str
    code: str
    token_id: bytes | None
    code_time: int | None
    shard: int | None
    index: int | None


@dataclass(frozen=True, slots=True)
class ScansTaken:
    """``taken`` are new, ``known`` were handed in before."""

    taken: int
    known: int


def take_scans(tx: Transaction, actor: Actor, reports: Sequence[ScanReport], indices: StatusIndices) -> ScansTaken:
    """Keep what is new, and flag codes that another verifier let through at nearly the same time."""
    verifier = tx.db.get_one(Verifier, int(actor.id.partition(":")[2]))
    verifier.last_seen_at = tx.now
    fresh = list(_unknown(tx, verifier, reports))
    scans = [_scan(verifier, report, tx.now) for report in fresh]
    tx.db.add_all(scans)
    tx.db.flush()
    admitted = [scan for scan in scans if scan.outcome == _VALID and scan.token_id is not None]
    if admitted:
        # From here to the commit one hand-in at a time: of two that hold the same code, the later must see the earlier.
        lock_head(tx.db, "audit")
        for flag in _flags(tx, verifier, admitted, indices):
            tx.db.add(flag)
            tx.db.flush()
            tx.record(actor, "misuse_flagged", _subject(tx, flag), flag=flag.public_id)
    return ScansTaken(len(fresh), len(reports) - len(fresh))


def _unknown(tx: Transaction, verifier: Verifier, reports: Sequence[ScanReport]) -> Iterator[ScanReport]:
    query = select(Scan.scan_id).where(
        Scan.verifier_id == verifier.id, Scan.scan_id.in_([report.id for report in reports])
    )
    known = set(tx.db.scalars(query))
    for report in reports:
        if report.id not in known:
            known.add(report.id)
            yield report


def _scan(verifier: Verifier, report: ScanReport, now: datetime) -> Scan:
    return Scan(
        verifier_id=verifier.id,
        scan_id=report.id,
        at=report.at,
        received_at=now,
        outcome=report.outcome,
        code=report.code,
        token_id=report.token_id,
        code_time=report.code_time,
        shard=report.shard,
        card_index=report.index,
    )


def _flags(tx: Transaction, verifier: Verifier, scans: list[Scan], indices: StatusIndices) -> Iterator[MisuseFlag]:
    """A flag for each pair of verifiers and code that has none yet.

    Of each other verifier its first scan of a code counts: one that hands in the same code thousands of times holds up nobody.
    """
    mine = {(scan.token_id, scan.code_time): scan for scan in scans}
    first_of_each = (
        select(func.min(Scan.id))
        .where(
            tuple_(Scan.token_id, Scan.code_time).in_(list(mine)),
            Scan.verifier_id != verifier.id,
            Scan.outcome == _VALID,
        )
        .group_by(Scan.verifier_id, Scan.token_id, Scan.code_time)
    )
    for other in tx.db.scalars(select(Scan).where(Scan.id.in_(first_of_each)).order_by(Scan.id)).all():
        own = mine[other.token_id, other.code_time]
        if abs(own.at - other.at) > SAME_CODE_WINDOW:
            continue
        first, second = sorted((own, other), key=lambda scan: (scan.at, scan.id))
        if not _is_flagged(tx, first, second):
            yield _flag(tx, first, second, indices)


def _is_flagged(tx: Transaction, first: Scan, second: Scan) -> bool:
    pair = (first.verifier_id, second.verifier_id)
    query = select(MisuseFlag.id).where(
        MisuseFlag.token_id == first.token_id,
        MisuseFlag.code_time == first.code_time,
        MisuseFlag.first_verifier_id.in_(pair),
        MisuseFlag.second_verifier_id.in_(pair),
    )
    return tx.db.scalars(query).first() is not None


def _flag(tx: Transaction, first: Scan, second: Scan, indices: StatusIndices) -> MisuseFlag:
    return MisuseFlag(
        token_id=first.token_id,
        code_time=first.code_time,
        first_verifier_id=first.verifier_id,
        first_at=first.at,
        second_verifier_id=second.verifier_id,
        second_at=second.at,
        card_id=_card_behind(tx, first, second, indices),
        created_at=tx.now,
    )


def _card_behind(tx: Transaction, first: Scan, second: Scan, indices: StatusIndices) -> int | None:
    """The card, where both verifiers tell the same index of it: what one alone says is only its word."""
    places = {(first.card_index, first.shard), (second.card_index, second.shard)}
    ((index, shard), *others) = places
    if others or index is None or shard is None or index >= indices.size:
        return None
    card = card_of_serial(tx, indices.serial(index, shard))
    return card.id if card else None


def _subject(tx: Transaction, flag: MisuseFlag) -> str:
    if flag.card_id is None:
        return f"misuse:{flag.public_id}"
    return f"card:{tx.db.get_one(Card, flag.card_id).public_id}"
