"""Phone numbers in one spelling (E.164); a number without country code is one of mainland China."""

from __future__ import annotations

import phonenumbers

from ecard.domain.errors import RefusedError

_MOBILE = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
_LONGEST = 32


def normal_phone(text: str) -> str:
    """The number in E.164.

    Raises:
        RefusedError: ``phone_malformed`` for anything that is no mobile number.
    """
    try:
        number = phonenumbers.parse(text[:_LONGEST], "CN")
    except phonenumbers.NumberParseException as error:
        raise RefusedError("phone_malformed") from error
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _MOBILE:
        raise RefusedError("phone_malformed")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national_phone(e164: str) -> str:
    """As people in the city write it: ``+8613800138000`` → ``13800138000``; foreign numbers keep their code."""
    return e164.removeprefix("+86")
