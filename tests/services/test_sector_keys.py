"""Sector keys reach the sector's enrolled verifiers, each wrapped to its own key, and nobody else (token format, 1.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import select

from ecard.keystore import KeyStore, KeyStoreError
from ecard.services.ceremony import Table, revoke, rotate, sign
from ecard.services.key_folder import KeyFolder
from ecard.services.key_plan import Use
from ecard.services.keyset import init_keys
from ecard.services.root_keys import root_keys_in
from ecard.services.sector_keys import deliver_sector_keys, sector_keys_of
from ecard.services.verifiers import disable_verifier, enrol_verifier, renew_enrolment_code, set_encryption_key
from ecard.store.models import AuditEntry, SectorKeyDelivery
from signing.keyset import keys_in_use
from signing.sealing_keys import sealing_kid
from tests.services.devices import Device, admin_of, an_enrolled_device
from tests.services.people import done
from tests.town import Clock, Town, build_town

MEDICAL = Use("seal", "medical")


@dataclass
class Sector:
    """A town whose key ceremony is at hand."""

    town: Town
    store: KeyStore

    def deliver(self) -> int:
        """One turn of the worker."""
        keys = KeyFolder(self.store.folder).key_set()
        return deliver_sector_keys(self.town.foundation.uow, keys, self.store.sector_key)

    def held(self) -> dict[int, list[str]]:
        """Kids by verifier."""
        with self.town.foundation.uow.read() as tx:
            found: dict[int, list[str]] = {}
            for row in tx.db.scalars(select(SectorKeyDelivery).order_by(SectorKeyDelivery.not_before)):
                found.setdefault(row.verifier_id, []).append(row.kid)
            return found

    def table(self) -> Table:
        """The ceremony's table, now."""
        return Table(self.store, self.town.clock.now)

    def sealing_kid(self) -> str:
        """The key that is sealed to now."""
        keys = keys_in_use(self.table().folder.key_set().seal_keys.values(), self.town.clock.epoch)
        return keys[0].public.kid

    def sign(self) -> None:
        """The one root key signs."""
        sign(self.table(), root_keys_in(self.store))


@pytest.fixture
def sector(database_url: str, embedded_redis_url: str, tmp_path: Path, clock: Clock) -> Iterator[Sector]:
    """On SQLite and on PostgreSQL."""
    store = KeyStore(tmp_path / "own", tmp_path / "own" / "passphrase")
    init_keys(store, "https://card.example", clock())
    for town in build_town(database_url, embedded_redis_url, store.folder, clock):
        yield Sector(town, store)


def number(actor: Any) -> int:
    return int(actor.id.removeprefix("verifier:"))


def test_each_verifier_of_the_sector_gets_the_key_wrapped_to_itself(sector: Sector) -> None:
    town = sector.town
    hospital, actor = an_enrolled_device(town, town.a_unit("health"), can_open=True)
    insurer, other = an_enrolled_device(town, town.a_unit("medical_insurance"), can_open=True)
    assert (sector.deliver(), sector.deliver()) == (2, 0)
    with town.foundation.uow.read() as tx:
        (mine,), (theirs,) = sector_keys_of(tx, actor), sector_keys_of(tx, other)
    private = X25519PrivateKey.from_private_bytes(hospital.unwrap(mine.wrapped))
    assert sealing_kid(private.public_key()) == mine.kid == sector.sealing_kid()
    assert insurer.unwrap(theirs.wrapped) == private.private_bytes_raw()
    assert mine.wrapped != theirs.wrapped
    with pytest.raises(InvalidTag):  # moved to another verifier's row, it does not open
        Device(insurer.key, "0" * 32, hospital.encryption).unwrap(mine.wrapped)


def test_who_is_not_of_the_sector_or_cannot_open_gets_nothing(sector: Sector) -> None:
    town = sector.town
    an_enrolled_device(town, town.a_unit("transport"), can_open=True)
    an_enrolled_device(town, town.a_unit("health"))
    unit = town.a_unit("health")
    gone, _ = an_enrolled_device(town, unit, can_open=True)
    done(town, lambda tx: disable_verifier(tx, admin_of(unit), gone.verifier_id))
    assert sector.deliver() == 0
    assert sector.held() == {}


def test_every_delivery_is_on_record_once(sector: Sector) -> None:
    device, _ = an_enrolled_device(sector.town, can_open=True)
    sector.deliver()
    sector.deliver()
    with sector.town.foundation.uow.read() as tx:
        entries = tx.db.scalars(select(AuditEntry).where(AuditEntry.action == "sector_key_delivered")).all()
        assert [entry.subject for entry in entries] == [f"verifier:{device.verifier_id}"]
        assert entries[0].details == {"kid": sector.sealing_kid(), "scene": "medical"}


def test_a_disabled_or_newly_enrolled_verifier_s_rows_are_gone(sector: Sector) -> None:
    town = sector.town
    unit = town.a_unit("health")
    old, actor = an_enrolled_device(town, unit, can_open=True)
    sector.deliver()
    code, new = done(town, lambda tx: renew_enrolment_code(tx, admin_of(unit), old.verifier_id)[1]), Device()
    new.verifier_id = old.verifier_id
    assert sector.held() == {number(actor): [sector.sealing_kid()]}, "until the new device is there, the old one works"
    done(town, lambda tx: enrol_verifier(tx, code, new.jwk, new.point))
    assert sector.held() == {}
    assert sector.deliver() == 1
    with town.foundation.uow.read() as tx:
        assert new.unwrap(sector_keys_of(tx, actor)[0].wrapped)
    done(town, lambda tx: disable_verifier(tx, admin_of(unit), old.verifier_id))
    assert (sector.deliver(), sector.held()) == (0, {})


def test_a_device_that_enrols_anew_without_an_encryption_key_is_not_wrapped_to_the_old_one(sector: Sector) -> None:
    town = sector.town
    unit = town.a_unit("health")
    old, _ = an_enrolled_device(town, unit, can_open=True)
    code = done(town, lambda tx: renew_enrolment_code(tx, admin_of(unit), old.verifier_id)[1])
    done(town, lambda tx: enrol_verifier(tx, code, Device().jwk))
    assert (sector.deliver(), sector.held()) == (0, {})


def test_another_encryption_key_takes_back_what_was_wrapped_and_the_same_does_not(sector: Sector) -> None:
    town = sector.town
    device, actor = an_enrolled_device(town, can_open=True)
    sector.deliver()
    done(town, lambda tx: set_encryption_key(tx, actor, device.point).id)
    assert sector.held()
    device.encryption = X25519PrivateKey.generate()
    done(town, lambda tx: set_encryption_key(tx, actor, device.point).id)
    assert sector.held() == {}
    assert sector.deliver() == 1
    with town.foundation.uow.read() as tx:
        assert len(device.unwrap(sector_keys_of(tx, actor)[0].wrapped)) == 32


def test_a_rotation_is_delivered_before_it_takes_effect_and_the_old_key_stays_as_long_as_codes_live(
    sector: Sector,
) -> None:
    town, first = sector.town, sector.sealing_kid()
    _, actor = an_enrolled_device(town, can_open=True)
    sector.deliver()
    rotate(sector.table(), MEDICAL)
    assert sector.deliver() == 0, "a draft is nothing yet"
    sector.sign()
    assert sector.deliver() == 1
    old, new = sector.held()[number(actor)]
    assert (old, sector.sealing_kid()) == (first, first)
    town.clock.forward(days=7)
    assert sector.sealing_kid() == new
    with town.foundation.uow.read() as tx:
        ends = [row.expires_at - town.clock.now for row in sector_keys_of(tx, actor)]
    assert [round(end / timedelta(days=1)) for end in ends] == [7, 365], "the end that the rotation gave the old key"
    town.clock.forward(days=7 + 8)  # the overlap, then the longest life of a credential and a day
    sector.deliver()
    assert sector.held()[number(actor)] == [old, new]
    town.clock.forward(seconds=1)
    sector.deliver()
    assert sector.held()[number(actor)] == [new]


def test_a_revoked_sector_key_is_taken_back_and_its_successor_delivered_at_once(sector: Sector) -> None:
    town, first = sector.town, sector.sealing_kid()
    _, actor = an_enrolled_device(town, can_open=True)
    sector.deliver()
    revoke(sector.table(), first, "a verifier was stolen")
    sector.sign()
    assert sector.deliver() == 1
    assert sector.held() == {number(actor): [sector.sealing_kid()]}
    assert sector.sealing_kid() != first


def test_a_sector_key_that_is_not_on_this_machine_is_told_and_holds_up_no_other(sector: Sector) -> None:
    town, first = sector.town, sector.sealing_kid()
    _, actor = an_enrolled_device(town, can_open=True)
    rotate(sector.table(), MEDICAL, lead=timedelta(days=7))
    sector.sign()
    (sector.store.folder / f"seal-{first}.sealed").unlink()
    with pytest.raises(KeyStoreError, match=first):
        sector.deliver()
    (kids,) = sector.held().values()
    assert len(kids) == 1
    assert kids != [first]
    assert number(actor) in sector.held()
