"""What can go wrong, in types that a caller can tell apart, each with a stable code (docs/token-format.md §3, §4)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Outcome = Literal["valid", "revoked", "expired", "invalid", "unknown"]
"""What a verdict comes to. ``unknown`` means that this verifier cannot tell: never show it as ``revoked`` or as ``valid``."""

OUTCOME_OF: Mapping[str, Outcome] = MappingProxyType(
    {
        "ok": "valid",
        "no_trust": "unknown",
        "too_long": "invalid",
        "not_a_code": "invalid",
        "unsupported_format": "invalid",
        "malformed": "invalid",
        "unknown_key": "unknown",
        "wrong_algorithm": "invalid",
        "bad_signature": "invalid",
        "key_revoked": "invalid",
        "key_not_valid": "invalid",
        "claims_invalid": "invalid",
        "lifetime_invalid": "invalid",
        "holder_signature_missing": "invalid",
        "bad_holder_signature": "invalid",
        "clock_behind": "unknown",
        "credential_not_yet_valid": "invalid",
        "not_yet_valid": "invalid",
        "expired": "expired",
        "credential_expired": "expired",
        "challenge_missing": "invalid",
        "challenge_wrong": "invalid",
        "challenge_unexpected": "invalid",
        "scene_not_accepted": "invalid",
        "credential_stale": "expired",
        "keys_expired": "unknown",
        "list_expired": "unknown",
        "list_stale": "unknown",
        "list_missing": "unknown",
        "revoked": "revoked",
        "double_read": "invalid",
        "replayed": "invalid",
    }
)
"""Every code of a verdict and the outcome it means."""


class SigningError(Exception):
    """The root of this package's errors."""


class MalformedError(SigningError):
    """Bytes or text that are not of the form they should have."""


class CodeError(SigningError):
    """A code was refused at one step of judging it; ``code`` is a key of `OUTCOME_OF`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ClaimsError(SigningError, ValueError):
    """Claims that no verifier would accept, and that are therefore not signed."""


class SealError(SigningError):
    """Claims could not be sealed or opened.

    ``code`` is one of ``sealed_too_long``, ``sealed_malformed``, ``sealed_key_missing`` (sealed to a key that is not held here),
    ``sealed_unreadable`` (not sealed with this key for this purpose, or changed since).
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class PolicyError(SigningError, ValueError):
    """A policy with an unknown member or a value outside its range."""


class TrustError(SigningError):
    """Trust material was refused.

    ``code`` is one of ``root_malformed``, ``root_differs``, ``folder_unreadable``, ``keys_untrusted``, ``keys_rollback``, ``keys_expired``,
    ``manifest_untrusted``, ``manifest_rollback``, ``keys_mismatch``, ``list_mismatch``, ``list_untrusted``.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class SyncError(SigningError):
    """Trust material could not be fetched or kept.

    ``code`` is one of ``unreachable``, ``refused``, ``too_large``, ``unexpected``, ``unwritable``.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
