"""What both verifiers are asked: mutated codes under policies, at times and with challenges that a site may have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from random import Random

from signing import Policy, verify
from tests.fuzz.mutations import Mutations
from tests.fuzz.tokens import CHALLENGE
from tests.signing.circumstances import a_trust
from tests.vectors import city

_POLICIES: tuple[dict[str, object], ...] = (
    {"preset": "gate"},
    {"preset": "hospital"},
    {"preset": "counter", "challenge": True},
    {"preset": "counter", "leeway": 0, "max_list_age": 1},
    {"preset": "gate", "max_credential_age": 60, "leeway": 300},
)
_MOMENTS = (0, 0, 0, 0, -86_400, -31, 30, 61, 91, 3_600, 90_000, 700_000)


@dataclass(frozen=True, slots=True)
class Question:
    """One text and its circumstances, as `verify` takes them."""

    text: str
    policy: dict[str, object]
    now: int
    challenge: int | None

    def to_json(self) -> dict[str, object]:
        """The question as the other verifier reads it."""
        return asdict(self)

    def answer(self) -> str:
        """Python's answer: outcome and code."""
        policy = Policy.from_json(self.policy)
        verdict = verify(self.text, trust=a_trust(), policy=policy, now=self.now, challenge=self.challenge)
        return f"{verdict.outcome} {verdict.code}"


def questions(count: int, seed: int) -> Iterator[Question]:
    """``count`` of them; the same ``seed`` gives the same ones."""
    chance, mutations = Random(seed), Mutations(seed)  # noqa: S311 - to be repeated
    for _ in range(count):
        text, _ = mutations.next()
        yield Question(
            text=_speakable(text),
            policy=chance.choice(_POLICIES),
            now=city.NOW + chance.choice(_MOMENTS),
            challenge=chance.choice((None, None, CHALLENGE, 0)),
        )


def _speakable(text: str) -> str:
    """Without lone surrogates, which no JSON in UTF-8 carries."""
    return text.encode("utf-8", "replace").decode()
