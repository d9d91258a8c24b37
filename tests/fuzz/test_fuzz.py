"""A short run of the fuzzer that `python -m tests.fuzz` runs at length: ten million inputs, as often as anybody likes."""

from __future__ import annotations

import platform
import sys

import pytest

from tests.fuzz.__main__ import run_one
from tests.fuzz.mutations import Mutations
from tests.fuzz.targets import TARGETS

_RUNS = 20_000
_HAS_FUZZER = sys.platform == "linux" and platform.machine() == "x86_64"  # where its wheel is to be had


@pytest.mark.skipif(not _HAS_FUZZER, reason="atheris is packaged for Linux on x86-64 only")
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found_by_following_the_branches(name: str) -> None:
    run = run_one(name, _RUNS, seed=1)
    assert run.finding == ""


def test_no_mutation_is_accepted() -> None:
    run = run_one("mutations", 5 * _RUNS, seed=2)
    assert run.finding == ""


def test_the_same_seed_gives_the_same_stream() -> None:
    one, other = Mutations(7), Mutations(7)
    assert [one.next() for _ in range(200)] == [other.next() for _ in range(200)]


def test_mutations_are_of_both_kinds() -> None:
    mutations = Mutations(3)
    lawful = sum(is_lawful for _, is_lawful in (mutations.next() for _ in range(2_000)))
    assert 200 < lawful < 1_200
