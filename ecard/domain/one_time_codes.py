"""What a one-time code that was sent to a phone is good for: one thing only, and each refusal says of which."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class CodePurpose(StrEnum):
    """Why a code was sent. A code counts for its purpose alone."""

    SIGN_IN = "sign_in"
    DEVICE_ENROLMENT = "device_enrolment"


class CodeFault(StrEnum):
    """Why a code does not count."""

    WRONG = "wrong"
    EXPIRED = "expired"
    USED = "used"
    LOCKED = "locked"


REFUSALS = MappingProxyType(
    {
        CodePurpose.SIGN_IN: MappingProxyType({fault: f"sms_code_{fault}" for fault in CodeFault}),
        CodePurpose.DEVICE_ENROLMENT: MappingProxyType({fault: f"step_up_code_{fault}" for fault in CodeFault}),
    }
)
"""The code of each refusal. To who is signed in already it must not read as if the session had ended, so the words differ."""
