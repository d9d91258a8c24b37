"""What a gate needs for a city of 20 million that loses 2 % of its cards a year: memory, time to start, download.

``python -m tests.bench.bench_verifier``
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from statistics import median
from time import perf_counter

from ecard.domain.policies import SNAPSHOT_PERIOD
from signing import TrustBundle
from signing.statuslist import CHANGE_BYTES
from tests.bench.large_list import LOSSES_A_SECOND, MIDWEEK, a_large_bundle
from tests.bench.report import Row, at_most, print_rows
from tests.vectors import city
from tests.vectors.bundles import Bundle

_STARTS = 15
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def main() -> list[Row]:
    """Figures of a whole process, from `python` to its first verdict, and of the bytes of real documents."""
    bundle = a_large_bundle()
    with tempfile.TemporaryDirectory(prefix="ecard-bench-") as folder:
        TrustBundle.from_files(bundle.to_files()).save(folder)
        starts = [_start(folder) for _ in range(_STARTS)]
    seconds, peaks = zip(*starts, strict=True)
    return [
        Row("verifier with the list of 20 million: memory at most", max(peaks) / 1e6, "MB", at_most(64)),
        Row("verifier with the list of 20 million: start to verdict", median(seconds), "s", at_most(0.5)),
        Row("download to join, middle of a week", _joining(bundle) / 1e3, "kB", at_most(50)),
        Row("download of a day, a look each hour", _a_day(bundle, every=_HOUR) / 1e3, "kB", at_most(50)),
        Row("download of a day, a look each minute", _a_day(bundle, every=_MINUTE) / 1e3, "kB", at_most(1000)),
    ]


def _start(folder: str) -> tuple[float, int]:
    """Seconds and bytes of one process."""
    code = city.a_code(city.some_claims(issued_at=MIDWEEK, expires_at=MIDWEEK + 60))
    command = [sys.executable, "-m", "tests.bench.gate", folder, str(MIDWEEK), code]
    start = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = perf_counter() - start
    outcome, peak = done.stdout.split()
    assert outcome == "valid", outcome
    return seconds, int(peak)


def _joining(bundle: Bundle) -> int:
    return sum(map(len, (bundle.keys, bundle.manifest, *bundle.snapshots.values(), *bundle.deltas.values())))


def _a_day(bundle: Bundle, *, every: int) -> int:
    """Bytes for who holds the lists of yesterday: a manifest and the deltas each time, the snapshots as often as they are renewed."""
    period = int(SNAPSHOT_PERIOD.total_seconds())
    delta = [CHANGE_BYTES * round(LOSSES_A_SECOND * (moment % period)) for moment in range(0, _DAY, every)]
    looks = len(delta) * len(bundle.manifest) + sum(delta) * len(bundle.snapshots)
    return looks + _DAY // period * sum(map(len, bundle.snapshots.values()))


if __name__ == "__main__":
    print_rows(main())
