"""What a code is judged by in most tests: the city's sound bundle, a gate's policy, the moment after the code was made."""

from __future__ import annotations

from functools import cache

from signing import BoundedReplayMemory, Policy, ReplayMemory, TrustBundle, Verdict, verify
from tests.vectors import bundles
from tests.vectors.city import NOW, WEEK

GATE = Policy.preset("gate")


@cache
def a_trust() -> TrustBundle:
    """The city's sound bundle."""
    return TrustBundle.from_files(bundles.a_bundle().to_files())


def judge(
    text: str,
    *,
    policy: Policy = GATE,
    now: int = NOW,
    replay: ReplayMemory | None = None,
    challenge: int | None = None,
) -> Verdict:
    """The verdict of a gate in the city."""
    return verify(text, trust=a_trust(), policy=policy, now=now, replay=replay, challenge=challenge)


def a_memory(*seen: tuple[str, int, int]) -> BoundedReplayMemory:
    """A replay memory that has seen these: token number in hex, code time, and when it was sighted last."""
    memory = BoundedReplayMemory()
    for token_id, issued_at, last in seen:
        memory.sight(bytes.fromhex(token_id), issued_at, now=last, forget_at=issued_at + WEEK)
    return memory
