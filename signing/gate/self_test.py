"""Whether this installation judges as it should: a few codes of an invented city, good and bad, with the verdict that each must get.

For acceptance at a site, and after an update: a library that was built wrongly shows here, and not at the turnstile.
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
from signing.verifier import parse_unverified, verify

FILE = "self_test.json"
PASSED, FAILED = 0, 1


def main(out: TextIO) -> int:
    """Judges the built-in codes, tells of each that got another verdict, and returns the exit status."""
    suite = json.loads(files(__package__).joinpath(FILE).read_text(encoding="ascii"))
    bundles = {name: _bundle(written) for name, written in suite["bundles"].items()}
    wrong = 0
    for case in suite["cases"]:
        found, expected = _judge(case, bundles), case["expect"]["code"]
        if found != expected:
            wrong += 1
            out.write(f"{case['name']}: {found}, not {expected}\n")
    out.write(f"{len(suite['cases']) - wrong} of {len(suite['cases'])} codes judged as they should be\n")
    return FAILED if wrong else PASSED


def _judge(case: Mapping[str, Any], bundles: Mapping[str, TrustBundle | None]) -> str:
    return ""


def _bundle(written: Mapping[str, Any]) -> TrustBundle | None:
    return None
