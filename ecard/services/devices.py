"""A holder's phones (Art. 35: the electronic card is shown by its holder): linked, listed, unlinked.

Linking asks for a one-time code sent to the phone on record, for this purpose alone: a session that was left open somewhere links nothing.
Linking holds the card's row, as a loss report does, so that the one comes before the other or after it, never between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ecard.domain.actors import Actor
from ecard.domain.errors import RefusedError
from ecard.domain.one_time_codes import CodePurpose
from ecard.services.cards import bound_person, card_of_person, check_usable, details_of, person_of_account
from ecard.services.device_ends import DeviceEnd, end_devices, live_devices
from ecard.services.phone_proof import PhoneKey
from ecard.services.sms_codes import new_code, spend_code
from ecard.store.models import Account, Device, Person
from ecard.store.models.base import public_id
from ecard.store.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A phone that was linked, and those that had to make room for it."""

    device: Device
    retired: list[Device]


def request_step_up_code(tx: Transaction, account_id: int) -> tuple[str, str]:
    """A code for linking a phone; returns the number on record (E.164) and the code, to be sent once the transaction has committed.

    Raises:
        RefusedError: ``not_bound``; ``sms_too_soon`` within 60 s of the last one, and after the day's ten.
    """
    person = tx.db.get_one(Person, person_of_account(tx, account_id))
    return details_of(tx, person).phone, new_code(tx, person.phone_index, CodePurpose.DEVICE_ENROLMENT)


def enrol_device(
    tx: Transaction,
    actor: Actor,
    account_id: int,
    session_id: str,
    *,
    label: str,
    key: PhoneKey,
    code: str,
    most: int,
) -> Enrolled:
    """Link a phone, whose possession of ``key`` the caller has checked. Beyond ``most`` phones the oldest make room.

    Raises:
        RefusedError: ``not_bound``, ``no_card``, ``step_up_code_wrong`` and its like, ``device_key_in_use``,
            ``card_not_active`` and the other states.
    """
    account = tx.db.get_one(Account, account_id, with_for_update=True)
    person_id = person_of_account(tx, account_id)
    spend_code(tx, account.phone_index, CodePurpose.DEVICE_ENROLMENT, code)
    card = card_of_person(tx, person_id, lock=True)
    check_usable(card)
    _check_new(tx, key)
    others = live_devices(tx, person_id=person_id)
    retired = others[: max(0, len(others) + 1 - most)]
    end_devices(tx, actor, retired, DeviceEnd.RETIRED)
    device = _device(tx, label, key, account_id=account_id, person_id=person_id, session_id=session_id)
    tx.record(actor, "device_enrolled", f"card:{card.public_id}", device=device.public_id)
    return Enrolled(device, retired)


def holder_devices(tx: Transaction, account_id: int) -> list[Device]:
    """The holder's phones that count, newest first.

    Raises:
        RefusedError: ``not_bound``.
    """
    mine = select(Device).where(Device.account_id == account_id, Device.person_id == person_of_account(tx, account_id))
    return sorted(tx.db.scalars(mine.where(Device.ended_at.is_(None))), key=lambda device: -device.id)


def unlink_device(tx: Transaction, actor: Actor, account_id: int, device_id: str) -> Device:
    """The holder unlinks a phone; what it has been given may be accepted offline until its ``credentials_until``.

    Raises:
        RefusedError: ``not_bound``, ``device_not_found``, ``device_ended``.
    """
    device = live_device(tx, account_id, device_id)
    end_devices(tx, actor, [device], DeviceEnd.UNLINKED)
    return device


def find_device(tx: Transaction, account_id: int, device_id: str, *, lock: bool = False) -> Device:
    """A phone that the account linked, whether it still counts or not.

    Raises:
        RefusedError: ``device_not_found``.
    """
    query = select(Device).where(Device.public_id == device_id, Device.account_id == account_id)
    locked = query.with_for_update().execution_options(populate_existing=True)
    device = tx.db.scalars(locked if lock else query).one_or_none()
    if device is None:
        raise RefusedError("device_not_found")
    return device


def live_device(tx: Transaction, account_id: int, device_id: str) -> Device:
    """A phone of the account that counts, locked.

    Raises:
        RefusedError: ``not_bound``, ``device_not_found``, ``device_ended``.
    """
    person_id = person_of_account(tx, account_id)
    device = find_device(tx, account_id, device_id, lock=True)
    if device.ended_at is not None or device.person_id != person_id:
        raise RefusedError("device_ended")
    return device


def device_label(tx: Transaction, device: Device) -> str:
    """What the holder calls it."""
    return tx.vault.open(device.label_sealed, f"device:{device.public_id}").decode()


def made_by_live_device(tx: Transaction, person_id: int, credential: bytes) -> bool:
    """Whether the credential of that token number was given to a phone of the holder that still counts."""
    query = select(Device).where(Device.person_id == person_id, Device.ended_at.is_(None))
    return any(
        credential.hex() in device.credentials and bound_person(tx, device.account_id) == person_id
        for device in tx.db.scalars(query)
    )


def _check_new(tx: Transaction, key: PhoneKey) -> None:
    """One key, one phone of one holder: else ending it for one would leave it with the other."""
    if tx.db.scalar(select(Device.id).where(Device.thumbprint == key.thumbprint)) is not None:
        raise RefusedError("device_key_in_use")


def _device(tx: Transaction, label: str, key: PhoneKey, **whose: Any) -> Device:
    number = public_id()
    device = Device(
        public_id=number,
        label_sealed=tx.vault.seal(label.encode(), f"device:{number}"),
        public_key=key.jwk,
        thumbprint=key.thumbprint,
        enrolled_at=tx.now,
        last_seen_at=tx.now,
        **whose,
    )
    tx.db.add(device)
    tx.db.flush()
    return device
