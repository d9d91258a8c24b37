"""One test vector: a text, the circumstances in which it is judged, and the verdict expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from signing import OUTCOME_OF
from tests.vectors.city import NOW

GATE: Mapping[str, object] = {"preset": "gate"}
HOSPITAL: Mapping[str, object] = {"preset": "hospital"}
COUNTER: Mapping[str, object] = {"preset": "counter"}


@dataclass(frozen=True, slots=True)
class Sight:
    """A code that the replay memory knows: its number, its time, and when it was sighted last."""

    token_id: bytes
    issued_at: int
    at: int

    def to_json(self) -> dict[str, object]:
        """The sight as a vector file holds it."""
        return {"token_id": self.token_id.hex(), "iat": self.issued_at, "at": self.at}


@dataclass(frozen=True, slots=True)
class Vector:
    """``name`` says the defect; ``code`` the verdict. ``challenge`` is what the site showed, ``seen`` what its replay memory knows."""

    name: str
    text: str
    code: str
    trust: str | None = "city"
    policy: Mapping[str, object] = field(default_factory=lambda: GATE)
    now: int = NOW
    challenge: int | None = None
    seen: tuple[Sight, ...] | None = None
    trust_code: str | None = None

    def to_json(self) -> dict[str, object]:
        """The vector as its file holds it."""
        expected = {"outcome": OUTCOME_OF[self.code], "code": self.code}
        if self.trust_code is not None:
            expected["trust_code"] = self.trust_code
        return {
            "name": self.name,
            "text": self.text,
            "trust": self.trust,
            "policy": dict(self.policy),
            "now": self.now,
            **({} if self.challenge is None else {"challenge": self.challenge}),
            **({} if self.seen is None else {"seen": [sight.to_json() for sight in self.seen]}),
            "expect": expected,
        }
