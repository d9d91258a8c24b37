"""One process a language, which judges all vectors: questions and verdicts are lines of JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from signing import base64url
from tests.vectors import build

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def load_vectors() -> list[dict[str, Any]]:
    """All vectors of the project."""
    files = sorted(build.FOLDER.glob("*.json"))
    return [vector for path in files for vector in json.loads(path.read_text(encoding="ascii"))]


def write_folders(place: Path) -> dict[str, Path]:
    """Every bundle of the vectors as a trust folder (docs/token-format.md §3), by name."""
    folders = {path.stem: place / path.stem for path in build.FOLDER.glob("trust/*.json")}
    for name, folder in folders.items():
        bundle = json.loads((build.FOLDER / "trust" / f"{name}.json").read_text(encoding="ascii"))
        folder.mkdir(parents=True)
        for file, data in _files(bundle):
            (folder / file).write_bytes(data)
    return folders


def _files(bundle: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    for file, member in (("root.json", "root"), ("keys.json", "keys"), ("manifest.jws", "manifest")):
        yield file, bundle[member].encode()
    yield "state.json", json.dumps(bundle["state"]).encode()
    for number, data in bundle["lists"].items():
        yield f"status-{number}.list", base64url.decode(data)


def question(vector: dict[str, Any], folders: dict[str, Path]) -> dict[str, Any]:
    """A vector as a verifier is asked."""
    trust = vector["trust"]
    asked = {name: vector[name] for name in ("text", "policy", "now", "challenge", "seen") if name in vector}
    return asked | {"trust": None if trust is None else str(folders[trust])}


class Verifier:
    """A running verifier."""

    def __init__(self, command: Sequence[str | Path]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The verdict."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"it ended: {self._process.wait(10)}"
        verdict: dict[str, Any] = json.loads(line)
        return verdict

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
