"""The two fund accounts of a card and their permitted uses (Art. 13)."""

from __future__ import annotations

from enum import StrEnum

from ecard.domain.cards import AccountEffect


class AccountKind(StrEnum):
    """Art. 13 knows exactly two."""

    MEDICAL = "medical"
    FINANCIAL = "financial"


class AccountState(StrEnum):
    """Whether money may move."""

    PENDING = "pending"
    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "closed"


USES: dict[AccountKind, tuple[str, ...]] = {
    AccountKind.MEDICAL: ("medical_settlement", "fund_transfer"),
    AccountKind.FINANCIAL: (
        "contribution_payment",
        "benefit_receipt",
        "reimbursement_receipt",
        "cash",
        "transfer",
    ),
}

_AFTER: dict[AccountEffect, AccountState] = {
    AccountEffect.OPEN: AccountState.OPEN,
    AccountEffect.SUSPEND: AccountState.SUSPENDED,
    AccountEffect.RESTORE: AccountState.OPEN,
    AccountEffect.CLOSE: AccountState.CLOSED,
}


def account_after(state: AccountState, effect: AccountEffect) -> AccountState:
    """The account's state after an event with that effect; a closed account stays closed."""
    if state is AccountState.CLOSED or effect is AccountEffect.NONE:
        return state
    return _AFTER[effect]
