"""What an operator gets wrong before a start is told in one line that says what to do."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from ecard.cli import main
from ecard.keystore import KeyStore, KeyStoreError
from ecard.services.keyset import init_keys
from ecard.store.unit_of_work import system_clock
from tests.provision.redis import LOOPBACK, free_port

ISSUER = "https://card.example"
PROCESSES = ["serve", "stream", "worker"]
Run = Callable[..., str]


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port where somebody else listens."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A key folder as `ecard keys init` makes it."""
    init_keys(KeyStore(tmp_path / "keys", tmp_path / "passphrase"), ISSUER, system_clock())
    return tmp_path


@pytest.fixture
def told(sqlite_database_url: str, folder: Path) -> Run:
    """Runs a command that must fail, and returns the one line that it says."""
    settings = {
        "ECARD_DATABASE_URL": sqlite_database_url,
        "ECARD_REDIS_URL": "redis://127.0.0.1:1/0",
        "ECARD_KEY_DIR": str(folder / "keys"),
        "ECARD_PASSPHRASE_FILE": str(folder / "passphrase"),
        "ECARD_DATA_DIR": str(folder),
        "ECARD_SMS_URL": "http://127.0.0.1:1/sms",
        "ECARD_PORT": str(free_port()),
        "ECARD_STREAM_PORT": str(free_port()),
    }

    def run(*command: str, **changes: str) -> str:
        result = CliRunner().invoke(main, command, env=settings | changes)
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result.output

    return run


@pytest.mark.parametrize("command", PROCESSES)
def test_a_redis_address_is_missing_or_malformed(told: Run, command: str) -> None:
    assert "ECARD_REDIS_URL is not set" in told(command, ECARD_REDIS_URL="")
    assert "ECARD_REDIS_URL" in told(command, ECARD_REDIS_URL="nonsense")


@pytest.mark.parametrize("command", PROCESSES)
def test_a_database_is_empty(told: Run, tmp_path: Path, command: str) -> None:
    assert "run `ecard migrate`" in told(command, ECARD_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")


@pytest.mark.parametrize("command", [*PROCESSES, "migrate"])
def test_a_database_is_away_or_none(told: Run, command: str) -> None:
    away = told(command, ECARD_DATABASE_URL="postgresql://nobody:geheim@127.0.0.1:1/x")
    assert "Connection refused" in away
    assert "geheim" not in away
    assert "use sqlite:///" in told(command, ECARD_DATABASE_URL="mysql://x")
    assert "use sqlite:///" in told(command, ECARD_DATABASE_URL="nonsense")


@pytest.mark.parametrize(("command", "variable"), [("serve", "ECARD_PORT"), ("stream", "ECARD_STREAM_PORT")])
def test_a_port_is_taken(told: Run, taken_port: int, command: str, variable: str) -> None:
    """The server would share it, and send half of the requests to somebody else's city."""
    assert f"port {taken_port}" in told(command, **{variable: str(taken_port)})


@pytest.mark.parametrize(
    ("command", "file"),
    [
        *(("serve", name) for name in ("code-*.sealed", "secrets.sealed", "keys.json", "root.json")),
        *(("worker", name) for name in ("list-*.sealed", "secrets.sealed", "keys.json", "root.json")),
    ],
)
def test_a_key_file_is_missing(told: Run, folder: Path, command: str, file: str) -> None:
    (found,) = (folder / "keys").glob(file)
    found.unlink()
    assert found.name in told(command)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_passphrase_is_open_to_others_wrong_or_empty(told: Run, folder: Path, command: str) -> None:
    passphrase = folder / "passphrase"
    passphrase.chmod(0o644)
    assert "chmod 600" in told(command)
    passphrase.chmod(0o600)
    passphrase.write_text("another\n")
    assert "does not open with the passphrase" in told(command)
    passphrase.write_text("\n")
    assert "is empty" in told(command)


def test_a_folder_cannot_be_made(told: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    inside = str(tmp_path / "file" / "folder")
    assert inside in told("keys", "init", ECARD_KEY_DIR=inside)
    assert inside in told("migrate", ECARD_DATABASE_URL="", ECARD_DATA_DIR=inside)
    assert "root.json" in told("keys", "status", ECARD_KEY_DIR=str(tmp_path / "nowhere"))


def test_a_key_set_whose_root_is_away_gets_no_second_root(folder: Path) -> None:
    """The ceremony repeated by mistake, after the root key was taken offline."""
    keys, store = folder / "keys", KeyStore(folder / "keys", folder / "passphrase")
    (keys / "root-1.sealed").unlink()
    assert not init_keys(store, ISSUER, system_clock())
    assert store.names("root") == []
    (keys / "keys.json").unlink()  # as in the folder of a web process
    with pytest.raises(KeyStoreError, match="no second one"):
        init_keys(store, ISSUER, system_clock())
    assert store.names("root") == []


def test_the_openapi_document_asks_no_database_of_the_operator(told: Run) -> None:
    result = CliRunner().invoke(
        main, ["openapi"], env={"ECARD_DATABASE_URL": "postgresql://127.0.0.1:1/x", "ECARD_KEY_DIR": "/nowhere"}
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["openapi"].startswith("3.1"), "nothing but the document"
