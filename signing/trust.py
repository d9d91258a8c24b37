"""What a verifier trusts: an immutable set that takes bytes and refuses what it must (docs/token-format.md §3, T1–T5).

It opens no file and reads no clock; `signing.trust_folder` keeps its bytes, `signing.sync` and `signing.stream` bring new ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from signing import trust_folder
from signing.documents import fingerprint
from signing.errors import MalformedError, TrustError
from signing.keyset import KeySet
from signing.manifest import Manifest, ShardPin
from signing.root import RootFile
from signing.statuslist import Shard, encode_list, lay_over, parse_list
from signing.trust_folder import TrustFiles
from signing.trust_state import NOTHING_SEEN, TrustState


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """Accepted trust material.

    Attributes:
        shards: the lists that are there, by number; each is the one that the manifest pins.
        state: what new material may not fall behind.
    """

    root: RootFile
    keys: KeySet
    manifest: Manifest
    state: TrustState
    shards: Mapping[int, Shard] = field(default_factory=dict)

    @classmethod
    def accept(
        cls,
        root: RootFile,
        *,
        keys: bytes,
        manifest: bytes,
        state: TrustState = NOTHING_SEEN,
        held: TrustBundle | None = None,
        now: int | None = None,
    ) -> TrustBundle:
        """Judges a key set and a manifest (T1–T3, T5) and carries over those lists of ``held`` that the manifest pins.

        Args:
            root: the root file of the issuer.
            keys: the key set as served.
            manifest: the manifest as served.
            state: what was seen before; ``held`` brings its own.
            held: the bundle so far.
            now: seconds since 1970. None for material that was accepted before and is only read again: whether it has expired
                since is for `verify` to say.

        Raises:
            TrustError: with the code of the check that failed.
        """
        seen = state if held is None else held.state
        key_set = _accept_keys(root, keys, seen, held)
        if now is not None:
            _check_keys_expiry(key_set, now)
        contents = Manifest.accept(manifest, key_set)
        predecessor = None if held is None else held.manifest
        if seen.is_void(key_set):
            seen, predecessor = seen.reset(key_set), None
        _check_manifest_version(contents, seen, predecessor)
        contents.check_keys(key_set)
        bundle = cls(root, key_set, contents, seen.raised(key_set, contents))
        return bundle if held is None else bundle._carrying(held)

    @classmethod
    def load(cls, folder: str | Path) -> TrustBundle:
        """The bundle in a trust folder.

        Raises:
            TrustError: ``folder_unreadable``, or the code of the check that its content failed.
        """
        return cls.from_files(trust_folder.read(folder))

    @classmethod
    def from_files(cls, files: TrustFiles, *, now: int | None = None) -> TrustBundle:
        """The bundle whose bytes are ``files``; a shard whose list is not there is only absent. ``now`` as in `accept`.

        Raises:
            TrustError: with the code of the check that failed.
        """
        state = TrustState.parse(files.state) if files.state else NOTHING_SEEN
        root = RootFile.parse(files.root)
        bundle = cls.accept(root, keys=files.keys, manifest=files.manifest, state=state, now=now)
        for number in bundle.manifest.shards.keys() & files.lists.keys():
            bundle = bundle.with_list(number, files.lists[number])
        return bundle

    def to_files(self) -> TrustFiles:
        """The bytes of this bundle, as a trust folder keeps them."""
        lists = {number: shard.data for number, shard in self.shards.items()}
        return TrustFiles(self.root.data, self.keys.data, self.manifest.data, self.state.write(), lists)

    def save(self, folder: str | Path) -> None:
        """Makes this bundle the content of a trust folder, in one step.

        Raises:
            OSError: it could not be written; the folder holds what it held.
        """
        trust_folder.write(folder, self.to_files())

    def missing_lists(self) -> list[int]:
        """The shards whose list is not there."""
        return [number for number in self.manifest.shards if number not in self.shards]

    def with_list(self, number: int, data: bytes) -> TrustBundle:
        """T4 for the list of shard ``number``, whole.

        Raises:
            TrustError: ``list_mismatch``, ``list_untrusted``.
        """
        pin = self._pin(number)
        if fingerprint(data) != pin.sha256:
            raise TrustError("list_mismatch", "the bytes are not the list that the manifest pins")
        try:
            revoked = parse_list(data, self.manifest.size)
        except MalformedError as error:
            raise TrustError("list_untrusted", str(error)) from error
        return self._with_shard(number, Shard(self.manifest.size, revoked, pin.changes, data, pin.sha256))

    def with_changes(self, number: int, older: Shard | None, changes: bytes) -> TrustBundle:
        """T4 for the list of shard ``number`` as an ``older`` one and the ``changes`` since; None: since its beginning.

        Raises:
            TrustError: ``list_mismatch``, ``list_untrusted``.
        """
        revoked = frozenset[int]() if older is None else older.revoked
        try:
            data = encode_list(lay_over(revoked, changes))
        except MalformedError as error:
            raise TrustError("list_mismatch", str(error)) from error
        return self.with_list(number, data)

    def _pin(self, number: int) -> ShardPin:
        pin = self.manifest.shards.get(number)
        if pin is None:
            raise TrustError("list_mismatch", f"the manifest names no shard {number}")
        return pin

    def _with_shard(self, number: int, shard: Shard) -> TrustBundle:
        return replace(self, shards=MappingProxyType({**self.shards, number: shard}))

    def _carrying(self, held: TrustBundle) -> TrustBundle:
        bundle = self
        for number, shard in held.shards.items():
            pin = self.manifest.shards.get(number)
            if pin is not None and (pin.sha256, self.manifest.size) == (shard.sha256, shard.size):
                same = shard if shard.changes == pin.changes else replace(shard, changes=pin.changes)
                bundle = bundle._with_shard(number, same)
        return bundle


def _accept_keys(root: RootFile, data: bytes, seen: TrustState, held: TrustBundle | None) -> KeySet:
    """T1 but for expiry. What is held already is not verified again."""
    if held is not None and (held.root.data, held.keys.data) == (root.data, data):
        return held.keys
    keys = KeySet.accept(data, root)
    if keys.version < seen.keys_version:
        raise TrustError("keys_rollback", f"key set {keys.version} is older than {seen.keys_version}")
    if held is not None and keys.version == held.keys.version:
        raise TrustError("keys_rollback", f"key set {keys.version} says something else than before")
    return keys


def _check_keys_expiry(keys: KeySet, now: int) -> None:
    if keys.expires_at <= now:
        raise TrustError("keys_expired", f"key set {keys.version} expired at {keys.expires_at}")


def _check_manifest_version(manifest: Manifest, seen: TrustState, predecessor: Manifest | None) -> None:
    if manifest.version < seen.manifest_version:
        raise TrustError("manifest_rollback", f"manifest {manifest.version} is older than {seen.manifest_version}")
    if predecessor and manifest.version == predecessor.version and manifest.data != predecessor.data:
        raise TrustError("manifest_rollback", f"manifest {manifest.version} says something else than before")
