"""The project's own vectors, which the TypeScript twin reads too."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from signing import OUTCOME_OF, Policy, TrustBundle, TrustError, base64url, encode_list, strict_json, verify
from signing.errors import MalformedError
from signing.statuslist import lay_over, parse_list
from signing.stream import TrustEvent, follow_event
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


def _steps(name: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads((build.FOLDER / "steps" / f"{name}.json").read_text(encoding="ascii"))
    return steps


@pytest.mark.parametrize("step", _steps("lists"), ids=lambda step: str(step["name"]))
def test_list(step: dict[str, Any]) -> None:
    data = base64url.decode(step["list"])
    if step["revoked"] is None:
        with pytest.raises(MalformedError):
            parse_list(data, step["size"])
        return
    revoked = parse_list(data, step["size"])
    assert (sorted(revoked), encode_list(revoked)) == (step["revoked"], data)
    if "changes" in step:
        after = lay_over(revoked, base64url.decode(step["changes"]))
        assert encode_list(after) == base64url.decode(step["after"])


@pytest.mark.parametrize("step", _steps("renewed"), ids=lambda step: str(step["name"]))
def test_renewed(step: dict[str, Any]) -> None:
    held = TrustBundle.from_files(_files(step["held"]))
    keys, manifest = step["keys"].encode(), step["manifest"].encode()

    def renew() -> TrustBundle:
        return TrustBundle.accept(held.root, keys=keys, manifest=manifest, held=held, now=step["now"])

    if "code" in step["expect"]:
        with pytest.raises(TrustError, match=f"^{step['expect']['code']}: "):
            renew()
    else:
        trust = renew()
        assert {"state": asdict(trust.state), "missing": trust.missing_lists()} == step["expect"]


@pytest.mark.parametrize("step", _steps("followed"), ids=lambda step: str(step["name"]))
def test_followed(step: dict[str, Any]) -> None:
    held, event = TrustBundle.from_files(_files(step["held"])), TrustEvent.parse(step["event"].encode())
    expected = step["expect"]
    if "code" in expected:
        with pytest.raises(TrustError, match=f"^{expected['code']}: "):
            follow_event(held, event, step["now"])
        return
    trust = follow_event(held, event, step["now"])
    assert (trust is None) == expected.get("needs_sync", False)
    if trust is not None:
        assert asdict(trust.state) == expected["state"]
        assert {str(shard): sorted(list_.revoked) for shard, list_ in trust.shards.items()} == expected["revoked"]


@cache
def read_bundle(name: str | None) -> tuple[TrustBundle | None, str | None]:
    """The bundle of a vector, or the code by which it was refused."""
    if name is None:
        return None, None
    try:
        return TrustBundle.from_files(_files(json.loads(_path(name).read_text(encoding="ascii")))), None
    except TrustError as error:
        return None, error.code


def _path(name: str) -> Path:
    return build.FOLDER / "trust" / f"{name}.json"


def _files(bundle: dict[str, Any]) -> TrustFiles:
    return TrustFiles(
        root=bundle["root"].encode(),
        keys=bundle["keys"].encode(),
        manifest=bundle["manifest"].encode(),
        state=strict_json.write(bundle["state"]),
        lists={int(number): base64url.decode(data) for number, data in bundle["lists"].items()},
    )
