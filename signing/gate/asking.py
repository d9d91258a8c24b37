"""Whether a gate can ask the issuer as its policy says, and how that stands, for whoever looks after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Literal

from signing.gate.device_key import DeviceKey, Identity
from signing.gate.issuer_api import IssuerApi
from signing.gate.online import PATIENCE, Asker, Online, State
from signing.gate.scan_log import ScanLog
from signing.gate.session import Session
from signing.policy import Policy

Obstacle = Literal["never", "no_issuer", "no_purpose"]
"""The policy asks nobody; the gate is not enrolled, or has no network; nobody said for what purpose, and who asks."""

_WHY: Mapping[Obstacle, str] = {
    "no_issuer": "but the gate is not enrolled or is given no network",
    "no_purpose": "but needs --purpose and --operator for that",
}
_STATE, _SINCE = "online", "online_since"


def obstacle(policy: Policy, identity: Identity | None, asker: Asker | None) -> Obstacle | None:
    """Why the issuer is not asked; None where it is."""
    if policy.online == "never":
        return "never"
    if identity is None:
        return "no_issuer"
    return "no_purpose" if asker is None else None


def describe(policy: Policy, found: Obstacle | None, asker: Asker | None) -> str | None:
    """A line for the start of a gate; None where the policy asks nobody."""
    if found == "never":
        return None
    asks = f"the policy asks the issuer ({policy.online})"
    if found is not None:
        return f"{asks}, {_WHY[found]}: this site judges alone"
    whom = "" if asker is None else f" for {asker.purpose} by {asker.operator}"
    return f"{asks}:{whom}, {PATIENCE[policy.online]:g} s at most"


def open_line(policy: Policy, key: DeviceKey, identity: Identity) -> Session:
    """A session of its own for questions: a customer waits, so nothing may stay silent for longer than he does."""
    return Session(IssuerApi(identity.server, timeout=PATIENCE[policy.online]), key, identity)


class Notes:
    """Keeps in the scan log's file how asking stands, so that ``gate status`` can tell; a line where that changes."""

    def __init__(self, log: ScanLog, clock: Callable[[], int], say: Callable[[str], None]) -> None:
        self._log, self._clock, self._say = log, clock, say
        self._was_away = False

    def __call__(self, state: State | Obstacle, miss: str = "") -> None:
        """Asking stands like this from now on; ``miss`` is the code of a question in vain."""
        if state == "away":
            self._say(f"the issuer does not answer questions, this site judges by itself: {miss}")
        elif self._was_away:
            self._say("the issuer answers questions again")
        self._was_away = state == "away"
        try:
            self._log.note(**{_STATE: state, _SINCE: self._clock()})
        except sqlite3.Error as error:
            self._say(f"how asking stands cannot be kept: {error}")


def asking_facts(online: Online | None, found: Obstacle | None) -> str:
    """How asking stands in a running gate: an `Obstacle`, or a state of `Online`."""
    return found or ("untried" if online is None else online.state)


def kept_facts(log: ScanLog) -> Mapping[str, object]:
    """The same of a gate that this process is not, as it was noted last."""
    since = log.fact(_SINCE)
    return {"state": log.fact(_STATE), "since": None if since is None else int(since)}
