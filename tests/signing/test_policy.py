"""What a site accepts."""

from __future__ import annotations

import pytest

from signing import Policy, PolicyError
from signing.policy import PRESETS


def test_presets_of_the_token_format() -> None:
    gate, hospital = frozenset({"transit", "identity"}), frozenset({"identity", "medical"})
    assert {
        "gate": Policy(86_400, 30, gate, 86_400, challenge=False, online="never", on_unknown="refuse"),
        "hospital": Policy(3_600, 30, hospital, 86_400, challenge=False, online="on_unknown", on_unknown="attend"),
        "counter": Policy(3_600, 30, None, 86_400, challenge=False, online="first", on_unknown="attend"),
    } == PRESETS


def test_preset_gives_what_is_not_written() -> None:
    assert Policy.from_json({}) == Policy.preset("counter")
    assert Policy.from_json({"preset": "gate", "leeway": 5}) == Policy(86_400, 5, frozenset({"transit", "identity"}))
    assert Policy.from_json({"preset": "gate", "scenes": None}).scenes is None
    assert Policy.from_json({"scenes": []}).scenes == frozenset()


def test_every_member_may_be_written() -> None:
    members = {
        "preset": "hospital",
        "max_list_age": 1,
        "max_credential_age": 60,
        "leeway": 0,
        "scenes": ["transit"],
        "challenge": True,
        "online": "never",
        "on_unknown": "refuse",
    }
    expected = Policy(1, 0, frozenset({"transit"}), 60, challenge=True, online="never", on_unknown="refuse")
    assert Policy.from_json(members) == expected


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
        {"max_credential_age": 59},
        {"max_credential_age": 604_801},
        {"max_credential_age": None},
        {"challenge": 1},
        {"challenge": None},
        {"challenge": 123_456},
        {"online": "always"},
        {"online": None},
        {"online": ["first"]},
        {"on_unknown": "accept"},
        {"on_unknown": True},
        {"scenes": "transit"},
        {"scenes": [1]},
    ],
    ids=str,
)
def test_policy_that_is_none(members: dict[str, object]) -> None:
    with pytest.raises(PolicyError):
        Policy.from_json(members)
