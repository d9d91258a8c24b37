"""What a site accepts."""

from __future__ import annotations

import pytest

from signing import Policy, PolicyError
from signing.policy import PRESETS


def test_presets_of_the_token_format() -> None:
    found = {name: (policy.max_list_age, policy.leeway, policy.scenes) for name, policy in PRESETS.items()}
    assert found == {
        "gate": (86_400, 30, {"transit", "identity"}),
        "hospital": (3_600, 30, {"identity", "medical"}),
        "counter": (3_600, 30, None),
    }


def test_preset_gives_what_is_not_written() -> None:
    assert Policy.from_json({}) == Policy.preset("counter")
    assert Policy.from_json({"preset": "gate", "leeway": 5}) == Policy(86_400, 5, frozenset({"transit", "identity"}))
    assert Policy.from_json({"preset": "gate", "scenes": None}).scenes is None
    assert Policy.from_json({"scenes": []}).scenes == frozenset()


@pytest.mark.parametrize(
    "members",
    [
        {"preset": "tram"},
        {"preset": None},
        {"preset": ["gate"]},
        {"grace": 1},
        {"max_list_age": 0},
        {"max_list_age": 604_801},
        {"max_list_age": "60"},
        {"max_list_age": True},
        {"max_list_age": None},
        {"leeway": -1},
        {"leeway": 301},
        {"leeway": 1.5},
        {"scenes": "transit"},
        {"scenes": [1]},
    ],
    ids=str,
)
def test_policy_that_is_none(members: dict[str, object]) -> None:
    with pytest.raises(PolicyError):
        Policy.from_json(members)
