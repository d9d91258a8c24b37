"""A serial dies with its loss report: bits are only ever set, and nobody signs under a serial that died (decision 14)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from ecard.domain.errors import RefusedError
from ecard.domain.status_index import SHARD_SIZE
from ecard.services.serials import next_serial
from ecard.services.watch import HeldCard, Watch
from ecard.store.heads import lock_head
from ecard.store.models import Card, StatusChange
from signing import live_shards, parse_unverified, shard_of
from tests.services.issuing import issuer_of
from tests.services.lists import assert_redis_says_what_the_database_says, find, follow_now, lose
from tests.services.people import done, refused
from tests.town import Town


def serial_in(town: Town, text: str) -> int:
    """Under which serial a code was signed."""
    code = parse_unverified(text)
    return town.foundation.indices.serial(code.index, shard_of(code.expires_at))


def bits(town: Town, serials: list[int]) -> Iterator[bool]:
    for shard in live_shards(town.clock.epoch):
        for serial in serials:
            yield town.foundation.revocations.is_revoked(shard, town.foundation.indices.of(serial, shard))[1]


def test_every_card_has_the_next_number(any_town: Town) -> None:
    first = any_town.serial_of(any_town.a_card())
    assert [any_town.serial_of(any_town.a_card()) for _ in range(3)] == [first + 1, first + 2, first + 3]


def test_a_card_that_is_lost_and_found_again_and_again_leaves_every_serial_revoked(any_town: Town) -> None:
    holder = any_town.a_card()
    spent = []
    for _ in range(4):
        spent.append(any_town.serial_of(holder))
        lose(any_town, holder)
        find(any_town, holder)
    current = any_town.serial_of(holder)
    assert len({*spent, current}) == 5
    assert set(bits(any_town, spent)) == {True}
    assert set(bits(any_town, [current])) == {False}
    any_town.foundation.redis.flushall()
    follow_now(any_town)
    assert set(bits(any_town, spent)) == {True}
    assert set(bits(any_town, [current])) == {False}
    assert_redis_says_what_the_database_says(any_town)
    with any_town.foundation.uow.read() as tx:
        assert tx.db.scalar(select(func.count()).select_from(StatusChange).where(~StatusChange.revoked)) == 0


def test_only_a_withdrawal_takes_a_number(town: Town) -> None:
    """Making, activating, ordering anew take none beside the card's own: room is for 13 million withdrawals."""
    with town.foundation.uow.read() as tx:
        before = tx.db.scalar(select(func.max(Card.status_serial))) or 0
    lost, found = town.a_card("suspended"), town.a_card("suspended")
    find(town, found)
    assert town.serial_of(lost) == before + 1
    assert town.serial_of(found) == before + 3


def test_the_last_number_is_given_and_then_no_other(any_town: Town) -> None:
    holder = any_town.a_card("suspended")
    with any_town.foundation.uow.write() as tx:
        lock_head(tx.db, "serial").value = SHARD_SIZE - 2
    assert done(any_town, next_serial) == SHARD_SIZE - 1
    assert refused(any_town, next_serial) == "serials_exhausted"
    with pytest.raises(RefusedError, match="serials_exhausted"):
        find(any_town, holder)
    with any_town.foundation.uow.read() as tx:
        assert tx.db.get_one(Card, holder.card_id).state == "suspended", "what cannot be whole is not done at all"


def test_a_process_never_signs_under_the_serial_that_died(any_town: Town) -> None:
    """It remembers the card from before the loss; it learns of the loss at its next look, and of the withdrawal with it."""
    holder = any_town.a_card()
    account = any_town.an_account(holder)
    watch = Watch(any_town.foundation.uow, monotonic=lambda: 1000.0)
    issuer = issuer_of(any_town.foundation, watch)
    watch.refresh()
    old = serial_in(any_town, issuer.issue(account, "identity").text)
    assert watch.card(account) is not None
    lose(any_town, holder)
    find(any_town, holder)
    watch.refresh()
    new = serial_in(any_town, issuer.issue(account, "identity").text)
    assert (new, new != old) == (any_town.serial_of(holder), True)
    held = watch.card(account)
    assert (held and held.serial) == new


def test_what_it_signed_before_it_learnt_of_the_loss_is_revoked(town: Town) -> None:
    """Between two looks a process may still sign under the dead serial: that code is on the list already."""
    holder = town.a_card()
    account = town.an_account(holder)
    watch = Watch(town.foundation.uow, monotonic=lambda: 1000.0)
    issuer = issuer_of(town.foundation, watch)
    watch.refresh()
    issuer.issue(account, "identity")
    lose(town, holder)
    find(town, holder)
    assert set(bits(town, [serial_in(town, issuer.issue(account, "identity").text)])) == {True}


def test_a_card_read_before_a_loss_is_not_remembered_after_its_withdrawal(any_town: Town) -> None:
    holder = any_town.a_card()
    watch = Watch(any_town.foundation.uow, monotonic=lambda: 1000.0)
    watch.refresh()
    version, held = watch.version, HeldCard(holder.card_id, any_town.serial_of(holder), 0, {})
    lose(any_town, holder)
    find(any_town, holder)
    watch.refresh()
    watch.hold(1, held, version)
    assert watch.card(1) is None
