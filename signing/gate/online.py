"""Asks the issuer about a code where the policy says so, within seconds, and lets no customer wait for a network that is away.

The question is put in a thread of its own, for not even a look-up of a name has a limit that holds. Of these there are few; who finds
all of them taken goes by the site's own answer. After a question in vain nobody asks for some seconds, then one tries.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Literal, NamedTuple, Protocol

from signing import strict_json
from signing.errors import MalformedError, Outcome
from signing.gate.backoff import Backoff
from signing.gate.issuer_api import IssuerError
from signing.gate.issuer_verdict import Ruling, is_code, read_ruling
from signing.policy import Online as Mode
from signing.verdict import Verdict

PURPOSES = ("registration", "settlement", "boarding", "identity_check")
MAX_OPERATOR = 40
PATIENCE: Mapping[Mode, float] = {"first": 2.0, "on_unknown": 5.0}
"""How long a customer waits for the issuer, in seconds."""
ASKED: Mapping[Mode, Sequence[Outcome]] = {
    "never": (),
    "on_unknown": ("unknown",),
    "first": ("valid", "revoked", "unknown"),
}
"""Of which verdicts of this site the issuer may know better. It knows nothing of the site's scenes, challenge and memory."""
MOST_AT_ONCE = 4

State = Literal["untried", "answering", "away"]


class Asker(NamedTuple):
    """On whose record a question goes. ``purpose``: one of `PURPOSES`; ``operator``: who asks, as the unit calls him."""

    purpose: str
    operator: str


class Line(Protocol):
    """The way to the issuer."""

    def open(self, now: int) -> None:
        """Makes ready.

        Raises:
            IssuerError: refused, or no answer.
        """

    def verify(self, question: Mapping[str, object], now: int) -> strict_json.Object:
        """The issuer's answer.

        Raises:
            IssuerError: refused, or no answer.
        """


class Online:
    """Questions to the issuer; safe to use from several threads.

    Args:
        mode: when the policy has it asked.
        line: how it is reached.
        asker: on whose record.
        clock: seconds since 1970.
        noted: told when the issuer begins to answer, or not to: the state, and the code of the miss.
        backoff: the pauses after questions in vain.
        ticks: seconds that pass evenly.
        patience: how long an answer may take; `PATIENCE` of the mode where none is given.
    """

    def __init__(
        self,
        mode: Mode,
        line: Line,
        asker: Asker,
        clock: Callable[[], int],
        noted: Callable[[State, str], None],
        *,
        backoff: Backoff | None = None,
        ticks: Callable[[], float] = time.monotonic,
        patience: float | None = None,
    ) -> None:
        self._asked, self._patience = ASKED[mode], PATIENCE[mode] if patience is None else patience
        self._line, self._asker, self._clock, self._noted = line, asker, clock, noted
        self._backoff, self._ticks = backoff or Backoff(5.0, 60.0), ticks
        self._places, self._lock = BoundedSemaphore(MOST_AT_ONCE), Lock()
        self._not_before, self._misses = 0.0, 0
        self.state: State = "untried"

    def run(self, stop: Event) -> None:
        """Makes ready once, so that the first customer does not wait for a session, and whoever looks sees whether it works."""
        if not stop.is_set():
            self._settle(0, self._attempt(lambda: self._line.open(self._clock())))

    def ask(self, text: str, own: Verdict, challenge: int | None) -> Ruling | None:
        """The issuer's ruling on ``text``, of which this site says ``own``; None where it is not asked, or cannot tell in time.

        ``challenge`` is the number that the site showed for it.
        """
        if own.outcome not in self._asked or not is_code(text) or not self._places.acquire(blocking=False):
            return None
        attempt = self._begin()
        if attempt is None:
            self._places.release()
            return None
        found = self._put(text, challenge)
        try:
            ruling = read_ruling(found, text, own) if not isinstance(found, IssuerError) else None
        except MalformedError:
            ruling, found = None, IssuerError(0, "answer_malformed")
        self._settle(attempt, found if isinstance(found, IssuerError) else None)
        return None if ruling is None or ruling.verdict.outcome == "unknown" else ruling

    def _put(self, text: str, challenge: int | None) -> strict_json.Object | IssuerError:
        """Asks in a thread that gives its place back when it is done, however long after the patience is over."""
        question = {"text": text, **self._asker._asdict(), **({} if challenge is None else {"challenge": challenge})}
        answers: SimpleQueue[strict_json.Object | IssuerError] = SimpleQueue()

        def put() -> None:
            try:
                answers.put(self._line.verify(question, self._clock()))
            except IssuerError as error:
                answers.put(error)
            finally:
                self._places.release()

        Thread(target=put, name="question", daemon=True).start()
        try:
            return answers.get(timeout=self._patience)
        except Empty:
            return IssuerError(0, "no_answer_in_time")

    def _attempt(self, work: Callable[[], None]) -> IssuerError | None:
        try:
            work()
        except IssuerError as error:
            return error
        return None

    def _begin(self) -> int | None:
        """The number of this attempt; None while nobody shall ask. While the issuer is away one at a time tries."""
        with self._lock:
            now = self._ticks()
            if now < self._not_before:
                return None
            if self.state == "away":
                self._not_before = now + self._patience
            return self._misses

    def _settle(self, attempt: int, error: IssuerError | None) -> None:
        """Notes how an attempt ended; of several in vain at the same time the first counts."""
        with self._lock:
            if error is None or error.is_final:
                self._backoff.went_well()
                self._not_before = 0.0
                state: State = "answering"
            elif attempt == self._misses:
                self._misses += 1
                self._not_before = self._ticks() + self._backoff.failed()
                state = "away"
            else:
                return
            is_news, self.state = state != self.state, state
        if is_news:
            self._noted(state, "" if error is None else error.code)
