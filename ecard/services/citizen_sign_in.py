"""Citizens sign in by phone number and a one-time code sent to it."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import select

from ecard.domain.errors import RefusedError
from ecard.domain.phones import normal_phone
from ecard.domain.policies import SMS_CODE_LIFETIME, SMS_CODE_TRIES, SMS_RETRY_AFTER
from ecard.store.models import Account, SmsCode
from ecard.store.unit_of_work import Transaction


def request_sms_code(tx: Transaction, phone: str) -> tuple[str, str]:
    """A new code for a phone; returns the number in E.164 and the code, to be sent once the transaction has committed.

    Raises:
        RefusedError: ``phone_malformed``; ``sms_too_soon`` within 60 s of the last one.
    """
    number = normal_phone(phone)
    index = tx.vault.blind_index("phone", number)
    row = tx.db.get(SmsCode, index, with_for_update=True)
    if row is not None and row.sent_at + SMS_RETRY_AFTER > tx.now:
        wait = row.sent_at + SMS_RETRY_AFTER - tx.now
        raise RefusedError("sms_too_soon", retry_after=int(wait.total_seconds()) + 1)
    code = f"{secrets.randbelow(1_000_000):06}"
    if row is None:
        row = SmsCode(phone_index=index)
        tx.db.add(row)
    row.code_hash, row.sent_at, row.expires_at = _hash(index, code), tx.now, tx.now + SMS_CODE_LIFETIME
    row.tries, row.used_at = 0, None
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
    row.used_at = tx.now
    account = tx.db.scalars(select(Account).where(Account.phone_index == index)).one_or_none()
    if account is None:
        account = Account(phone_index=index, created_at=tx.now)
        tx.db.add(account)
        tx.db.flush()
    return account


def _check_code(tx: Transaction, row: SmsCode, code: str) -> None:
    if row.used_at is not None:
        raise RefusedError("sms_code_used")
    if row.tries >= SMS_CODE_TRIES:
        raise RefusedError("sms_code_locked")
    if row.expires_at <= tx.now:
        raise RefusedError("sms_code_expired")
    if not hmac.compare_digest(row.code_hash, _hash(row.phone_index, code.strip())):
        row.tries += 1
        left = SMS_CODE_TRIES - row.tries
        raise RefusedError("sms_code_wrong" if left else "sms_code_locked", keep=True, tries_left=left)


def _hash(index: bytes, code: str) -> bytes:
    return hmac.digest(index, code.encode(), hashlib.sha256)
