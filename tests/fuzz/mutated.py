"""Judges seeded mutations: ``python -m tests.fuzz.mutated RUNS SEED``. Ends with 1 at the first text that should not be accepted.

Among the mutations are codes that were properly signed and never bent: those may be accepted, but only for what they say.
"""

from __future__ import annotations

import sys

from signing import OUTCOME_OF, verify
from tests.fuzz.mutations import Mutations
from tests.signing.circumstances import GATE, a_trust
from tests.vectors import city


def main(runs: int, seed: int) -> None:
    """Any exception ends the process."""
    mutations, trust = Mutations(seed), a_trust()
    for _ in range(runs):
        text, lawful = mutations.next()
        verdict = verify(text, trust=trust, policy=GATE, now=city.NOW)
        if OUTCOME_OF[verdict.code] != verdict.outcome or (verdict.outcome == "valid" and not lawful):
            sys.exit(f"{verdict.code}: {text!r}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
