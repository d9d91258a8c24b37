"""Citizens sign in by phone number and a one-time code sent to it."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from sqlalchemy import select

from ecard.domain.errors import RefusedError
from ecard.domain.phones import normal_phone
from ecard.domain.policies import SMS_CODE_LIFETIME, SMS_CODE_TRIES, SMS_CODES_A_DAY, SMS_RETRY_AFTER
from ecard.services.binding import end_rested_binding
from ecard.store.models import Account, SmsCode
from ecard.store.unit_of_work import Transaction

_DAY = timedelta(days=1)


def request_sms_code(tx: Transaction, phone: str) -> tuple[str, str]:
    """A new code for a phone; returns the number in E.164 and the code, to be sent once the transaction has committed.

    Raises:
        RefusedError: ``phone_malformed``; ``sms_too_soon`` within 60 s of the last one, and after the day's ten.
    """
    number = normal_phone(phone)
    index = tx.vault.blind_index("phone", number)
    row = tx.db.get(SmsCode, index, with_for_update=True)
    if row is None:
        row = SmsCode(phone_index=index, sent=0, counted_since=tx.now)
        tx.db.add(row)
    else:
        _check_frequency(tx, row)
    code = f"{secrets.randbelow(1_000_000):06}"
    row.code_hash, row.sent_at, row.expires_at = _hash(tx, index, code), tx.now, tx.now + SMS_CODE_LIFETIME
    row.tries, row.used_at = 0, None
    row.sent += 1
    return number, code


def sign_in_by_sms(tx: Transaction, phone: str, code: str) -> Account:
    """The account of a phone whose code was right; a first sign-in makes the account.

    Raises:
        RefusedError: ``phone_malformed``, ``sms_code_wrong`` (counts, tells the tries left), ``sms_code_expired``,
            ``sms_code_used``, ``sms_code_locked`` after five wrong tries.
    """
    index = tx.vault.blind_index("phone", normal_phone(phone))
    row = tx.db.get(SmsCode, index, with_for_update=True)
    if row is None:
        raise RefusedError("sms_code_expired")
    _check_code(tx, row, code)
    row.used_at, row.sent = tx.now, 0
    account = tx.db.scalars(select(Account).where(Account.phone_index == index)).one_or_none()
    if account is None:
        account = Account(phone_index=index, created_at=tx.now)
        tx.db.add(account)
    else:
        end_rested_binding(tx, account)
    account.last_signed_in_at = tx.now
    tx.db.flush()
    return account


def _check_frequency(tx: Transaction, row: SmsCode) -> None:
    """A new code brings new tries, so that codes are counted too."""
    if row.counted_since + _DAY <= tx.now:
        row.sent, row.counted_since = 0, tx.now
    next_at = row.counted_since + _DAY if row.sent >= SMS_CODES_A_DAY else row.sent_at + SMS_RETRY_AFTER
    if next_at > tx.now:
        raise RefusedError("sms_too_soon", retry_after=int((next_at - tx.now).total_seconds()) + 1)


def _check_code(tx: Transaction, row: SmsCode, code: str) -> None:
    if row.used_at is not None:
        raise RefusedError("sms_code_used")
    if row.tries >= SMS_CODE_TRIES:
        raise RefusedError("sms_code_locked")
    if row.expires_at <= tx.now:
        raise RefusedError("sms_code_expired")
    if not hmac.compare_digest(row.code_hash, _hash(tx, row.phone_index, code.strip())):
        row.tries += 1
        left = SMS_CODE_TRIES - row.tries
        raise RefusedError("sms_code_wrong" if left else "sms_code_locked", keep=True, tries_left=left)


def _hash(tx: Transaction, index: bytes, code: str) -> bytes:
    """Keyed: who reads the table could try a million codes in a second."""
    return tx.vault.blind_index("sms_code", f"{index.hex()}:{code}")
