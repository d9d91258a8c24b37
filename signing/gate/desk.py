"""Judges what the readers hand in: one answer a text, with what to do about it. It touches no clock and no network of its own.

While the issuer is asked about one text, the other readers go on. It never lifts what this site refuses by its own policy.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal, Protocol

from signing.errors import Outcome
from signing.gate.challenges import Challenges
from signing.gate.issuer_verdict import Ruling, judged, within
from signing.gate.rereads import Rereads
from signing.gate.scan_log import ScanLog
from signing.gate.sectors import SealedState
from signing.policy import Policy
from signing.replay import ReplayMemory
from signing.trust import TrustBundle
from signing.verdict import Verdict
from signing.verifier import verify

Action = Literal["admit", "refuse", "attend", "ignore"]
"""What the site does: let in, stay closed, call a person, or show nothing new."""

JudgedBy = Literal["issuer", "site"]
"""Whose verdict it is: the issuer's, who was asked and answered in time, or this site's own."""

Clock = Callable[[], int]

_ACTIONS: Mapping[Outcome, Action] = {"valid": "admit", "revoked": "refuse", "expired": "refuse", "invalid": "refuse"}
_IGNORED = "double_read"


class SecondOpinion(Protocol):
    """Whom a desk asks before it answers."""

    def ask(self, text: str, own: Verdict, challenge: int | None) -> Ruling | None:
        """The ruling on ``text``, of which the site says ``own``; None where nobody is asked, or nobody can tell in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one text.

    Attributes:
        verdict: the verdict that counts.
        action: what the site does.
        source: the reader that it came from.
        at: seconds since 1970.
        challenge: what the next code must answer, where the policy asks.
        judged_by: whose verdict it is.
        sealed: what can be done about sealed claims; None where there are none.
        holder: what the issuer grants this unit to know of the holder; told by `signing.gate.disclosure` alone.
    """

    verdict: Verdict
    action: Action
    source: str
    at: int
    challenge: int | None = None
    judged_by: JudgedBy = "site"
    sealed: SealedState | None = None
    holder: Mapping[str, object] | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, object]:
        """The answer as callers on this machine get it: all that the code says, and nothing of who its holder is."""
        more = {"challenge": self.challenge, "sealed": self.sealed, "holder": "held" if self.holder else None}
        return {
            **self.verdict.to_json(),
            "action": self.action,
            "at": self.at,
            "source": self.source,
            "judged_by": self.judged_by,
            **{name: value for name, value in more.items() if value is not None},
        }


class Desk:
    """Where codes are judged, one after the other, whichever reader they come from.

    Args:
        policy: what the site accepts.
        clock: seconds since 1970.
        replay: the memory that makes a code single-use here.
        log: where scans are kept.
        trouble: told of what went wrong and was lived with, in a line.
        online: whom to ask; None to go by this site's own verdict.
        sealed: what can be done about the sealed claims of a verdict.
    """

    def __init__(
        self,
        policy: Policy,
        clock: Clock,
        *,
        replay: ReplayMemory,
        log: ScanLog,
        trouble: Callable[[str], None],
        online: SecondOpinion | None = None,
        sealed: Callable[[Verdict], SealedState | None] = lambda _verdict: None,
    ) -> None:
        self.policy, self.clock = policy, clock
        self.trust: TrustBundle | None = None
        self.counts: Counter[tuple[Outcome, str]] = Counter()
        self._replay, self._log, self._trouble = replay, log, trouble
        self._online, self._sealed, self._rereads = online, sealed, Rereads()
        self._challenges = Challenges(clock()) if policy.challenge else None
        self._previous: tuple[int, int] | None = None
        self._lock = Lock()

    def judge(self, text: str, source: str, *, challenge: int | None = None) -> Answer:
        """Judges ``text`` from the reader ``source``; ``challenge`` is one that `hand_out` gave, else the one shown counts."""
        with self._lock:
            now = self.clock()
            own, held_to = self._judge_here(text, challenge, now)
        ruling = self._ask(text, own, held_to)
        with self._lock:
            shown_one = held_to if challenge is None else None
            verdict = own if ruling is None else self._take(ruling.verdict, own, text, shown_one)
            holder = ruling.holder if ruling is not None and verdict.outcome == "valid" else None
            by: JudgedBy = "site" if ruling is None else "issuer"
            self.counts[verdict.outcome, verdict.code] += 1
            self._keep(verdict, now)
            shown, sealed = self.shown_challenge(), self._sealed(verdict)
            return Answer(verdict, self._action(verdict), source, now, shown, by, sealed, holder)

    def shown_challenge(self) -> int | None:
        """The challenge that the gate shows now; None where the policy asks for none."""
        return None if self._challenges is None else self._challenges.shown(self.clock())

    def hand_out_challenge(self) -> int | None:
        """A challenge for one caller of the bridge; None where the policy asks for none."""
        return None if self._challenges is None else self._challenges.hand_out(self.clock())

    def _judge_here(self, text: str, challenge: int | None, now: int) -> tuple[Verdict, int | None]:
        """This site's own verdict, and the challenge that the code was held to."""
        if self._rereads.has(text, now):
            return judged(self._verify(text, now, None), _IGNORED), None
        if self._challenges is None:
            return self._verify(text, now, None), None
        if challenge is not None:
            # A challenge that was not handed out, or is spent, is answered by no code: nobody was shown a negative number.
            held_to = challenge if self._challenges.spend(challenge, now) else _NEVER_SHOWN
            return self._verify(text, now, held_to), held_to
        shown = self._challenges.shown(now)
        return self._against_shown(text, shown, now), shown

    def _against_shown(self, text: str, shown: int, now: int) -> Verdict:
        verdict = self._verify(text, now, shown)
        if verdict.outcome == "valid":
            self._serve(shown, now)
        elif verdict.code == "challenge_wrong" and self._is_reread(text, now):
            return judged(verdict, _IGNORED)
        return verdict

    def _serve(self, shown: int, now: int) -> None:
        self._previous = (shown, now)
        if self._challenges is not None:
            self._challenges.answered(now)

    def _ask(self, text: str, own: Verdict, held_to: int | None) -> Ruling | None:
        return None if self._online is None or held_to == _NEVER_SHOWN else self._online.ask(text, own, held_to)

    def _take(self, ruling: Verdict, own: Verdict, text: str, shown: int | None) -> Verdict:
        """The issuer's verdict within this site's policy; a code that it lets in where this site did not is single-use here too.

        ``shown`` is the gate's own challenge that the code answered: somebody at another reader may have been served with it meanwhile.
        """
        verdict = within(ruling, self.policy)
        if verdict.outcome != "valid" or verdict.claims is None or own.outcome == "valid":
            return verdict
        now, claims = self.clock(), verdict.claims
        if self._challenges is not None and shown is not None and shown != self._challenges.shown(now):
            return judged(verdict, "challenge_wrong")
        end = claims.expires_at + self.policy.leeway
        sighting = self._replay.sight(claims.token_id, claims.issued_at, now=now, forget_at=end)
        if sighting != "first":
            return judged(verdict, sighting)
        self._rereads.note(text, now)
        if shown is not None:
            self._serve(shown, now)
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
