"""The trust folder: where a verifier keeps trust material, so that power may fail at any instant (docs/token-format.md §3).

New files are written beside the old ones under a ``.next`` name and flushed; ``manifest.jws.next`` comes last and commits them all.
Then each takes its place, the manifest last again. A reader takes ``.next`` files if and only if the manifest's is there, so it
sees the old set or the new one, never a mixture.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from signing.documents import MAX_BYTES
from signing.errors import TrustError

ROOT, KEYS, MANIFEST, STATE = "root.json", "keys.json", "manifest.jws", "state.json"

_NEXT, _PART = ".next", ".part"
_LIST = re.compile(r"status-(0|[1-9][0-9]{0,8})\.list")
_FORMER_LIST = re.compile(r"status-[0-9]+\.(jwt|delta)")  # of before lists were pinned by their state
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class TrustFiles:
    """The bytes of a trust folder. ``state`` is empty in a folder that has seen nothing; lists are by shard number."""

    root: bytes
    keys: bytes
    manifest: bytes
    state: bytes = b""
    lists: Mapping[int, bytes] = field(default_factory=dict)

    def by_name(self) -> dict[str, bytes]:
        """The files by name, the manifest last."""
        return {
            ROOT: self.root,
            KEYS: self.keys,
            **{f"status-{number}.list": data for number, data in self.lists.items()},
            STATE: self.state,
            MANIFEST: self.manifest,
        }


def read(folder: str | Path) -> TrustFiles:
    """The files of ``folder``.

    Raises:
        TrustError: ``folder_unreadable`` – root file, key set or manifest missing, too large, or not to be read.
    """
    place = Path(folder)
    try:
        return _read_settled(place)
    except OSError as error:
        raise TrustError("folder_unreadable", f"{error.filename or place}: {error.strerror or error}") from error


def read_state(folder: str | Path) -> bytes:
    """``state.json`` alone: what a folder has seen, even where the rest of it cannot be used. Empty where there is none.

    Raises:
        TrustError: ``folder_unreadable``.
    """
    place = Path(folder)
    try:
        return _Reader(place).optional(STATE, "state")
    except OSError as error:
        raise TrustError("folder_unreadable", f"{place / STATE}: {error.strerror or error}") from error


def write(folder: str | Path, files: TrustFiles) -> None:
    """Makes ``files`` the content of ``folder``, which need not exist; lists that they do not name are removed.

    One writer at a time; any number of readers.

    Raises:
        OSError: the disk is full, or the folder may not be written. What it held, it still holds.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    _settle(place)
    contents = files.by_name()
    for name, data in contents.items():
        if name == MANIFEST:
            _flush_folder(place)
        if name == MANIFEST or not _holds(place / name, data):
            _write_durably(place / (name + _NEXT), data)
    _settle(place)
    _remove(path for path in place.iterdir() if _is_list(path.name) and path.name not in contents)


class _Reader:
    """Reads the files of one set: the committed one that still waits, where there is one."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._is_waiting = (place / (MANIFEST + _NEXT)).exists()

    def file(self, name: str, kind: str) -> bytes:
        if self._is_waiting:
            try:
                return _read_bounded(self._place / (name + _NEXT), kind)
            except FileNotFoundError:
                pass  # unchanged in the set that waits, or in its place already
        return _read_bounded(self._place / name, kind)

    def optional(self, name: str, kind: str) -> bytes:
        try:
            return self.file(name, kind)
        except FileNotFoundError:
            return b""

    def lists(self) -> dict[int, bytes]:
        names = {path.name.removesuffix(_NEXT if self._is_waiting else "") for path in self._place.iterdir()}
        numbers = [matched[1] for matched in map(_LIST.fullmatch, names) if matched]
        return {int(number): self.file(f"status-{number}.list", "list") for number in numbers}


def _read_settled(place: Path) -> TrustFiles:
    """Reads until no writer changed the manifest meanwhile."""
    for _ in range(_ATTEMPTS):
        reader = _Reader(place)
        manifest = reader.file(MANIFEST, "manifest")
        lists = reader.lists()
        keys, state = reader.file(KEYS, "keys"), reader.optional(STATE, "state")
        if _Reader(place).file(MANIFEST, "manifest") == manifest:
            break
    return TrustFiles(reader.file(ROOT, "root"), keys, manifest, state, lists)


def _read_bounded(path: Path, kind: str) -> bytes:
    most = MAX_BYTES[kind]
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise TrustError("folder_unreadable", f"{path} is too large")
    return data


def _settle(place: Path) -> None:
    """Moves a committed set into its place, or clears away one that never was."""
    waiting = [path for path in place.iterdir() if path.suffix == _NEXT]
    commit = place / (MANIFEST + _NEXT)
    _remove(path for path in place.iterdir() if path.suffix == _PART)
    if commit not in waiting:
        return _remove(waiting)
    for path in waiting:
        if path != commit:
            path.replace(path.with_suffix(""))
    _flush_folder(place)
    commit.replace(place / MANIFEST)
    return _flush_folder(place)


def _write_durably(path: Path, data: bytes) -> None:
    part = path.with_suffix(_PART)
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    if path.name == MANIFEST + _NEXT:
        _flush_folder(path.parent)


def _flush_folder(place: Path) -> None:
    """Makes names durable, where the system lets a folder be flushed (Windows does it unasked)."""
    if os.name == "nt":
        return
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_list(name: str) -> bool:
    return bool(_LIST.fullmatch(name) or _FORMER_LIST.fullmatch(name))


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        path.unlink(missing_ok=True)
