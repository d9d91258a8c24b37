"""The TypeScript verifier as a program: built once for Node, fed by a pipe."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from pages import find_node

from tests.agree.questions import Question
from tests.vectors import bundles

_CONFIG = "tests/agree/vite.config.ts"
_TIMEOUT = 600


def build(folder: Path) -> Path:
    """The program, built into ``folder``."""
    find_node().run_npm(
        "exec", "--", "vite", "build", "--config", _CONFIG, "--outDir", str(folder), "--logLevel", "error"
    )
    return folder / "judge.mjs"


def answers(program: Path, asked: Iterable[Question]) -> list[str]:
    """Its answer to each question, in their order."""
    lines = [json.dumps(bundles.a_bundle().to_json()), *(json.dumps(question.to_json()) for question in asked)]
    done = subprocess.run(
        [str(find_node().program), str(program)],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=_TIMEOUT,
    )
    return done.stdout.splitlines()
