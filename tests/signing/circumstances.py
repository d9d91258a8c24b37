"""What a code is judged by in most tests: the city's sound bundle, a gate's policy, the moment after the code was made."""

from __future__ import annotations

from functools import cache

from signing import Policy, TrustBundle, Verdict, verify
from signing.verifier import ReplayMemory
from tests.vectors import bundles
from tests.vectors.city import NOW

GATE = Policy.preset("gate")


@cache
def a_trust() -> TrustBundle:
    """The city's sound bundle."""
    return TrustBundle.from_files(bundles.a_bundle().to_files())


def judge(text: str, *, policy: Policy = GATE, now: int = NOW, replay: ReplayMemory | None = None) -> Verdict:
    """The verdict of a gate in the city."""
    return verify(text, trust=a_trust(), policy=policy, now=now, replay=replay)


class Memory:
    """A replay memory that forgets nothing."""

    def __init__(self, *token_ids: bytes) -> None:
        self.kept: dict[bytes, int] = dict.fromkeys(token_ids, 0)

    def seen(self, token_id: bytes, expires_at: int) -> bool:
        is_known = token_id in self.kept
        self.kept[token_id] = expires_at
        return is_known
