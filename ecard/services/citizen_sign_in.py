"""Citizens sign in by phone number and a one-time code sent to it."""

from __future__ import annotations

from sqlalchemy import select

from ecard.domain.one_time_codes import CodePurpose
from ecard.domain.phones import normal_phone
from ecard.services.binding import end_rested_binding
from ecard.services.sms_codes import new_code, spend_code
from ecard.store.models import Account
from ecard.store.unit_of_work import Transaction


def request_sms_code(tx: Transaction, phone: str) -> tuple[str, str]:
    """A new code for a phone; returns the number in E.164 and the code, to be sent once the transaction has committed.

    Raises:
        RefusedError: ``phone_malformed``; ``sms_too_soon`` within 60 s of the last one, and after the day's ten.
    """
    number = normal_phone(phone)
    return number, new_code(tx, tx.vault.blind_index("phone", number), CodePurpose.SIGN_IN)


def sign_in_by_sms(tx: Transaction, phone: str, code: str) -> Account:
    """The account of a phone whose code was right; a first sign-in makes the account.

    Raises:
        RefusedError: ``phone_malformed``, ``sms_code_wrong`` (counts, tells the tries left), ``sms_code_expired``,
            ``sms_code_used``, ``sms_code_locked`` after five wrong tries.
    """
    index = tx.vault.blind_index("phone", normal_phone(phone))
    spend_code(tx, index, CodePurpose.SIGN_IN, code)
    account = tx.db.scalars(select(Account).where(Account.phone_index == index)).one_or_none()
    if account is None:
        account = Account(phone_index=index, created_at=tx.now)
        tx.db.add(account)
    else:
        end_rested_binding(tx, account)
    account.last_signed_in_at = tx.now
    tx.db.flush()
    return account
