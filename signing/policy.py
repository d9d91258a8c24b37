"""What a site accepts (docs/token-format.md §4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from signing import strict_json
from signing.errors import MalformedError, PolicyError

MAX_LIST_AGE = 604_800
MAX_LEEWAY = 300


@dataclass(frozen=True, slots=True)
class Policy:
    """What a site accepts.

    Attributes:
        max_list_age: how old the revocation list may be, 1–604,800 s.
        leeway: how much clocks may differ, 0–300 s.
        scenes: names of the accepted scenes; None accepts all.

    Raises:
        PolicyError: a value outside its range.
    """

    max_list_age: int
    leeway: int
    scenes: frozenset[str] | None

    def __post_init__(self) -> None:
        _check_range("max_list_age", self.max_list_age, 1, MAX_LIST_AGE)
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
        unknown = members.keys() - {"preset", *cls.__slots__}
        if unknown:
            raise PolicyError(f"unknown member '{min(unknown)}'")
        preset = cls.preset(str(members.get("preset", "counter")))
        try:
            return cls(
                max_list_age=strict_json.integer({"max_list_age": preset.max_list_age, **members}, "max_list_age"),
                leeway=strict_json.integer({"leeway": preset.leeway, **members}, "leeway"),
                scenes=_read_scenes(members["scenes"]) if "scenes" in members else preset.scenes,
            )
        except MalformedError as error:
            raise PolicyError(str(error)) from error


def _check_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise PolicyError(f"'{name}' is not from {least} to {most} seconds")


def _read_scenes(value: object) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise PolicyError("'scenes' is neither a list of names nor null")
    return frozenset(value)


PRESETS: Mapping[str, Policy] = MappingProxyType(
    {
        "gate": Policy(max_list_age=86_400, leeway=30, scenes=frozenset({"transit", "identity"})),
        "hospital": Policy(max_list_age=3_600, leeway=30, scenes=frozenset({"identity", "medical"})),
        "counter": Policy(max_list_age=3_600, leeway=30, scenes=None),
    }
)
"""The presets of §4.1, by name."""
