"""Which codes a memory knows, and for how long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from signing import BoundedReplayMemory, Sighting

CODE, OTHER = b"12345678", b"87654321"


def sights(memory: BoundedReplayMemory, *times: int, forget_at: int = 1000) -> list[Sighting]:
    return [memory.sight(CODE, 0, now=now, forget_at=forget_at) for now in times]


def test_first_then_read_twice_then_replayed() -> None:
    assert sights(BoundedReplayMemory(), 10, 10, 12, 15) == ["first", "double_read", "double_read", "replayed"]


def test_a_scanner_that_goes_on_reading_goes_on_reading_twice() -> None:
    assert sights(BoundedReplayMemory(), *range(10, 60, 2)) == ["first"] + ["double_read"] * 24


def test_a_replay_read_twice_is_read_twice() -> None:
    assert sights(BoundedReplayMemory(), 10, 20, 21) == ["first", "replayed", "double_read"]


def test_a_code_of_another_time_is_another_code() -> None:
    memory = BoundedReplayMemory()
    assert memory.sight(CODE, 0, now=10, forget_at=100) == "first"
    assert memory.sight(CODE, 15, now=15, forget_at=100) == "first"
    assert memory.sight(OTHER, 0, now=15, forget_at=100) == "first"


def test_what_no_clock_takes_any_more_is_forgotten() -> None:
    memory = BoundedReplayMemory()
    assert sights(memory, 10, 99, 100, forget_at=100) == ["first", "replayed", "first"]
    assert len(memory) == 1


def test_what_would_be_forgotten_first_leaves_first() -> None:
    memory = BoundedReplayMemory(capacity=2)
    for number, forget_at in ((1, 300), (2, 200), (3, 400)):
        assert memory.sight(CODE, number, now=10, forget_at=forget_at) == "first"
    assert len(memory) == 2
    assert memory.sight(CODE, 1, now=20, forget_at=300) == "replayed"
    assert memory.sight(CODE, 3, now=20, forget_at=400) == "replayed"
    assert memory.sight(CODE, 2, now=20, forget_at=200) == "first"


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=60), st.integers(1, 4))
def test_a_memory_is_bounded_and_never_wrong_about_what_it_keeps(steps: list[tuple[int, int]], capacity: int) -> None:
    memory, now, known = BoundedReplayMemory(capacity), 0, set[int]()
    for number, wait in steps:
        now += wait
        sighting = memory.sight(CODE, number, now=now, forget_at=10**6)
        assert len(memory) <= capacity
        assert sighting == "first" or number in known
        known.add(number)


def test_of_many_at_once_one_is_first() -> None:
    memory = BoundedReplayMemory()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: memory.sight(CODE, 0, now=10, forget_at=100), range(200)))
    assert found.count("first") == 1
