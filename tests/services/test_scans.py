"""Scans handed in: each counts once, a code that two verifiers let through in its minute is flagged once, old ones are forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from ecard.domain.actors import Actor
from ecard.domain.policies import MISUSE_FLAGS_KEPT, SAME_CODE_WINDOW, SCANS_KEPT
from ecard.services.housekeeping import tidy
from ecard.services.scans import ScanReport, ScansTaken, take_scans
from ecard.store.models import AuditEntry, MisuseFlag, Scan
from signing import shard_of
from tests.services.devices import an_enrolled_device
from tests.services.people import done
from tests.town import Holder, Town

TOKEN = b"\x8f\x3a\x1c\x5e\x7d\x90\x2b\x46"


def a_scan(town: Town, number: int = 1, *, late: float = 0, **changes: Any) -> ScanReport:
    """A code let through ``late`` seconds after now."""
    values: dict[str, Any] = {
        "id": f"{number:032x}",
        "at": town.clock.now + timedelta(seconds=late),
        "outcome": "valid",
        "code": "ok",
        "token_id": TOKEN,
        "code_time": town.clock.epoch,
        "shard": shard_of(town.clock.epoch + 60),
        "index": None,
    }
    return ScanReport(**values | changes)


def hand_in(town: Town, gate: Actor, *scans: ScanReport) -> ScansTaken:
    return done(town, lambda tx: take_scans(tx, gate, scans, town.foundation.indices))


def flags(town: Town) -> list[MisuseFlag]:
    with town.foundation.uow.read() as tx:
        return list(tx.db.scalars(select(MisuseFlag)))


def two_gates(town: Town) -> tuple[Actor, Actor]:
    return an_enrolled_device(town)[1], an_enrolled_device(town)[1]


def test_a_scan_counts_once_however_often_it_is_sent(any_town: Town) -> None:
    gate, _ = two_gates(any_town)
    first, second = (
        a_scan(any_town, 1),
        a_scan(any_town, 2, token_id=None, code_time=None, outcome="invalid", code="malformed"),
    )
    assert hand_in(any_town, gate, first, first) == ScansTaken(1, 1)
    assert hand_in(any_town, gate, first, second) == ScansTaken(1, 1)
    with any_town.foundation.uow.read() as tx:
        assert sorted(tx.db.scalars(select(Scan.scan_id))) == [first.id, second.id]
    assert flags(any_town) == []


def test_two_verifiers_may_call_their_scans_the_same(any_town: Town) -> None:
    one, other = two_gates(any_town)
    assert hand_in(any_town, one, a_scan(any_town, token_id=None)) == ScansTaken(1, 0)
    assert hand_in(any_town, other, a_scan(any_town, token_id=None)) == ScansTaken(1, 0)


def test_a_code_that_two_verifiers_let_through_is_flagged_once_and_on_record(any_town: Town) -> None:
    one, other = two_gates(any_town)
    hand_in(any_town, one, a_scan(any_town, late=3))
    hand_in(any_town, other, a_scan(any_town))
    hand_in(any_town, other, a_scan(any_town), a_scan(any_town, 2, late=1))
    (flag,) = flags(any_town)
    assert (flag.token_id, flag.code_time) == (TOKEN, any_town.clock.epoch)
    assert [f"verifier:{flag.first_verifier_id}", f"verifier:{flag.second_verifier_id}"] == [other.id, one.id]
    assert flag.second_at - flag.first_at == timedelta(seconds=3)
    with any_town.foundation.uow.read() as tx:
        entry = tx.db.scalars(select(AuditEntry).where(AuditEntry.action == "misuse_flagged")).one()
    assert (entry.subject, entry.details) == (f"misuse:{flag.public_id}", {"flag": flag.public_id})


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"outcome": "expired", "code": "expired"}, id="refused there"),
        pytest.param({"late": SAME_CODE_WINDOW.total_seconds() + 1}, id="a printed code, later"),
        pytest.param({"token_id": bytes(8)}, id="another code"),
        pytest.param({"code_time": 1}, id="the same credential, another code"),
    ],
)
def test_what_is_no_misuse(town: Town, changes: dict[str, Any]) -> None:
    one, other = two_gates(town)
    hand_in(town, one, a_scan(town))
    hand_in(town, other, a_scan(town, **changes))
    assert flags(town) == []


def test_one_verifier_that_lets_a_code_through_twice_flags_nothing(town: Town) -> None:
    gate, _ = two_gates(town)
    hand_in(town, gate, a_scan(town, 1), a_scan(town, 2))
    hand_in(town, gate, a_scan(town, 3))
    assert flags(town) == []


def test_a_verifier_that_hands_in_one_code_over_and_over_holds_up_nobody(any_town: Town) -> None:
    """Flags are made while the head of the audit chain is held, for which loss reports wait."""
    one, other = two_gates(any_town)
    hand_in(any_town, one, *(a_scan(any_town, number) for number in range(1, 401)))
    statements: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        hand_in(any_town, other, a_scan(any_town))
    finally:
        event.remove(Engine, "before_cursor_execute", keep)
    assert len(statements) < 40
    assert len(flags(any_town)) == 1


def placed(town: Town, holder: Holder, **changes: Any) -> ScanReport:
    shard = shard_of(town.clock.epoch + 60)
    return a_scan(town, index=town.foundation.indices.of(holder.card_id, shard), **changes)


def test_the_card_is_named_where_both_tell_the_same_index_of_it(town: Town) -> None:
    holder = town.a_card()
    one, other = two_gates(town)
    hand_in(town, one, placed(town, holder))
    hand_in(town, other, placed(town, holder))
    assert [flag.card_id for flag in flags(town)] == [holder.card_id]
    with town.foundation.uow.read() as tx:
        entry = tx.db.scalars(select(AuditEntry).where(AuditEntry.action == "misuse_flagged")).one()
    assert entry.subject == f"card:{holder.public_id}"


def test_one_verifier_alone_puts_no_card_under_suspicion(town: Town) -> None:
    holder, somebody_else = town.a_card(), town.a_card()
    one, other = two_gates(town)
    hand_in(town, one, placed(town, holder), placed(town, holder, number=2, token_id=bytes(8)))
    hand_in(town, other, a_scan(town), placed(town, somebody_else, number=2, token_id=bytes(8)))
    assert [flag.card_id for flag in flags(town)] == [None, None]


def test_an_index_outside_every_shard_is_only_no_card(town: Town) -> None:
    one, other = two_gates(town)
    hand_in(town, one, a_scan(town, index=2**31 - 1))
    hand_in(town, other, a_scan(town, index=2**31 - 1))
    assert [flag.card_id for flag in flags(town)] == [None]


def test_scans_are_forgotten_sooner_than_flags(any_town: Town) -> None:
    one, other = two_gates(any_town)
    hand_in(any_town, one, a_scan(any_town))
    hand_in(any_town, other, a_scan(any_town))
    any_town.clock.forward(seconds=SCANS_KEPT.total_seconds() + 1)
    tidy(any_town.foundation.uow)
    with any_town.foundation.uow.read() as tx:
        assert tx.db.scalars(select(Scan)).all() == []
    assert len(flags(any_town)) == 1
    any_town.clock.forward(seconds=MISUSE_FLAGS_KEPT.total_seconds())
    tidy(any_town.foundation.uow)
    assert flags(any_town) == []
