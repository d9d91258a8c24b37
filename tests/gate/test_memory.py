"""What a gate remembers: single use over restarts, a scan log that is bounded, a broken file set aside."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from signing import Verdict
from signing.gate.database import FILE, VERSION, DatabaseTooNewError, prepare
from signing.gate.replay import SqliteReplayMemory
from signing.gate.scan_log import ScanLog
from tests.gate.parts import Bench
from tests.signing.circumstances import judge
from tests.vectors import city
from tests.vectors.city import NOW

TOKEN = bytes(8)
PSEUDONYM = bytes(city.TRANSIT_ATTRIBUTES["pseudonym"]).hex()
DAY = 86_400


@pytest.fixture
def path(tmp_path: Path) -> Path:
    prepare(tmp_path / FILE)
    return tmp_path / FILE


def a_memory(path: Path, now: int = NOW, **given: int) -> SqliteReplayMemory:
    return SqliteReplayMemory(path, now, print, **given)


def test_a_code_counts_once_over_a_restart(path: Path) -> None:
    first = a_memory(path)
    assert first.sight(TOKEN, NOW, now=NOW, forget_at=NOW + 90) == "first"
    # Not closed: power fails.
    second = a_memory(path, NOW + 1)
    assert second.sight(TOKEN, NOW, now=NOW + 1, forget_at=NOW + 90) == "double_read"
    assert second.sight(TOKEN, NOW, now=NOW + 10, forget_at=NOW + 90) == "replayed"
    assert second.sight(TOKEN, NOW + 15, now=NOW + 15, forget_at=NOW + 105) == "first"


def test_what_no_clock_accepts_any_more_is_forgotten(path: Path) -> None:
    memory = a_memory(path)
    for number in range(200):
        memory.sight(number.to_bytes(8, "big"), NOW, now=NOW + number, forget_at=NOW + number + 90)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM seen").fetchone()[0] < 160


def test_what_would_be_forgotten_first_leaves_first(path: Path) -> None:
    memory = a_memory(path, capacity=10)
    for number in range(65):
        memory.sight(number.to_bytes(8, "big"), NOW, now=NOW, forget_at=NOW + 90 + number)
    with closing(sqlite3.connect(path)) as db:
        kept = [token for (token,) in db.execute("SELECT token_id FROM seen ORDER BY forget_at")]
    assert kept == [number.to_bytes(8, "big") for number in range(55, 65)]


def test_a_clock_that_was_set_back_makes_no_code_new(path: Path) -> None:
    a_memory(path).sight(TOKEN, NOW, now=NOW, forget_at=NOW + 90)
    assert a_memory(path, NOW - DAY).sight(TOKEN, NOW, now=NOW - DAY, forget_at=NOW + 90) != "first"


def test_a_disk_that_fails_is_said_once_and_memory_goes_on(path: Path) -> None:
    said: list[str] = []
    memory = SqliteReplayMemory(path, NOW, said.append)
    memory._connection.execute("PRAGMA query_only = ON")
    for late in (0, 10, 20):
        memory.sight(TOKEN, NOW, now=NOW + late, forget_at=NOW + 90)
    assert len(said) == 1
    assert not memory.is_durable
    assert memory.sight(TOKEN, NOW, now=NOW + 30, forget_at=NOW + 90) == "replayed"
    memory._connection.execute("PRAGMA query_only = OFF")
    memory.sight(TOKEN, NOW, now=NOW + 40, forget_at=NOW + 90)
    assert memory.is_durable
    assert len(said) == 2


def test_a_broken_file_is_set_aside_and_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(b"\xff" * 8192)
    aside = prepare(path)
    assert aside is not None
    assert aside.read_bytes() == b"\xff" * 8192
    assert a_memory(path).sight(TOKEN, NOW, now=NOW, forget_at=NOW + 90) == "first"


def test_a_file_with_a_hole_is_set_aside(path: Path) -> None:
    log = ScanLog(path)
    for _ in range(300):
        log.record(judge("35"), NOW)
    log.close()
    data = bytearray(path.read_bytes())
    data[8192:16_384] = bytes(8192)
    path.write_bytes(data)
    assert prepare(path) is not None
    assert ScanLog(path).counts().waiting == 0


def test_a_file_of_a_newer_release_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(DatabaseTooNewError):
        prepare(path)


# the scan log


@pytest.mark.parametrize("before", [None, 0o644])
def test_whereabouts_are_read_by_the_gate_s_user_alone(tmp_path: Path, before: int | None) -> None:
    """Also where the umask lets others read, and in a folder that an earlier release began."""
    if before is not None:
        prepare(tmp_path / FILE)
        (tmp_path / FILE).chmod(before)
    umask = os.umask(0o022)
    try:
        prepare(tmp_path / FILE)
        log = ScanLog(tmp_path / FILE)
        log.record(a_verdict(), NOW)
        assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == dict.fromkeys(
            (FILE, f"{FILE}-wal", f"{FILE}-shm"), 0o600
        )
        log.close()
    finally:
        os.umask(umask)


def a_verdict(text: str | None = None) -> Verdict:
    return judge(city.a_code() if text is None else text)


def test_a_scan_holds_no_digit_of_the_code_no_pseudonym_and_no_index(path: Path) -> None:
    log = ScanLog(path)
    log.record(a_verdict(), NOW)
    (scan,) = log.waiting(10)
    assert scan.to_json().keys() == {"id", "at", "outcome", "code", "token_id", "code_time", "shard"}
    log.close()
    kept = path.read_bytes()
    assert city.a_code()[3:60].encode() not in kept
    assert PSEUDONYM.encode() not in kept


def test_what_a_site_was_told_to_keep_is_kept_and_the_pseudonym_stays_here(path: Path) -> None:
    log = ScanLog(path, extras=("index", "pseudonym"))
    log.record(a_verdict(), NOW)
    (scan,) = log.waiting(10)
    assert scan.card_index == city.INDEX
    assert "pseudonym" not in scan.to_json()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT pseudonym FROM scan").fetchone() == (PSEUDONYM,)


def test_scans_leave_when_they_are_old(path: Path) -> None:
    log = ScanLog(path, days=1)
    log.record(a_verdict(), NOW)
    for _ in range(64):
        log.record(a_verdict("35"), NOW + DAY + 1)
    assert log.counts().waiting == 64
    assert log.counts().lost == 1


def test_a_flood_of_rubbish_drives_out_no_code(path: Path) -> None:
    log = ScanLog(path, most=100)
    for _ in range(10):
        log.record(a_verdict(), NOW)
    for _ in range(640):
        log.record(a_verdict("35"), NOW)
    counts = log.counts()
    assert 100 <= counts.waiting <= 164
    assert counts.lost == 650 - counts.waiting
    assert sum(scan.token_id is not None for scan in log.waiting(1000)) == 10


def test_what_the_issuer_has_leaves_first_and_is_not_lost(path: Path) -> None:
    log = ScanLog(path, most=100)
    for _ in range(100):
        log.record(a_verdict("35"), NOW)
    log.settle(log.waiting(100), NOW, accepted=True)
    for _ in range(93):
        log.record(a_verdict("35"), NOW)
    assert (log.counts().lost, log.counts().waiting) == (0, 93)


def test_a_second_reading_is_no_second_scan(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert [bench.desk.judge(city.a_code(), "serial").verdict.code for _ in range(2)] == ["ok", "double_read"]
    assert bench.log.counts().waiting == 1


def test_a_scan_of_a_device_code_names_the_shard_of_its_credential(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    verdict = bench.desk.judge(city.a_device_code(), "serial").verdict
    assert verdict.code == "ok"
    (scan,) = bench.log.waiting(1)
    assert (scan.shard, scan.code_time) == (verdict.evidence["shard"], NOW)


def test_a_log_that_cannot_be_written_closes_no_gate(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.log._connection.execute("PRAGMA query_only = ON")
    assert bench.desk.judge(city.a_code(), "serial").action == "admit"
    assert "the scan log cannot be written" in bench.complaints[0]
