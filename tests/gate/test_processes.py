"""Gates in processes of their own: every input, floods and rubbish, kill -9, a clean stop."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from signing import TrustBundle
from tests.gate.processes import RunningGate, a_terminal, ask, gate, port_of
from tests.gate.today import a_bundle_of, a_code_of, a_trust_folder, now
from tests.vectors import city
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return a_trust_folder(tmp_path / "trust")


def test_standard_input_with_every_ending(folder: Path) -> None:
    codes = [a_code_of(index=index).encode() for index in range(200, 203)]
    with gate(folder, "--stdin") as running:
        running.type(codes[0] + b"\r" + codes[1] + b"\n" + codes[2] + b"\t" + codes[2] + b"\r\n")
        assert running.codes(4) == ["ok", "ok", "ok", "double_read"]
        assert running.end_input() == 0


def test_a_scanner_that_ends_its_lines_with_nothing(folder: Path) -> None:
    with gate(folder, "--stdin") as running:
        running.type(a_code_of().encode())
        assert running.codes(1) == ["ok"]


def test_rubbish_floods_and_a_megabyte_are_lived_with(folder: Path) -> None:
    with gate(folder, "--stdin") as running:
        running.type(bytes(range(14, 256)) * 40 + b"\n")
        running.type(b"3" * 1_000_000 + b"\r")
        running.type(b"35\r" * 2000)
        running.type(b"\xff\xfe\x00" * 100 + b"\r")
        found = running.codes(2003)
        assert found[1] == "too_long"
        assert set(found) <= {"not_a_code", "too_long"}
        running.type(a_code_of().encode() + b"\r")
        assert running.codes(1) == ["ok"]
        assert running.end_input() == 0


def test_a_line_of_output_names_nobody(folder: Path) -> None:
    with RunningGate("--trust", folder, "--no-network", "--stdin") as running:
        running.type(a_code_of().encode() + b"\r")
        at, *words = running.line().split()
        assert words == ["admit", "valid", "ok", "stdin", "scene=transit", "concession=1"]
        assert at.endswith("Z")


def test_a_serial_scanner_that_is_unplugged_and_comes_back(folder: Path, tmp_path: Path) -> None:
    port = tmp_path / "ttyACM0"
    with a_terminal() as (scanner, name):
        port.symlink_to(name)
        with gate(folder, "--serial", f"{port}@9600") as running:
            running.says("reading serial")
            wait_for(lambda: is_raw(name))
            os.write(scanner, a_code_of(index=201).encode() + b"\r")
            assert running.codes(1) == ["ok"]
            os.close(scanner)
            running.says("cannot be read")
            with a_terminal() as (again, other):
                port.unlink()
                port.symlink_to(other)
                running.says("is back")
                wait_for(lambda: is_raw(other))
                os.write(again, a_code_of(index=202).encode() + b"\r")
                assert running.codes(1) == ["ok"]
                assert running.stop() == 0


def is_raw(name: str) -> bool:
    """Whether a gate has opened the port: it echoes nothing any more."""
    settings = subprocess.run(["stty", "-a", "-F", name], capture_output=True, text=True, check=True).stdout
    return "-echo " in settings


def test_tcp_answers_a_line_a_code(folder: Path) -> None:
    with gate(folder, "--tcp", "127.0.0.1:0") as running:
        port = port_of(running, "tcp:")
        with (
            socket.create_connection(("127.0.0.1", port), timeout=15) as connection,
            connection.makefile("rb") as lines,
        ):
            connection.sendall(a_code_of().encode() + b"\r\n")
            first = json.loads(lines.readline())
            assert (first["code"], first["action"], first["claims"]["scene"]) == ("ok", "admit", "transit")
            connection.sendall(b"rubbish\n")
            assert json.loads(lines.readline())["code"] == "not_a_code"


@pytest.mark.parametrize("path", [b"/", b"/" + 20_000 * b"x"], ids=["a short address", "longer than a line is kept"])
def test_a_browser_that_talks_to_the_tcp_port_is_hung_up_on(folder: Path, path: bytes) -> None:
    with gate(folder, "--tcp", "127.0.0.1:0") as running:
        port = port_of(running, "tcp:")
        with socket.create_connection(("127.0.0.1", port), timeout=15) as connection, suppress(ConnectionResetError):
            head = b"POST " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            connection.sendall(head + a_code_of().encode() + b"\r\n")
            assert connection.recv(100) == b""


def test_many_connections_that_say_nothing_hold_up_no_customer(folder: Path) -> None:
    with gate(folder, "--tcp", "127.0.0.1:0", "--http", "127.0.0.1:0") as running:
        port, bridge = port_of(running, "tcp:"), port_of(running, "http:")
        idle = [socket.create_connection(("127.0.0.1", port), timeout=15) for _ in range(40)]
        assert ask(bridge, "POST", "/verify", a_code_of().encode())[1]["code"] == "ok"
        for connection in idle:
            connection.close()
        with (
            socket.create_connection(("127.0.0.1", port), timeout=15) as connection,
            connection.makefile("rb") as lines,
        ):
            connection.sendall(b"35\n")
            assert json.loads(lines.readline())["code"] == "not_a_code"


def test_several_inputs_share_one_memory(folder: Path) -> None:
    with gate(folder, "--stdin", "--http", "127.0.0.1:0") as running:
        bridge = port_of(running, "http:")
        text = a_code_of()
        assert ask(bridge, "POST", "/verify", text.encode())[1]["action"] == "admit"
        running.type(text.encode() + b"\r")
        assert running.codes(2) == ["ok", "double_read"]


def test_kill_9_forgets_no_code(folder: Path) -> None:
    text = a_code_of().encode() + b"\r"
    for number in range(3):
        with gate(folder, "--stdin") as running:
            running.type(text)
            assert running.codes(1)[0] in ({"ok"} if number == 0 else {"double_read", "replayed"})
            running.process.kill()
            running.process.wait(15)
    with gate(folder, "--stdin") as running:
        running.type(a_code_of(index=203).encode() + b"\r")
        assert running.codes(1) == ["ok"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_whatever_it_reads(folder: Path, number: signal.Signals) -> None:
    with gate(folder, "--stdin", "--tcp", "127.0.0.1:0", "--http", "127.0.0.1:0") as running:
        running.says("reading ")
        assert running.stop(number) == 0


def test_it_starts_with_nothing_and_takes_what_is_put_into_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "trust"
    with gate(folder, "--stdin") as running:
        running.says("no trust material")
        running.type(a_code_of().encode() + b"\r")
        assert (running.answer()["code"]) == "no_trust"
        a_trust_folder(folder)
        running.says("kept up again")
        running.type(a_code_of(index=204).encode() + b"\r")
        assert running.codes(1) == ["ok"]


def test_a_clock_behind_is_told_plainly(tmp_path: Path) -> None:
    folder = tmp_path / "trust"
    TrustBundle.from_files(a_bundle_of(now() + 3600).to_files()).save(folder)
    with gate(folder, "--stdin") as running:
        assert re.search(r"at least 3[56]\d\d s behind: set it", running.says("clock is"))
        running.type(a_code_of().encode() + b"\r")
        assert running.codes(1) == ["clock_behind"]


def test_a_challenge_is_shown_and_renewed(folder: Path, tmp_path: Path) -> None:
    policy = tmp_path / "asking.json"
    policy.write_text('{"preset": "gate", "challenge": true}')
    with gate(folder, "--policy", policy, "--stdin") as running:
        shown = running.answer()["challenge"]
        claims = city.credential_claims(issued_at=now() - 60, expires_at=now() + 600)
        running.type(city.a_device_code(claims, now=now(), challenge=shown).encode() + b"\r")
        verdict, following = running.answer(), running.answer()
        assert verdict["code"] == "ok"
        assert following == {"event": "challenge", "challenge": verdict["challenge"]}
        assert following["challenge"] != shown


def test_a_hook_is_run_without_a_shell_and_without_the_code(folder: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = tmp_path / "hook.py"
    script.write_text(f"import os, sys; open({str(told)!r}, 'a').write(repr((sys.argv[1:], dict(os.environ))) + '\\n')")
    text = a_code_of()
    with gate(folder, "--stdin", "--hook", f"{sys.executable} {script} '$(touch x); *'") as running:
        running.type(f"{text}\r{text}\r".encode())
        assert running.codes(2) == ["ok", "double_read"]
        assert running.end_input() == 0
    (line,) = told.read_text().splitlines()
    assert "['$(touch x); *']" in line
    assert "'ECARD_ACTION': 'admit'" in line
    assert text[:20] not in line


def test_a_hook_that_hangs_or_fails_holds_up_no_gate(folder: Path) -> None:
    with gate(folder, "--stdin", "--hook", "sleep 60") as running:
        running.type(b"35\r")
        running.says("was killed")
    with gate(folder, "--stdin", "--hook", "false") as running:
        running.type(b"35\r")
        running.says("ended with 1")
        running.type(b"35\r")
        assert running.codes(2) == ["not_a_code", "not_a_code"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--stdin"], "--trust is needed"),
        (["--trust", "."], "something to read"),
        (["--trust", ".", "--tcp", "0.0.0.0:1"], "reached from other machines"),
        (["--trust", ".", "--http", "gate.example:80"], "numeric"),
        (["--trust", ".", "--http", "127.0.0.1:http"], "address:port"),
        (["--trust", ".", "--serial", "/dev/ttyS0@12345"], "no speed"),
        (["--trust", ".", "--stdin", "--hook", ""], "empty command"),
        (["--trust", ".", "--stdin", "--hook", "'"], "quotation"),
        (["--trust", ".", "--stdin", "--server", "https://x.example"], "root file"),
        (["--trust", ".", "--stdin", "--purpose", "registration"], "go together"),
        (["--trust", ".", "--stdin", "--purpose", "registration", "--operator", "a\nb"], "--operator is a line"),
        (["--trust", ".", "--stdin", "--purpose", "curiosity", "--operator", "3"], "curiosity"),
        (["--trust", ".", "--stdin", "--policy", "nowhere.json"], "nowhere.json"),
    ],
    ids=str,
)
def test_a_wrong_use_is_named(tmp_path: Path, words: list[str], reason: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "signing", "gate", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, reason in done.stderr) == (2, True), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_a_fault_at_the_start(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with RunningGate("--trust", folder, "--http", address) as running:
            assert running.process.wait(15) == 1
            assert "in use" in running.says("gate: ")


def test_what_would_be_written_into_the_journal_is_refused(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "signing", "gate", "--trust", str(folder), "--no-network", "--stdin", "--reveal"]
    with (tmp_path / "journal").open("wb") as journal:
        facts = os.fstat(journal.fileno())
        env = {**os.environ, "JOURNAL_STREAM": f"{facts.st_dev}:{facts.st_ino}"}
        words: dict[str, Any] = {"env": env, "stdin": subprocess.DEVNULL, "stdout": journal, "timeout": 60}
        refused = subprocess.run([*command, "--output", "json"], stderr=subprocess.PIPE, check=False, **words)
        assert (refused.returncode, b"into the journal" in refused.stderr) == (2, True)
        assert subprocess.run(command, stderr=subprocess.PIPE, check=False, **words).returncode == 0


def test_a_gate_whose_output_nobody_reads_any_more_ends(folder: Path) -> None:
    command = [sys.executable, "-m", "signing", "gate", "--trust", str(folder), "--no-network", "--http", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        port = next(int(line.rsplit(b":", 1)[1]) for line in process.stderr if b"reading http" in line)
        process.stdout.close()
        assert ask(port, "POST", "/verify", b"35")[0] == 200
        assert process.wait(15) == 1


def test_status_by_the_folder_alone(folder: Path, tmp_path: Path) -> None:
    with gate(folder, "--stdin") as running:
        running.type(a_code_of().encode() + b"\r")
        running.codes(1)
        running.end_input()
    well = subprocess.run(
        [sys.executable, "-m", "signing", "gate", "status", "--trust", folder], capture_output=True, check=False
    )
    facts = json.loads(well.stdout)
    assert (well.returncode, facts["unable"], facts["scans_waiting"], facts["clock"]) == (0, [], 1, "plausible")
    ill = subprocess.run(
        [sys.executable, "-m", "signing", "gate", "status", "--trust", tmp_path / "nowhere"],
        capture_output=True,
        check=False,
    )
    assert (ill.returncode, json.loads(ill.stdout)["unable"]) == (1, ["no_trust"])
