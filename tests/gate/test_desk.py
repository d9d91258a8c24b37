"""What a gate does about a verdict, and challenges: one for each customer."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signing import OUTCOME_OF, Policy
from signing.gate.challenges import CHALLENGE_LIFETIME, MAX_OPEN, Challenges, draw
from signing.gate.desk import Answer
from signing.gate.output import hook_environment
from tests.gate.parts import Bench
from tests.vectors import city
from tests.vectors.city import NOW

ASKING = {"preset": "gate", "challenge": True}


@pytest.fixture
def asking(tmp_path: Path) -> Bench:
    return Bench(tmp_path, Policy.from_json(ASKING))


def answering(challenge: int | None, at: int = NOW) -> str:
    return city.a_device_code(now=at, challenge=challenge)


def test_unknown_is_never_let_in(tmp_path: Path) -> None:
    for on_unknown in ("refuse", "attend"):
        bench = Bench(tmp_path, Policy.from_json({"preset": "gate", "on_unknown": on_unknown}))
        bench.desk.trust = None
        answer = bench.desk.judge(city.a_code(), "stdin")
        assert (answer.verdict.code, answer.action) == ("no_trust", on_unknown)


def test_only_valid_is_let_in(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    judge: Callable[[str], Answer] = lambda text: bench.desk.judge(text, "stdin")  # noqa: E731
    revoked = city.a_code(city.some_claims(index=city.REVOKED_INDEX))
    found = [judge(text).action for text in (city.a_code(), city.a_code(), "rubbish", revoked)]
    assert found == ["admit", "ignore", "refuse", "refuse"]
    bench.clock.now += 10
    assert judge(city.a_code()).action == "refuse"


def test_a_challenge_has_six_digits() -> None:
    drawn = [draw() for _ in range(1000)]
    assert all(100_000 <= challenge <= 999_999 for challenge in drawn)
    assert len(set(drawn)) > 900


def test_the_challenge_shown_is_answered_once(asking: Bench) -> None:
    shown = asking.desk.shown_challenge()
    first = asking.desk.judge(answering(shown), "serial")
    assert (first.action, first.challenge == shown) == ("admit", False)
    asking.clock.now += 5
    relayed = asking.desk.judge(answering(shown, NOW + 5), "serial")
    assert relayed.verdict.code == "challenge_wrong"


def test_a_reader_that_reads_the_customer_twice_shows_nothing_new(asking: Bench) -> None:
    text = answering(asking.desk.shown_challenge())
    assert [asking.desk.judge(text, "serial").action for _ in range(2)] == ["admit", "ignore"]


def test_another_code_that_answers_the_challenge_of_a_moment_ago_is_refused(asking: Bench) -> None:
    shown = asking.desk.shown_challenge()
    asking.desk.judge(answering(shown), "serial")
    assert asking.desk.judge(answering(shown, NOW - 1), "serial").verdict.code == "challenge_wrong"


def test_server_codes_answer_no_challenge(asking: Bench) -> None:
    assert asking.desk.judge(city.a_code(), "serial").verdict.code == "challenge_missing"


def test_a_challenge_that_nobody_answers_is_replaced(asking: Bench) -> None:
    shown = asking.desk.shown_challenge()
    asking.clock.now += CHALLENGE_LIFETIME - 1
    assert asking.desk.shown_challenge() == shown
    asking.clock.now += 1
    assert asking.desk.shown_challenge() != shown


def test_a_caller_may_show_a_challenge_of_its_own_and_spends_it(asking: Bench) -> None:
    own = asking.desk.hand_out_challenge()
    assert own is not None
    assert asking.desk.judge(answering(own), "http", challenge=own).action == "admit"
    again = asking.desk.judge(answering(own, NOW - 1), "http", challenge=own)
    assert again.verdict.code == "challenge_wrong"


@pytest.mark.parametrize("number", [0, 123_456, 2**53 - 1])
def test_a_challenge_that_was_never_handed_out_is_no_challenge(asking: Bench, number: int) -> None:
    assert asking.desk.judge(answering(number), "http", challenge=number).verdict.code == "challenge_wrong"


def test_challenges_that_were_handed_out_are_bounded_and_die() -> None:
    challenges = Challenges(NOW, draw=iter(range(10_000)).__next__)
    handed = [challenges.hand_out(NOW) for _ in range(MAX_OPEN + 1)]
    assert not challenges.spend(handed[0], NOW)
    assert challenges.spend(handed[1], NOW)
    assert not challenges.spend(handed[2], NOW + CHALLENGE_LIFETIME)


def test_a_gate_that_asks_nothing_shows_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.desk.shown_challenge() is bench.desk.hand_out_challenge() is None
    assert "challenge" not in bench.desk.judge(city.a_code(), "stdin").to_json()


def test_a_hook_is_told_what_happened_and_nothing_of_whom(tmp_path: Path) -> None:
    told = hook_environment(Bench(tmp_path).desk.judge(city.a_code(), "serial:/dev/ttyACM0"))
    assert told == {
        "ECARD_OUTCOME": "valid",
        "ECARD_CODE": "ok",
        "ECARD_ACTION": "admit",
        "ECARD_SOURCE": "serial:/dev/ttyACM0",
        "ECARD_SCENE": "transit",
        "ECARD_CONCESSION": str(city.TRANSIT_ATTRIBUTES["concession"]),
    }


def test_days_without_a_network(tmp_path: Path) -> None:
    """A gate lives on its folder for as long as its policy lets a list age, then says why, and admits nobody."""
    bench = Bench(tmp_path)
    made = random.Random(1)  # noqa: S311 - any index will do
    hours: dict[str, int] = {}
    for hour in range(8 * 24):
        bench.clock.now = NOW + 3600 * hour
        claims = city.some_claims(
            index=made.randrange(100, 200), issued_at=bench.clock.now, expires_at=bench.clock.now + 60
        )
        answer = bench.desk.judge(city.a_code(claims), "serial")
        hours[answer.verdict.code] = hours.get(answer.verdict.code, 0) + 1
        assert (answer.action == "admit") == (answer.verdict.code == "ok")
    assert hours == {"ok": 24, "list_stale": 7 * 24 - 24, "list_expired": 24}


def test_every_code_has_an_action(tmp_path: Path) -> None:
    desk: Any = Bench(tmp_path).desk
    text = city.a_code()
    actions = {
        code: desk._action(desk._verify(text, NOW, None)._replace(outcome=OUTCOME_OF[code], code=code))
        for code in OUTCOME_OF
    }
    assert {code for code, action in actions.items() if action == "admit"} == {"ok"}
    assert {code for code, action in actions.items() if action == "ignore"} == {"double_read"}
