"""The built-in test of an installation: complete, of the vectors of today, and able to fail."""

from __future__ import annotations

import io
import json

import pytest

from signing import OUTCOME_OF, verifier
from signing.gate import self_test
from tests.gate import self_test_file


def test_the_file_is_made_of_the_vectors() -> None:
    assert self_test_file.PATH.read_text(encoding="ascii") == self_test_file.content(), (
        "python -m tests.gate.self_test_file"
    )


def test_every_code_of_a_verdict_is_tested() -> None:
    cases = json.loads(self_test_file.PATH.read_text(encoding="ascii"))["cases"]
    assert {case["expect"]["code"] for case in cases} == set(OUTCOME_OF)


def test_a_sound_installation_passes() -> None:
    out = io.StringIO()
    assert self_test.main(out) == 0
    assert "judged as they should be" in out.getvalue()


def test_a_broken_one_fails_and_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "verifies", lambda *_: True)
    out = io.StringIO()
    assert self_test.main(out) == 1
    assert "not bad_signature" in out.getvalue()
