"""JSON (RFC 8259) read so that two readers of the same signed bytes cannot see different things.

A member that stands twice, a number with a fraction and bytes that are not UTF-8 are refused, where the library would choose one
reading in silence; so is what is nested deeper than `MAX_DEPTH`, where each library has a bound of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NoReturn

from signing.errors import MalformedError

Object = Mapping[str, object]

MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader holds exactly (RFC 8259 §6)."""

MAX_DEPTH = 100
"""How many arrays and objects a value may stand in."""


def parse_object(data: bytes) -> Object:
    """The JSON object in ``data``.

    Raises:
        MalformedError: not UTF-8, not JSON in this sense, or not an object.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_members,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedError("not JSON") from error
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and _is_too_deep(value):
        raise MalformedError("nested too deeply")
    if not isinstance(value, dict):
        raise MalformedError("not a JSON object")
    return value


def write(value: Mapping[str, object]) -> bytes:
    """``value`` as compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def text(members: Object, name: str) -> str:
    """The string member ``name``; MalformedError where it is missing or something else."""
    value = members.get(name)
    if not isinstance(value, str):
        raise MalformedError(f"'{name}' is not a string")
    return value


def integer(members: Object, name: str, *, least: int = 0, most: int = MAX_INTEGER) -> int:
    """The integer member ``name`` within ``least`` … ``most``; MalformedError otherwise."""
    value = members.get(name)
    if type(value) is not int or not least <= value <= most:
        raise MalformedError(f"'{name}' is not an integer from {least} to {most}")
    return value


def array(members: Object, name: str) -> list[object]:
    """The array member ``name``; MalformedError where it is missing or something else."""
    value = members.get(name)
    if not isinstance(value, list):
        raise MalformedError(f"'{name}' is not an array")
    return value


def nested(members: Object, name: str) -> Object:
    """The object member ``name``; MalformedError where it is missing or something else."""
    return as_object(members.get(name), name)


def as_object(value: object, name: str) -> Object:
    """``value``, known to be an object; MalformedError otherwise, with ``name`` in its message."""
    if not isinstance(value, dict):
        raise MalformedError(f"'{name}' is not an object")
    return value


def check_members(members: Object, names: Iterable[str]) -> None:
    """Refuses an object that has other members than ``names``, or not all of them.

    Raises:
        MalformedError: a member too many or too few.
    """
    if members.keys() != frozenset(names):
        raise MalformedError("a member too many or too few")


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedError("a member stands twice")
    return members


def _is_too_deep(value: object) -> bool:
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            return True
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        level, depth = [item for items in inner for item in items], depth + 1
    return False


def _refuse_number(number: str) -> NoReturn:
    raise MalformedError(f"{number} is not an integer")
