"""One-time codes sent to a phone: made, counted, spent. Each is good for one purpose; a sign-in code steps nobody up, nor the reverse."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from ecard.domain.errors import RefusedError
from ecard.domain.one_time_codes import REFUSALS, CodeFault, CodePurpose
from ecard.domain.policies import SMS_CODE_LIFETIME, SMS_CODE_TRIES, SMS_CODES_A_DAY, SMS_RETRY_AFTER
from ecard.store.models import SmsCode
from ecard.store.unit_of_work import Transaction

_DAY = timedelta(days=1)


def new_code(tx: Transaction, phone_index: bytes, purpose: CodePurpose) -> str:
    """A code of six digits for a phone, in the place of the one before, to be sent once the transaction has committed.

    Raises:
        RefusedError: ``sms_too_soon`` within 60 s of the last one, and after the day's ten.
    """
    row = tx.db.get(SmsCode, (phone_index, purpose.value), with_for_update=True)
    if row is None:
        row = SmsCode(phone_index=phone_index, purpose=purpose.value, sent=0, counted_since=tx.now)
        tx.db.add(row)
    else:
        _check_frequency(tx, row)
    code = f"{secrets.randbelow(1_000_000):06}"
    row.code_hash, row.sent_at, row.expires_at = _hash(tx, row, code), tx.now, tx.now + SMS_CODE_LIFETIME
    row.tries, row.used_at = 0, None
    row.sent += 1
    return code


def spend_code(tx: Transaction, phone_index: bytes, purpose: CodePurpose, code: str) -> None:
    """Accept the code last sent to a phone for a purpose; it never counts again.

    Raises:
        RefusedError: the purpose's codes for one that is wrong (counts, tells the tries left), expired, used, or locked after five
            wrong tries.
    """
    row = tx.db.get(SmsCode, (phone_index, purpose.value), with_for_update=True)
    if row is None:
        raise RefusedError(REFUSALS[purpose][CodeFault.EXPIRED])
    _check_code(tx, row, code)
    row.used_at, row.sent = tx.now, 0


def _check_frequency(tx: Transaction, row: SmsCode) -> None:
    """A new code brings new tries, so that codes are counted too."""
    if row.counted_since + _DAY <= tx.now:
        row.sent, row.counted_since = 0, tx.now
    next_at = row.counted_since + _DAY if row.sent >= SMS_CODES_A_DAY else row.sent_at + SMS_RETRY_AFTER
    if next_at > tx.now:
        raise RefusedError("sms_too_soon", retry_after=int((next_at - tx.now).total_seconds()) + 1)


def _check_code(tx: Transaction, row: SmsCode, code: str) -> None:
    refusals = REFUSALS[CodePurpose(row.purpose)]
    if row.used_at is not None:
        raise RefusedError(refusals[CodeFault.USED])
    if row.tries >= SMS_CODE_TRIES:
        raise RefusedError(refusals[CodeFault.LOCKED])
    if row.expires_at <= tx.now:
        raise RefusedError(refusals[CodeFault.EXPIRED])
    if not hmac.compare_digest(row.code_hash, _hash(tx, row, code.strip())):
        row.tries += 1
        left = SMS_CODE_TRIES - row.tries
        raise RefusedError(refusals[CodeFault.WRONG if left else CodeFault.LOCKED], keep=True, tries_left=left)


def _hash(tx: Transaction, row: SmsCode, code: str) -> bytes:
    """Keyed: who reads the table could try a million codes in a second. Named by its purpose: a row moved to another is worth nothing."""
    return tx.vault.blind_index("sms_code", f"{row.purpose}:{row.phone_index.hex()}:{code}")
