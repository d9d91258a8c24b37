"""Whether this installation judges as it should: a few codes of an invented city, good and bad, with the verdict that each must get.

For acceptance at a site, and after an update: a library that was built wrongly shows here, and not at the turnstile. The file beside this
one is made by ``python -m tests.gate.self_test_file`` from the vectors that every implementation is held to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, TextIO

from signing import base64url, strict_json
from signing.errors import TrustError
from signing.policy import Policy
from signing.replay import BoundedReplayMemory
from signing.trust import TrustBundle
from signing.trust_folder import TrustFiles
from signing.verifier import verify

FILE = "self_test.json"
PASSED, FAILED = 0, 1
_FAR = 10**9


def main(out: TextIO) -> int:
    """Judges the built-in codes, tells of each that got another verdict, and returns the exit status."""
    suite = json.loads(files("signing.gate").joinpath(FILE).read_text(encoding="ascii"))
    bundles = {name: _bundle(written) for name, written in suite["bundles"].items()}
    wrong = 0
    for case in suite["cases"]:
        found, expected = judge(case, bundles), case["expect"]["code"]
        if found != expected:
            wrong += 1
            out.write(f"{case['name']}: {found}, not {expected}\n")
    out.write(f"{len(suite['cases']) - wrong} of {len(suite['cases'])} codes judged as they should be\n")
    return FAILED if wrong else PASSED


def judge(case: Mapping[str, Any], bundles: Mapping[str, TrustBundle | None]) -> str:
    """The code of the verdict of one case."""
    return verify(
        case["text"],
        trust=None if case["trust"] is None else bundles[case["trust"]],
        policy=Policy.from_json(case["policy"]),
        now=case["now"],
        replay=_memory(case["seen"]) if "seen" in case else None,
        challenge=case.get("challenge"),
    ).code


def _memory(seen: list[Mapping[str, Any]]) -> BoundedReplayMemory:
    memory = BoundedReplayMemory()
    for code in seen:
        memory.sight(bytes.fromhex(code["token_id"]), code["iat"], now=code["at"], forget_at=code["at"] + _FAR)
    return memory


def _bundle(written: Mapping[str, Any]) -> TrustBundle | None:
    material = TrustFiles(
        root=written["root"].encode(),
        keys=written["keys"].encode(),
        manifest=written["manifest"].encode(),
        state=strict_json.write(written["state"]),
        lists={int(number): base64url.decode(data) for number, data in written["lists"].items()},
    )
    try:
        return TrustBundle.from_files(material)
    except TrustError:
        return None
