"""What a site accepts (docs/token-format.md §4.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

from signing import strict_json
from signing.errors import MalformedError, PolicyError

MAX_LIST_AGE = 604_800
MIN_CREDENTIAL_AGE, MAX_CREDENTIAL_AGE = 60, 604_800
MAX_LEEWAY = 300

Online = Literal["never", "on_unknown", "first"]
"""When a site asks the issuer: not at all, where its own answer is ``unknown``, or before it answers by itself."""
OnUnknown = Literal["refuse", "attend"]
"""What a site does while the answer is ``unknown``: stay closed, or call a person who looks at the plastic card."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a site accepts.

    Attributes:
        max_list_age: how old the revocation list may be, 1–604,800 s.
        leeway: how much clocks may differ, 0–300 s.
        scenes: names of the accepted scenes; None accepts all.
        max_credential_age: how long ago a phone's credential may have been issued, 60–604,800 s.
        challenge: whether every code must answer a challenge of this site.
        online: when the site asks the issuer; the site's program heeds it, a verdict does not.
        on_unknown: what the site does while the answer is ``unknown``; likewise.

    Raises:
        PolicyError: a value outside its range.
    """

    max_list_age: int
    leeway: int
    scenes: frozenset[str] | None
    max_credential_age: int = 86_400
    challenge: bool = False
    online: Online = "never"
    on_unknown: OnUnknown = "refuse"

    def __post_init__(self) -> None:
        _check_range("max_list_age", self.max_list_age, 1, MAX_LIST_AGE)
        _check_range("max_credential_age", self.max_credential_age, MIN_CREDENTIAL_AGE, MAX_CREDENTIAL_AGE)
        _check_range("leeway", self.leeway, 0, MAX_LEEWAY)

    @classmethod
    def preset(cls, name: str) -> Policy:
        """The policy that a kind of site starts from: ``gate``, ``hospital`` or ``counter``.

        Raises:
            PolicyError: no such preset.
        """
        policy = PRESETS.get(name)
        if policy is None:
            raise PolicyError(f"no preset '{name}'; there are {', '.join(PRESETS)}")
        return policy

    @classmethod
    def from_json(cls, members: Mapping[str, object]) -> Policy:
        """The policy that a JSON object describes; its ``preset``, ``counter`` where none is named, gives what is not written.

        Raises:
            PolicyError: an unknown member, or a value of the wrong type or outside its range.
        """
        unknown = members.keys() - {"preset", *_READERS}
        if unknown:
            raise PolicyError(f"unknown member '{min(unknown)}'")
        preset = cls.preset(str(members.get("preset", "counter")))
        try:
            return replace(preset, **{name: _READERS[name](members, name) for name in members if name != "preset"})
        except MalformedError as error:
            raise PolicyError(str(error)) from error


def _check_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise PolicyError(f"'{name}' is not from {least} to {most} seconds")


def _read_scenes(members: strict_json.Object, name: str) -> frozenset[str] | None:
    value = members[name]
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(scene, str) for scene in value):
        raise MalformedError(f"'{name}' is neither a list of names nor null")
    return frozenset(value)


def _read_flag(members: strict_json.Object, name: str) -> bool:
    value = members[name]
    if not isinstance(value, bool):
        raise MalformedError(f"'{name}' is neither true nor false")
    return value


def _read_word(members: strict_json.Object, name: str) -> str:
    value = strict_json.text(members, name)
    if value not in _WORDS[name]:
        raise MalformedError(f"'{name}' is none of {', '.join(_WORDS[name])}")
    return value


_WORDS: Mapping[str, tuple[str, ...]] = {"online": get_args(Online), "on_unknown": get_args(OnUnknown)}
_READERS: Mapping[str, Callable[[strict_json.Object, str], Any]] = {
    "max_list_age": strict_json.integer,
    "max_credential_age": strict_json.integer,
    "leeway": strict_json.integer,
    "scenes": _read_scenes,
    "challenge": _read_flag,
    "online": _read_word,
    "on_unknown": _read_word,
}

PRESETS: Mapping[str, Policy] = MappingProxyType(
    {
        "gate": Policy(max_list_age=86_400, leeway=30, scenes=frozenset({"transit", "identity"})),
        "hospital": Policy(
            max_list_age=3_600,
            leeway=30,
            scenes=frozenset({"identity", "medical"}),
            online="on_unknown",
            on_unknown="attend",
        ),
        "counter": Policy(max_list_age=3_600, leeway=30, scenes=None, online="first", on_unknown="attend"),
    }
)
"""The presets of §4.1, by name."""
