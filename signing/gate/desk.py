"""Judges what the readers hand in: one answer a text, with what to do about it. It touches no clock and no network of its own."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from signing.errors import Outcome
from signing.gate.challenges import Challenges
from signing.gate.scan_log import ScanLog
from signing.policy import Policy
from signing.replay import ReplayMemory
from signing.trust import TrustBundle
from signing.verdict import Verdict
from signing.verifier import verify

Action = Literal["admit", "refuse", "attend", "ignore"]
"""What the site does: let in, stay closed, call a person, or show nothing new."""

Clock = Callable[[], int]

_ACTIONS: Mapping[Outcome, Action] = {"valid": "admit", "revoked": "refuse", "expired": "refuse", "invalid": "refuse"}
_IGNORED = "double_read"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one text. ``at``: seconds since 1970; ``challenge``: what the next code must answer, where the policy asks."""

    verdict: Verdict
    action: Action
    source: str
    at: int
    challenge: int | None = None

    def to_json(self) -> dict[str, object]:
        """The answer as callers on this machine get it: all that the code says."""
        asked = {} if self.challenge is None else {"challenge": self.challenge}
        return {**self.verdict.to_json(), "action": self.action, "at": self.at, "source": self.source, **asked}


class Desk:
    """Where codes are judged, one after the other, whichever reader they come from.

    Args:
        policy: what the site accepts.
        clock: seconds since 1970.
        replay: the memory that makes a code single-use here.
        log: where scans are kept.
        trouble: told of what went wrong and was lived with, in a line.
    """

    def __init__(
        self,
        policy: Policy,
        clock: Clock,
        *,
        replay: ReplayMemory,
        log: ScanLog,
        trouble: Callable[[str], None],
    ) -> None:
        self.policy, self.clock = policy, clock
        self.trust: TrustBundle | None = None
        self.counts: Counter[tuple[Outcome, str]] = Counter()
        self._replay, self._log, self._trouble = replay, log, trouble
        self._challenges = Challenges(clock()) if policy.challenge else None
        self._previous: tuple[int, int] | None = None
        self._lock = Lock()

    def judge(self, text: str, source: str, *, challenge: int | None = None) -> Answer:
        """Judges ``text`` from the reader ``source``; ``challenge`` is one that `hand_out` gave, else the one shown counts."""
        with self._lock:
            now = self.clock()
            verdict = self._against_challenge(text, challenge, now)
            self.counts[verdict.outcome, verdict.code] += 1
            self._keep(verdict, now)
            return Answer(verdict, self._action(verdict), source, now, self.shown_challenge())

    def shown_challenge(self) -> int | None:
        """The challenge that the gate shows now; None where the policy asks for none."""
        return None if self._challenges is None else self._challenges.shown(self.clock())

    def hand_out_challenge(self) -> int | None:
        """A challenge for one caller of the bridge; None where the policy asks for none."""
        return None if self._challenges is None else self._challenges.hand_out(self.clock())

    def _against_challenge(self, text: str, own: int | None, now: int) -> Verdict:
        if self._challenges is None:
            return self._verify(text, now, None)
        if own is not None:
            # A challenge that was not handed out, or is spent, is answered by no code: nobody was shown a negative number.
            return self._verify(text, now, own if self._challenges.spend(own, now) else _NEVER_SHOWN)
        shown = self._challenges.shown(now)
        verdict = self._verify(text, now, shown)
        if verdict.outcome == "valid":
            self._previous = (shown, now)
            self._challenges.answered(now)
        elif verdict.code == "challenge_wrong" and self._is_reread(text, now):
            return verdict._replace(outcome="invalid", code=_IGNORED)
        return verdict

    def _is_reread(self, text: str, now: int) -> bool:
        """Whether the reader reads the customer of a moment ago once more, whose challenge is spent by now."""
        if self._previous is None or now - self._previous[1] > _REREAD_SECONDS:
            return False
        return self._verify(text, now, self._previous[0]).code == _IGNORED

    def _verify(self, text: str, now: int, challenge: int | None) -> Verdict:
        return verify(text, trust=self.trust, policy=self.policy, now=now, replay=self._replay, challenge=challenge)

    def _action(self, verdict: Verdict) -> Action:
        if verdict.code == _IGNORED:
            return "ignore"
        return _ACTIONS.get(verdict.outcome) or self.policy.on_unknown

    def _keep(self, verdict: Verdict, now: int) -> None:
        if verdict.code == _IGNORED:
            return
        try:
            self._log.record(verdict, now)
        except sqlite3.Error as error:  # a full disk closes no gate
            self._trouble(f"the scan log cannot be written: {error}")


_NEVER_SHOWN = -1
_REREAD_SECONDS = 2
