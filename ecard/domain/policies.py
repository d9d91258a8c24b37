"""Numbers that the city sets, in one place (Art. 36: a policy has a date from which it counts)."""

from __future__ import annotations

from datetime import timedelta

CODE_LIFETIME = timedelta(seconds=60)
"""How long a server code lives."""

CREDENTIAL_LIFETIME = timedelta(hours=24)
"""How long a phone may make codes from one credential; seven days at most (token format, 4, step 8)."""
CREDENTIAL_OVERLAP = timedelta(hours=2)
CREDENTIAL_SLOTS = 2
"""Credentials a scene that a phone is given at a time, each beginning an overlap before the one before ends: 46 hours without a network."""
CREDENTIAL_GRAIN = timedelta(minutes=10)
"""Their times are rounded down to this, so that everybody who asks within it is given the same ones."""

MAX_TOKEN_LIFETIME = timedelta(days=7)
"""No token lives longer; a shard needs no revocation older than this (token format, 2.5)."""

CLOCK_LEEWAY = timedelta(minutes=5)
"""How much the clock of a phone that asks for something may differ, after it has learnt the time here."""

SMS_CODE_LIFETIME = timedelta(minutes=5)
SMS_CODE_TRIES = 5
SMS_RETRY_AFTER = timedelta(seconds=60)
SMS_CODES_A_DAY = 10
"""To one phone without a sign-in in between: who guesses has 50 tries in a million a day, however many addresses he has."""

NUMBER_REST = timedelta(days=90)
"""How long a carrier keeps a number before somebody else gets it: an account unused for that long must be bound anew."""

PASSWORD_TRIES = 5
PASSWORD_LOCK = timedelta(minutes=15)

ACCESS_LIFETIME = timedelta(minutes=10)
REFRESH_LIFETIME = timedelta(days=30)
STAFF_REFRESH_LIFETIME = timedelta(hours=10)

LOST_ANSWER_WINDOW = timedelta(minutes=3)
"""How long the very same request, with its `Idempotency-Key`, is given tokens again for the session that it opened or renewed: enough
for a phone to come out of a tunnel, and shorter than a one-time code lives, for who recorded the whole request has as long."""

LOOK_LIFETIME = timedelta(minutes=30)
"""How long the purpose that a member of staff chose for a card still counts for its photo."""

PROPOSAL_LIFETIME = timedelta(days=3)
ENROLMENT_LIFETIME = timedelta(hours=24)
ASSERTION_LIFETIME = timedelta(seconds=60)

SAME_CODE_WINDOW = timedelta(seconds=120)
"""Two verifiers that let one code through within this time are flagged: a code's minute, and what their clocks may differ. A printed
code that lives for days may well be shown at two places on one day."""

SCANS_KEPT = timedelta(days=30)
"""How long scans that verifiers handed in are kept: they say where somebody was (PIPL 19: no longer than the purpose needs)."""

MISUSE_FLAGS_KEPT = timedelta(days=365)
"""How long a suspicion may wait for somebody to look into it."""

MANIFEST_PERIOD = timedelta(seconds=60)
MANIFEST_LIFETIME = timedelta(days=7)
STATUS_LIST_PERIOD = timedelta(hours=4)
