"""Staff sign in by password (Argon2id, RFC 9106) and a time-based one-time password (RFC 6238)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from ecard.domain.actors import Actor, Role
from ecard.domain.errors import RefusedError
from ecard.domain.policies import PASSWORD_LOCK, PASSWORD_TRIES
from ecard.store.models import Staff
from ecard.store.unit_of_work import Transaction

_STEP = 30


@dataclass(frozen=True, slots=True)
class StaffSignIn:
    """Checks staff credentials with one Argon2 setting; ``hasher`` may be a cheap one for mass-made demo staff."""

    hasher: PasswordHasher
    decoy: str

    @classmethod
    def create(cls, hasher: PasswordHasher | None = None) -> StaffSignIn:
        """With the library's defaults, which follow RFC 9106's second recommendation."""
        chosen = hasher or PasswordHasher()
        return cls(chosen, chosen.hash("no such account"))

    def sign_in(self, tx: Transaction, username: str, password: str, totp: str) -> Staff:
        """The staff row whose name, password and one-time password were right.

        One answer for every mistake, in the same time; five mistakes lock the account for 15 minutes.

        Raises:
            RefusedError: ``sign_in_failed``, ``account_locked``.
        """
        staff = tx.db.scalars(
            select(Staff).where(Staff.username == username.strip().lower()).with_for_update()
        ).one_or_none()
        if staff is None or staff.disabled_at is not None:
            self._matches(self.decoy, password)
            raise RefusedError("sign_in_failed")
        _check_lock(tx, staff)
        step = _totp_step(tx, staff, totp)
        if not self._matches(staff.password_hash, password) or step is None:
            raise _count_failure(tx, staff)
        staff.failures, staff.locked_until, staff.totp_last_step = 0, None, step
        _record(tx, staff, "staff_signed_in")
        return staff

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self.hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _check_lock(tx: Transaction, staff: Staff) -> None:
    if staff.locked_until is None:
        return
    if staff.locked_until > tx.now:
        raise RefusedError("account_locked", retry_after=int((staff.locked_until - tx.now).total_seconds()) + 1)
    staff.failures, staff.locked_until = 0, None


def _totp_step(tx: Transaction, staff: Staff, code: str) -> int | None:
    """The time step that the code belongs to: this one or a neighbour, and never one used before (RFC 6238 §5.2)."""
    totp = pyotp.TOTP(tx.vault.open(staff.totp_sealed, f"totp:{staff.username}").decode())
    now = int(tx.now.timestamp()) // _STEP
    given = code.strip().encode()
    for step in (now, now - 1, now + 1):
        if step > staff.totp_last_step and hmac.compare_digest(totp.generate_otp(step).encode(), given):
            return step
    return None


def _count_failure(tx: Transaction, staff: Staff) -> RefusedError:
    staff.failures += 1
    if staff.failures < PASSWORD_TRIES:
        return RefusedError("sign_in_failed", keep=True)
    staff.locked_until = tx.now + PASSWORD_LOCK
    _record(tx, staff, "staff_locked")
    return RefusedError("account_locked", keep=True, retry_after=int(PASSWORD_LOCK.total_seconds()))


def _record(tx: Transaction, staff: Staff, action: str) -> None:
    """Who came in, and at whose door somebody tried in vain, the auditor must be able to read (Art. 30)."""
    party = f"staff:{staff.id}"
    tx.record(Actor(Role(staff.role), party), action, party)
