"""What an answer tells of the person, for whoever asked for that in so many words; everybody else gets `Answer.to_json`.

Nothing of it is written down here: not in the scan log, the metrics, a hook's environment or a line for whoever looks after the gate.
"""

from __future__ import annotations

from dataclasses import asdict

from signing.gate.desk import Answer
from signing.gate.sectors import Sectors
from signing.seal import SealedClaims


def reveal(answer: Answer, sectors: Sectors) -> dict[str, object]:
    """The answer with the sealed claims, where they can be opened, and with what the issuer granted."""
    told = answer.to_json()
    if answer.holder:
        told["holder"] = dict(answer.holder)
    claims = answer.verdict.claims
    if answer.sealed == "held" and claims is not None:
        found = sectors.open(claims)
        told["sealed"] = asdict(found) if isinstance(found, SealedClaims) else found
    return told
