"""A ceremony as a stranger holds it: by the commands and what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from ecard.cli import main
from ecard.services.key_folder import KeyFolder
from ecard.store.database import Database
from ecard.store.models import AuditEntry

pytestmark = pytest.mark.usefixtures("quick_seals")
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `ecard keys …` on a machine without a database; ``fails`` tells the exit code expected."""

    def run(*command: str, fails: int = 0, answer: str | None = None, **changes: str) -> Result:
        env = {
            "ECARD_DATA_DIR": str(tmp_path),
            "ECARD_DATABASE_URL": "",
            "ECARD_KEY_DIR": str(tmp_path / "keys"),
            "ECARD_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
        }
        result = CliRunner().invoke(main, ["keys", *command], env=env | changes, input=answer)
        assert result.exit_code == fails, result.output
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    """The key folder."""
    return KeyFolder(tmp_path / "keys")


def status(run: Run, *, fails: int = 0) -> dict[str, object]:
    found: dict[str, object] = json.loads(run("status", "--json", fails=fails).stdout)
    return found


def states(run: Run, *, fails: int = 0) -> dict[str, list[str]]:
    """States by purpose, oldest key first."""
    found: dict[str, list[str]] = {}
    keys = status(run, fails=fails)["keys"]
    assert isinstance(keys, list)
    for key in keys:
        found.setdefault(key["purpose"], []).append(key["state"])
    return found


def test_every_command_s_help_can_be_read(run: Run) -> None:
    listed = run("--help").output
    for command in ("init-root", "init", "new-issuer", "rotate", "revoke", "renew", "sign", "discard", "status"):
        assert f"\n  {command} " in listed
        assert len(run(command, "--help").output.splitlines()) > 6


def test_one_root_key_at_hand_makes_every_change_one_step(run: Run, folder: KeyFolder) -> None:
    assert "take the root key and its passphrase offline" in run("init").output
    assert "are there already" in run("init").output
    assert "is in force" in run("rotate", "code").output
    assert "is in force" in run("rotate", "seal", "--scene", "medical").output
    assert states(run) == {"code": ["signing", "coming"], "list": ["signing"], "seal": ["sealing", "coming"]}
    (kid,) = folder.key_set().list_keys
    told = run("revoke", kid, "--reason", "a laptop was stolen").output
    assert "ratchet" in told
    assert sorted(states(run)["list"]) == ["revoked", "signing"]
    assert "is in force" in run("new-issuer", "--purpose", "list", "--starts", "36h", "--days", "90").output
    assert "is in force" in run("renew").output
    assert folder.key_set().version == 6
    assert folder.draft() is None


def test_three_holders_two_of_whom_must_agree_each_with_a_folder_of_his_own(
    run: Run, folder: KeyFolder, tmp_path: Path
) -> None:
    """As the help of `init-root` shows it."""
    sticks = [tmp_path / name for name in ("anna", "bo", "chen")]
    options = [
        part
        for stick in sticks
        for part in ("--root-folder", str(stick), "--passphrase-file", str(stick / "passphrase"))
    ]
    told = run("init-root", "--keys", "3", "--threshold", "2", *options).output
    assert "2 of 3 must sign" in told
    assert "init --draft`" in told
    assert "no second one" in run("init", fails=1).output
    run("init", "--draft")
    assert "0 of 2 root signatures" in run("status", fails=1).output
    run("sign", "--with", "root-1", "--root-folder", str(sticks[0]), "--yes")
    assert "1 of 2" in run("status", fails=1).output
    run("sign", "--with", "root-3", "--root-folder", str(sticks[2]), answer="y\n")
    assert "nothing wants doing" in run("status").output
    assert {path.name for stick in sticks for path in stick.glob("*.sealed")} == {f"root-{n}.sealed" for n in (1, 2, 3)}
    told = run("rotate", "code", "--root-folder", str(sticks[1])).output
    assert "needs 2 root signature(s)" in told
    assert folder.key_set().version == 1
    shown = run("sign", "--with", "root-2", "--root-folder", str(sticks[1]), answer="n\n", fails=1).output
    assert "new    code" in shown
    assert "change code" in shown
    assert "fingerprint" in shown
    draft = folder.draft()
    assert draft is not None
    assert draft.signatures == (), "he said no"
    for number in (1, 2):
        run("sign", "--with", f"root-{number}", "--root-folder", str(sticks[number - 1]), "--yes")
    assert folder.key_set().version == 2


def test_a_draft_signed_elsewhere_comes_back_as_a_file(run: Run, folder: KeyFolder, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    run("init-root", "--root-folder", str(stick))
    run("init", "--draft")
    away = tmp_path / "away"
    away.mkdir()
    for name in ("root.json", "keys.draft.json"):
        (away / name).write_bytes((folder.path / name).read_bytes())
    run("sign", "--with", "root-1", "--root-folder", str(stick), "--yes", ECARD_KEY_DIR=str(away))
    assert KeyFolder(away).key_set().version == 1
    assert "is in force" in run("sign", "--join", str(joined(away, folder))).output


def joined(away: Path, folder: KeyFolder) -> Path:
    """The other side sent its signed key set back: the draft file with its signature."""
    draft = folder.draft()
    assert draft is not None
    content = json.loads((away / "keys.json").read_bytes())
    path = away / "signed.json"
    path.write_text(json.dumps({"base": draft.base, **content}))
    return path


def test_what_is_refused_says_what_to_do(run: Run, tmp_path: Path) -> None:
    assert "ecard keys init" in run("rotate", "code", fails=1).output
    run("init-root", "--root-folder", str(tmp_path / "stick"))
    run("init", "--draft")
    assert "--with root-1" in run("sign", fails=2).output
    assert "root-9.sealed" in run("sign", "--with", "root-9", "--yes", fails=1).output
    assert "never replaced" in run("init-root", fails=1).output
    assert (
        "give --root-folder once, or 3 times"
        in run("init-root", "--keys", "3", "--root-folder", "a", "--root-folder", "b", fails=2).output
    )
    run("discard", answer="n\n", fails=1)
    run("discard", "--yes")
    assert "no key file" in run("status", fails=1).output
    assert "is none of: now, 7d" in run("rotate", "code", "--starts", "2026-12-01", fails=2).output
    assert "`--scene medical`" in run("rotate", "seal", fails=1).output


def test_a_shortened_lead_is_told_what_it_costs(run: Run) -> None:
    run("init")
    assert "offline" not in run("rotate", "code").output
    told = run("rotate", "list", "--starts", "1h").output
    assert "offline for longer than 1:00:00" in told or "offline for longer than 0:59" in told
    assert "manifest_untrusted" in told


def test_a_time_may_be_written_with_its_zone(run: Run, folder: KeyFolder) -> None:
    run("init")
    begin = (datetime.now(UTC) + timedelta(days=20)).replace(microsecond=0)
    run("new-issuer", "--purpose", "code", "--starts", begin.isoformat())
    assert max(key.not_before for key in folder.key_set().code_keys.values()) == int(begin.timestamp())


def test_status_warns_a_month_before_an_end(run: Run) -> None:
    run("init")
    assert status(run)["warnings"] == []
    run("new-issuer", "--purpose", "code", "--starts", "now", "--days", "29")
    found = status(run, fails=1)["warnings"]
    assert isinstance(found, list)
    assert ["has no successor" in warning for warning in found] == [True]
    run("rotate", "code")
    assert status(run)["warnings"] == []


def test_status_names_private_keys_that_nothing_names(run: Run, folder: KeyFolder) -> None:
    run("init")
    (folder.path / "code-00000000.sealed").write_text("{}")
    assert "code-00000000.sealed is named by no key set" in run("status").output


def test_each_act_is_on_record_where_there_is_a_database(run: Run, folder: KeyFolder, database_url: str) -> None:
    told = run("init", ECARD_DATABASE_URL=database_url)
    assert "not in the audit record" not in told.output
    (kid,) = folder.key_set().code_keys
    run("revoke", kid, "--reason", "a laptop was stolen", ECARD_DATABASE_URL=database_url)
    database = Database(database_url)
    with database.read() as db:
        entries = db.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    database.dispose()
    assert [entry.action for entry in entries] == ["key_set_installed", "key_revoked", "key_set_installed"]
    assert [entry.subject for entry in entries] == ["keys:1", "keys:2", "keys:2"]
    assert (entries[1].details["kid"], entries[1].details["reason"]) == (kid, "a laptop was stolen")
    assert entries[1].actor.startswith("ceremony:")


@pytest.mark.parametrize("url", ["", "postgresql://nobody@127.0.0.1:1/x", "sqlite:////nowhere/x.sqlite3", "mysql://x"])
def test_an_act_that_is_not_on_record_says_so(run: Run, tmp_path: Path, url: str) -> None:
    assert "not in the audit record" in run("init", ECARD_DATABASE_URL=url).output
    assert not (tmp_path / "ecard.sqlite3").exists(), "asking makes none"
