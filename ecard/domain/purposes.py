"""Why a member of staff looks at a citizen's record, and why a unit checks a card (Art. 16). One is always on record."""

from __future__ import annotations

from enum import StrEnum


class LookupPurpose(StrEnum):
    """Reasons for which the counter may see an unmasked record: the services of Art. 6."""

    LOSS_REPORT = "loss_report"
    LOSS_REPORT_WITHDRAWAL = "loss_report_withdrawal"
    REPLACEMENT = "replacement"
    CANCELLATION = "cancellation"
    STATUS_QUERY = "status_query"
    INFORMATION_CHANGE = "information_change"


class VerificationPurpose(StrEnum):
    """Reasons for which a unit may ask for a holder's attributes online."""

    REGISTRATION = "registration"
    SETTLEMENT = "settlement"
    BOARDING = "boarding"
    IDENTITY_CHECK = "identity_check"
