"""What a gate needs for a city of 20 million that loses 2 % of its cards a year: memory, time to start, download.

``python -m tests.bench.bench_verifier``
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from signing import RootFile, TrustBundle, sync
from tests.bench.large_list import MIDWEEK, a_large_bundle
from tests.bench.report import Row, at_most, print_rows
from tests.signing.publisher_server import Publisher, publishing
from tests.vectors import bundles, city

_STARTS = 15
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_ROOT = RootFile.parse(bundles.a_root())
_HEAD = (
    "HTTP/1.1 206 Partial Content",
    "content-type: application/octet-stream",
    "content-length: 583",
    'etag: "4nQ0mZ8T1qJYw1c2o0Wc3k5A"',
    "cache-control: no-cache",
    "access-control-allow-origin: *",
    "date: Tue, 24 Nov 2026 12:00:00 GMT",
    "x-content-type-options: nosniff",
    "accept-ranges: bytes",
    "content-range: bytes 30840-30847/30848",
    "server: granian",
)
"""The longest head of an answer to a verifier; tests/web/test_trust.py holds the service to these headers."""
_HEAD_BYTES = sum(len(line) + 2 for line in _HEAD) + 2


def main() -> list[Row]:
    """Figures of a whole process, from `python` to its first verdict, and of what the real client downloads."""
    with tempfile.TemporaryDirectory(prefix="ecard-bench-") as folder:
        TrustBundle.from_files(a_large_bundle().to_files()).save(folder)
        starts = [_start(folder) for _ in range(_STARTS)]
    seconds, peaks = zip(*starts, strict=True)
    hourly, each_minute = _a_day(_HOUR), _a_day(_MINUTE, share=6)
    return [
        Row("verifier with the list of 20 million: memory at most", max(peaks) / 1e6, "MB", at_most(64)),
        Row("verifier with the list of 20 million: start to verdict", median(seconds), "s", at_most(0.5)),
        Row("download to join, middle of a week", _joining().bodies / 1e3, "kB", at_most(50)),
        Row("download of a day, a look each hour", hourly.bodies / 1e3, "kB", at_most(50)),
        Row("download of a day, a look each minute", each_minute.bodies / 1e3, "kB", at_most(1000)),
        Row("beside it, heads of answers", each_minute.heads / 1e3, "kB", at_most(1500)),
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


@dataclass
class _Download:
    """Bytes of bodies, and of all else that is received."""

    bodies: int = 0
    heads: int = 0


@dataclass
class _Verifier:
    """Somebody who synchronizes with a city of 20 million."""

    server: Publisher
    folder: Path

    def look(self, now: int, version: int) -> _Download:
        """What one synchronization downloads when ``version`` was published at ``now``."""
        self.server.bundle = a_large_bundle(now, version=version)
        self.server.requests.clear()
        synced = sync.sync(self.server.url, _ROOT, self.folder, now=now)
        assert synced.bundle.manifest.version == version
        return _Download(synced.downloaded, len(self.server.requests) * _HEAD_BYTES)


def _joining() -> _Download:
    with _a_verifier() as verifier:
        return verifier.look(MIDWEEK, 1)


def _a_day(every: int, *, share: int = 1) -> _Download:
    """Somebody who holds the lists of now looks for new ones as often as that; one ``share`` of the day is lived, for all are alike."""
    whole = _Download()
    with _a_verifier() as verifier:
        verifier.look(MIDWEEK, 1)
        for version, now in enumerate(range(MIDWEEK + every, MIDWEEK + _DAY // share + 1, every), start=2):
            look = verifier.look(now, version)
            whole.bodies += share * look.bodies
            whole.heads += share * look.heads
    return whole


@contextmanager
def _a_verifier() -> Iterator[_Verifier]:
    with tempfile.TemporaryDirectory(prefix="ecard-bench-") as folder, publishing(a_large_bundle()) as server:
        yield _Verifier(server, Path(folder))


if __name__ == "__main__":
    print_rows(main())
