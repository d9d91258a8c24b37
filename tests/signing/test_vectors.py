"""The project's own vectors, which the TypeScript twin reads too."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from signing import OUTCOME_OF, Policy, TrustBundle, TrustError, base64url, strict_json, verify
from signing.trust_folder import TrustFiles
from tests.signing.circumstances import a_memory
from tests.vectors import build

VECTORS = [
    vector for path in sorted(build.FOLDER.glob("*.json")) for vector in json.loads(path.read_text(encoding="ascii"))
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_vector(vector: dict[str, Any]) -> None:
    expected = vector["expect"]
    trust, trust_code = read_bundle(vector["trust"])
    seen = vector.get("seen")
    replay = None if seen is None else a_memory(*((known["token_id"], known["iat"], known["at"]) for known in seen))
    policy = Policy.from_json(vector["policy"])
    verdict = verify(
        vector["text"],
        trust=trust,
        policy=policy,
        now=vector["now"],
        replay=replay,
        challenge=vector.get("challenge"),
    )
    assert (verdict.outcome, verdict.code) == (expected["outcome"], expected["code"])
    assert trust_code == expected.get("trust_code")


def test_every_code_has_a_vector() -> None:
    assert {vector["expect"]["code"] for vector in VECTORS} == set(OUTCOME_OF)


def test_the_script_builds_the_files_byte_for_byte(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--check"]) == 0, capsys.readouterr().err


@cache
def read_bundle(name: str | None) -> tuple[TrustBundle | None, str | None]:
    """The bundle of a vector, or the code by which it was refused."""
    if name is None:
        return None, None
    try:
        return TrustBundle.from_files(_read_files(build.FOLDER / "trust" / f"{name}.json")), None
    except TrustError as error:
        return None, error.code


def _read_files(path: Path) -> TrustFiles:
    bundle = json.loads(path.read_text(encoding="ascii"))
    return TrustFiles(
        root=bundle["root"].encode(),
        keys=bundle["keys"].encode(),
        manifest=bundle["manifest"].encode(),
        state=strict_json.write(bundle["state"]),
        lists={int(number): base64url.decode(data) for number, data in bundle["lists"].items()},
    )
