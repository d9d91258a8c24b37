"""One coverage-guided run of one target, in a process of its own: ``python -m tests.fuzz.guided TARGET [libFuzzer's options]``.

Instruments `signing`, starts from the target's honest seeds, and stops at the first input that it should not have survived.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["signing"]):
    from tests.fuzz.targets import TARGETS


def main(name: str, options: list[str]) -> None:
    """Never returns: libFuzzer ends the process, with 0 where nothing was found."""
    target = TARGETS[name]
    with tempfile.TemporaryDirectory(prefix="ecard-fuzz-") as folder:
        for number, seed in enumerate(target.seeds()):
            (Path(folder) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], *options, folder], target.run)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
