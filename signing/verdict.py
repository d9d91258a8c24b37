"""The answer to a code: never a bare boolean (docs/token-format.md §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from signing.claims import Claims
from signing.errors import Outcome


class Verdict(NamedTuple):
    """What came of judging a code.

    Attributes:
        outcome: ``valid``, ``revoked``, ``expired``, ``invalid`` or ``unknown``.
        code: the step that decided; ``ok`` where all of them held.
        claims: what the code says, once its signature holds and the key set knows its scene; else None.
        evidence: what the answer rests on, as far as known: ``form`` (``server`` or ``device``), ``list_age``, ``code_age``,
            ``credential_age`` (seconds), ``list_version``, ``keys_version``, ``kid``, ``shard``.
    """

    outcome: Outcome
    code: str
    claims: Claims | None
    evidence: Mapping[str, int | str]

    def to_json(self) -> dict[str, object]:
        """The verdict as an object ready for JSON."""
        return {
            "outcome": self.outcome,
            "code": self.code,
            "claims": self.claims and self.claims.to_json(),
            "evidence": dict(self.evidence),
        }

    def __bool__(self) -> NoReturn:
        """Refuses ``if verify(…)``, which would take every answer for a yes."""
        raise TypeError("a verdict is no boolean: ask for its outcome")
