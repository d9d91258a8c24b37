"""``python -m signing``."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from signing import __main__ as command_line
from tests.signing.circumstances import a_trust
from tests.signing.publisher_server import publishing
from tests.vectors.bundles import a_bundle
from tests.vectors.city import NOW, a_code


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    a_trust().save(tmp_path / "trust")
    return tmp_path / "trust"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run_command(*arguments: object) -> tuple[int, dict[str, Any]]:
        code = command_line.main([str(argument) for argument in arguments])
        return code, json.loads(capsys.readouterr().out)

    return run_command


def test_valid_code(run: Any, trust: Path) -> None:
    code, printed = run("verify", "--trust", trust, "--now", NOW, a_code())
    assert (code, printed["outcome"], printed["code"]) == (0, "valid", "ok")
    assert set(printed) == {"outcome", "code", "claims", "evidence"}


def test_expired_code_from_standard_input(run: Any, trust: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, a_code().encode() + b"\r\n")
    code, printed = run("verify", "--trust", trust, "--now", NOW + 3600, "-")
    assert (code, printed["outcome"]) == (1, "expired")


@pytest.mark.parametrize(
    ("typed", "expected"), [(b"7" * 10_000_000, "too_long"), (b"\xff\xfe\0", "not_a_code"), (b"", "not_a_code")]
)
def test_any_standard_input(
    run: Any, trust: Path, monkeypatch: pytest.MonkeyPatch, typed: bytes, expected: str
) -> None:
    _type(monkeypatch, typed)
    code, printed = run("verify", "--trust", trust, "--now", NOW, "-")
    assert (code, printed["code"]) == (1, expected)


def test_policy_file(run: Any, trust: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"preset": "hospital"}')
    code, printed = run("verify", "--trust", trust, "--policy", policy, "--now", NOW, a_code())
    assert (code, printed["code"]) == (1, "scene_not_accepted")


def test_broken_trust_folder_is_said(run: Any, trust: Path) -> None:
    (trust / "manifest.jws").write_bytes(b"x.y.z")
    code, printed = run("verify", "--trust", trust, "--now", NOW, a_code())
    assert (code, printed["outcome"], printed["code"], printed["claims"]) == (1, "unknown", "no_trust", None)
    assert printed["evidence"]["trust_error"] == "manifest_untrusted"


def test_missing_trust_folder_is_said(run: Any, tmp_path: Path) -> None:
    code, printed = run("verify", "--trust", tmp_path / "nowhere", "--now", NOW, a_code())
    assert (code, printed["code"], printed["evidence"]["trust_error"]) == (1, "no_trust", "folder_unreadable")


def test_clock_is_read_where_no_time_is_given(run: Any, trust: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: NOW + 1.5)
    assert run("verify", "--trust", trust, a_code())[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["judge"],
        ["verify"],
        ["verify", "35"],
        ["verify", "--trust", "t"],
        ["verify", "--trust", "t", "--now", "noon", "35"],
        ["verify", "--trust", "t", "--now", "-1", "35"],
        ["verify", "--trust", "t", "--now", "9" * 5000, "35"],
        ["verify", "--trust", "t", "--policy", "nowhere.json", "35"],
        ["sync", "--from", "http://127.0.0.1:1", "--trust", "t"],
        ["sync", "--from", "http://127.0.0.1:1", "--trust", "t", "--root", "nowhere.json"],
        ["sync", "--from", "http://127.0.0.1:1", "--trust", "t", "--root", "r", "--timeout", "0"],
        ["sync", "--from", "http://127.0.0.1:1", "--trust", "t", "--root", "r", "--timeout", "nan"],
    ],
)
def test_wrong_use(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(arguments)
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert "Traceback" not in printed.err


@pytest.mark.parametrize("policy", ["", "[]", '{"grace": 1}', '{"leeway": 301}', '{"leeway": 1, "leeway": 2}'])
def test_policy_that_is_none(trust: Path, tmp_path: Path, policy: str) -> None:
    path = tmp_path / "policy.json"
    path.write_text(policy)
    with pytest.raises(SystemExit) as ended:
        command_line.main(["verify", "--trust", str(trust), "--policy", str(path), a_code()])
    assert ended.value.code == 2


def test_sync_then_verify(run: Any, tmp_path: Path) -> None:
    root, folder = tmp_path / "root.json", tmp_path / "trust"
    with publishing(a_bundle()) as publisher:
        root.write_bytes(publisher.bundle.root)
        arguments = ("sync", "--from", publisher.url, "--root", root, "--trust", folder, "--now", NOW)
        assert run(*arguments)[1]["changed"] is True
        assert run(*arguments) == (0, {"manifest_version": 812, "changed": False, "downloaded": 0})
    assert run("verify", "--trust", folder, "--now", NOW, a_code())[0] == 0


def test_sync_that_fails_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "root.json"
    with publishing(a_bundle()) as publisher:
        root.write_bytes(publisher.bundle.root)
        publisher.answers["/trust/manifest"] = (503, {}, b"")
        code = command_line.main(
            ["sync", "--from", publisher.url, "--root", str(root), "--trust", str(tmp_path / "t"), "--now", str(NOW)]
        )
    assert code == 1
    assert capsys.readouterr().err.startswith("sync: unexpected:")


def _type(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_verdict_that_nobody_reads_ends_with_1(trust: Path) -> None:
    """With standard output buffered, as it is unless told otherwise: the pipe breaks only when the interpreter ends."""
    command = [sys.executable, "-m", "signing", "verify", "--trust", str(trust), "--now", str(NOW), a_code()]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert (process.wait(30), process.stderr.read()) == (1, b"")
