"""Python and TypeScript come to the same verdict, code by code, on a hundred thousand mutated texts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from signing import OUTCOME_OF
from tests.agree.other import answers, build
from tests.agree.questions import questions

_TEXTS, _SEED = 100_000, 20_221
_NOT_ASKED_HERE = {"no_trust", "keys_expired", "list_expired", "list_missing", "key_revoked", "replayed", "double_read"}
"""Codes that need other trust material or a memory: the vectors have them."""


def test_the_two_verifiers_agree(tmp_path: Path) -> None:
    asked = list(questions(_TEXTS, _SEED))
    own = [question.answer() for question in asked]
    others = answers(build(tmp_path), asked)
    differing = [
        (mine, other, question) for mine, other, question in zip(own, others, asked, strict=True) if mine != other
    ]
    assert differing[:3] == []
    met = Counter(answer.split()[1] for answer in own)
    assert set(OUTCOME_OF) - set(met) == _NOT_ASKED_HERE, "the texts reach every step"
