"""Builds the vector files: ``python -m tests.vectors.build``, or ``--check`` to see that they are what this would write."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.vectors import bundles, city, devices, judged, steps, texts, written_cwt, written_device, written_jwt
from tests.vectors.vector import Vector

FOLDER = Path(__file__).parent


def files() -> dict[Path, str]:
    """Every vector file with the text that it should have."""
    groups = {
        "text": texts.vectors(),
        "written-cwt": written_cwt.vectors(),
        "written-jwt": written_jwt.vectors(),
        "written-device": written_device.vectors(),
        "judged": judged.vectors(),
        "device": devices.vectors(),
        "trust": _refused_bundles(),
    }
    vectors = {FOLDER / f"{name}.json": _write_vectors(group) for name, group in groups.items()}
    made = {name: make() for name, make in bundles.SOUND.items()} | {
        name: make() for name, (_, make) in bundles.UNSOUND.items()
    }
    moves = {"lists": steps.lists(), "renewed": steps.renewed(), "followed": steps.followed()}
    vectors |= {FOLDER / "steps" / f"{name}.json": _write(list(group)) for name, group in moves.items()}
    return vectors | {FOLDER / "trust" / f"{name}.json": _write(bundle.to_json()) for name, bundle in made.items()}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.vectors.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file differs")
    is_check = parser.parse_args(arguments).check
    wanted = files()
    if not is_check:
        _replace(wanted)
        return 0
    differing = sorted(path.relative_to(FOLDER) for path in _differing(wanted))
    for path in differing:
        sys.stderr.write(f"{path} is not what the script builds\n")
    return 1 if differing else 0


def _refused_bundles() -> Iterable[Vector]:
    for name, (code, _) in bundles.UNSOUND.items():
        yield Vector(name, city.a_code(), "no_trust", trust=name, trust_code=code)


def _write_vectors(group: Iterable[Vector]) -> str:
    vectors = list(group)
    names = [vector.name for vector in vectors]
    assert len(names) == len(set(names)), "two vectors of one name"
    return _write([vector.to_json() for vector in vectors])


def _write(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=True) + "\n"


def _replace(wanted: Mapping[Path, str]) -> None:
    for path in _present() - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="ascii")


def _differing(wanted: Mapping[Path, str]) -> set[Path]:
    stale = {path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="ascii") != text}
    return stale | (_present() - wanted.keys())


def _present() -> set[Path]:
    return {*FOLDER.glob("*.json"), *FOLDER.glob("trust/*.json"), *FOLDER.glob("steps/*.json")}


if __name__ == "__main__":
    sys.exit(main())
