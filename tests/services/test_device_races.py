"""Phones, credentials and loss reports at the same time: whatever comes first, no phone and no credential outlives a loss report."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from sqlalchemy import func, select

from ecard.domain.actors import Actor, Role
from ecard.domain.errors import RefusedError
from ecard.domain.one_time_codes import CodePurpose
from ecard.services.cards import person_of_account
from ecard.services.devices import enrol_device
from ecard.services.loss import report_own_loss
from ecard.services.phone_proof import PhoneKey
from ecard.services.sms_codes import new_code
from ecard.store.models import Account, Device
from ecard.store.unit_of_work import Transaction
from signing import live_shards, shard_of
from signing.presentation import decode_credential
from tests.services.issuing import credentials_of
from tests.services.lists import another_process
from tests.services.people import done
from tests.services.phones import Phone
from tests.town import Town

ROUNDS = 6
Work = Callable[[Transaction], Any]


def citizen(account: int) -> Actor:
    return Actor(Role.CITIZEN, f"account:{account}")


def a_code(town: Town, account: int) -> str:
    """A code for linking; the clock goes on, so that there may be another."""
    town.clock.forward(minutes=1)
    return done(
        town,
        lambda tx: new_code(tx, tx.db.get_one(Account, account).phone_index, CodePurpose.DEVICE_ENROLMENT),
    )


def enrol(tx: Transaction, account: int, phone: Phone, code: str, most: int = 1) -> None:
    enrolled = enrol_device(
        tx,
        citizen(account),
        account,
        "session",
        label="手机",
        key=PhoneKey(phone.key.public_key()),
        code=code,
        most=most,
    )
    phone.id = enrolled.device.public_id


def at_once(town: Town, *works: Work) -> list[Any]:
    """Each in a process of its own, begun at the same moment; what came of them, refusals as their codes."""
    gate = Barrier(len(works))
    processes = [another_process(town) for _ in works]

    def run(number: int) -> Any:
        gate.wait()
        try:
            with processes[number].uow.write() as tx:
                return works[number](tx)
        except RefusedError as refused:
            return refused.code

    try:
        with ThreadPoolExecutor(len(works)) as threads:
            return [future.result() for future in [threads.submit(run, number) for number in range(len(works))]]
    finally:
        for process in processes:
            process.database.dispose()


def live(town: Town, account: int) -> int:
    with town.foundation.uow.read() as tx:
        person = person_of_account(tx, account)
        count = select(func.count()).where(Device.person_id == person, Device.ended_at.is_(None))
        return tx.db.scalar(count) or 0


def enrolling(account: int, code: str) -> Work:
    return lambda tx: enrol(tx, account, Phone(), code)


def reporting(account: int) -> Work:
    return lambda tx: report_own_loss(tx, citizen(account), account).state


def asking(town: Town, account: int, phone: Phone) -> Work:
    request = phone.request(town.clock.epoch, [("identity", 0), ("identity", 1)])
    issuer, audience = credentials_of(town.foundation), {phone.credentials_path}
    return lambda tx: issuer.issue(tx, account, "session", phone.id, request, audiences=audience)


def test_two_phones_linked_at_once_are_still_no_more_than_the_policy_allows(any_town: Town) -> None:
    """Whoever has the code spends it once, and who comes second makes no second phone."""
    account = any_town.an_account(any_town.a_card())
    for _ in range(ROUNDS):
        code = a_code(any_town, account)
        results = at_once(any_town, enrolling(account, code), enrolling(account, code))
        assert sorted(results, key=str) == [None, "step_up_code_used"]
        assert live(any_town, account) == 1


def test_a_phone_linked_beside_a_loss_report_has_ended_after_both(any_town: Town) -> None:
    for _ in range(ROUNDS):
        account = any_town.an_account(any_town.a_card())
        code = a_code(any_town, account)
        linked, reported = at_once(any_town, enrolling(account, code), reporting(account))
        assert reported == "suspended"
        assert linked in {None, "card_suspended"}
        assert live(any_town, account) == 0


def test_no_credential_outlives_a_loss_report_that_was_made_beside_it(any_town: Town) -> None:
    base = any_town.foundation
    for _ in range(ROUNDS):
        account, phone = any_town.an_account(any_town.a_card()), Phone()
        code = a_code(any_town, account)
        with base.uow.write() as tx:
            enrol(tx, account, phone, code)
        given, reported = at_once(any_town, asking(any_town, account, phone), reporting(account))
        assert reported == "suspended"
        if isinstance(given, str):
            assert given in {"card_suspended", "device_ended"}
            continue
        for each in given:
            credential, shard = decode_credential(each.credential), shard_of(each.expires_at)
            assert shard in live_shards(any_town.clock.epoch)
            assert base.revocations.is_revoked(shard, credential.index)[1]
