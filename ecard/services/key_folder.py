"""The public files of a key folder: who may sign (``root.json``), what is signed (``keys.json``), what waits to be (``keys.draft.json``).

Each is replaced in one step. A process that reads the folder meanwhile, or after a power cut, finds the old file or the new one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecard.keystore import KeyStoreError, write_whole
from ecard.services.key_drafts import CeremonyError, Draft
from signing import MalformedError, RootFile, TrustError, strict_json
from signing.documents import fingerprint
from signing.keyset import KeySet

ROOT_FILE, KEY_SET_FILE, DRAFT_FILE = "root.json", "keys.json", "keys.draft.json"
_DISCARDED_FILE = "keys.discarded.json"


def write_note(path: Path, note: Mapping[str, object]) -> None:
    """Remember a version, in one step."""
    write_whole(path, json.dumps(note).encode())


def read_note(path: Path) -> dict[str, Any]:
    """What `write_note` remembered: a ``version``, and whatever stood beside it.

    Raises:
        CeremonyError: damaged. What it forbade is not allowed by losing it.
    """
    try:
        note = strict_json.parse_object(path.read_bytes())
        return {**note, "version": strict_json.integer(note, "version")}
    except MalformedError as error:
        raise CeremonyError(f"{path} is damaged; restore it from its backup") from error


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """One key folder's public files."""

    path: Path

    @property
    def has_key_set(self) -> bool:
        """Whether a signed key set is here."""
        return (self.path / KEY_SET_FILE).exists()

    @property
    def has_root(self) -> bool:
        """Whether a root file is here."""
        return (self.path / ROOT_FILE).exists()

    def root(self) -> RootFile:
        """The root file.

        Raises:
            KeyStoreError: it is missing.
            TrustError: it is none.
        """
        return RootFile.parse(self._read(ROOT_FILE))

    def key_set(self) -> KeySet:
        """The key set in force, checked against the root file.

        Raises:
            KeyStoreError: one of the two files is missing.
            TrustError: the key set is not what the root signed.
        """
        body, root = self._read(KEY_SET_FILE), self.root()
        try:
            return KeySet.accept(body, root)
        except TrustError as error:
            advice = f"{self.path / KEY_SET_FILE} is damaged, or of another root: copy the newest from another process's folder"
            raise TrustError(error.code, f"{error.reason}; {advice}") from error

    def draft(self) -> Draft | None:
        """The draft that waits for signatures, if there is one.

        Raises:
            KeyStoreError: it is damaged.
        """
        path = self.path / DRAFT_FILE
        return Draft.parse(path.read_bytes(), str(path)) if path.exists() else None

    def base(self) -> str:
        """The fingerprint of ``keys.json``, which a draft names as what it builds on; empty where there is none yet."""
        return fingerprint(self._read(KEY_SET_FILE)) if self.has_key_set else ""

    def next_version(self) -> int:
        """One more than the key set's version, and than that of a draft that was signed and then discarded."""
        held = self.key_set().version if self.has_key_set else 0
        path = self.path / _DISCARDED_FILE
        discarded = read_note(path)["version"] if path.exists() else 0
        return max(held, discarded) + 1

    def write_root(self, content: bytes) -> None:
        """Put the root file in its place."""
        write_whole(self.path / ROOT_FILE, content)

    def write_draft(self, draft: Draft) -> None:
        """Put a draft, or the same draft with one more signature, in its place."""
        write_whole(self.path / DRAFT_FILE, draft.write())

    def install(self, draft: Draft) -> None:
        """Make a draft that enough root keys have signed the key set in force, whole; then forget the draft."""
        KeySet.accept(draft.document, self.root())
        write_whole(self.path / KEY_SET_FILE, draft.document)
        self.forget_draft()

    def forget_draft(self) -> None:
        """Remove the draft."""
        (self.path / DRAFT_FILE).unlink(missing_ok=True)

    def note_discarded(self, version: int) -> None:
        """Never to make a draft of this version again: a root key has signed one."""
        write_note(self.path / _DISCARDED_FILE, {"version": version})

    def _read(self, name: str) -> bytes:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError as error:
            raise KeyStoreError(
                f"no key file {error.filename}; make the keys with `ecard keys init`, or copy it from where they were made"
            ) from error
