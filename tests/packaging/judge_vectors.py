"""Run by a Python that has nothing but the wheel: `python judge_vectors.py VECTORS` judges every vector from a trust folder.

Prints how many were judged, and each whose verdict is not the expected one, as JSON.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from signing import BoundedReplayMemory, Policy, TrustBundle, TrustError, verify

FOLDER = Path(sys.argv[1])


def remember(seen: list[dict[str, Any]]) -> BoundedReplayMemory:
    """A replay memory that knows what the vector says."""
    memory = BoundedReplayMemory()
    for sight in seen:
        memory.sight(bytes.fromhex(sight["token_id"]), sight["iat"], now=sight["at"], forget_at=sight["iat"] + 604_800)
    return memory


@cache
def load_trust(name: str | None) -> TrustBundle | None:
    """The bundle of that name, by way of a folder as a gate has it; None if it is refused."""
    if name is None:
        return None
    bundle = json.loads((FOLDER / "trust" / f"{name}.json").read_text())
    with tempfile.TemporaryDirectory() as place:
        for file, data in trust_files(bundle).items():
            (Path(place) / file).write_bytes(data)
        try:
            return TrustBundle.load(place)
        except TrustError:
            return None


def trust_files(bundle: dict[str, Any]) -> dict[str, bytes]:
    """The files of a trust folder (docs/token-format.md, section 3)."""
    files = {"root.json": bundle["root"], "keys.json": bundle["keys"], "manifest.jws": bundle["manifest"]}
    found = {name: text.encode() for name, text in files.items()}
    for number, data in bundle["lists"].items():
        found[f"status-{number}.list"] = base64.urlsafe_b64decode(data + "==")
    return found | {"state.json": json.dumps(bundle["state"]).encode()}


def judge(vector: dict[str, Any]) -> dict[str, str]:
    """The verdict, as a vector expects it."""
    replay = remember(vector["seen"]) if "seen" in vector else None
    policy = Policy.from_json(vector["policy"])
    trust, challenge = load_trust(vector["trust"]), vector.get("challenge")
    verdict = verify(vector["text"], trust=trust, policy=policy, now=vector["now"], replay=replay, challenge=challenge)
    return {"outcome": verdict.outcome, "code": verdict.code}


def main() -> None:
    vectors = [vector for file in sorted(FOLDER.glob("*.json")) for vector in json.loads(file.read_text())]
    wrong = {}
    for vector in vectors:
        found = judge(vector)
        if not found.items() <= vector["expect"].items():
            wrong[vector["name"]] = found
    json.dump({"judged": len(vectors), "wrong": wrong}, sys.stdout)


if __name__ == "__main__":
    main()
