"""What a verifier trusts: an immutable set that takes bytes and refuses what it must (docs/token-format.md §3, T1–T5).

It opens no file and reads no clock; `signing.trust_folder` keeps its bytes, `signing.sync` fetches new ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from signing import strict_json, trust_folder
from signing.documents import MAX_BYTES, fingerprint
from signing.errors import MalformedError, TrustError
from signing.jws import JwsError
from signing.keyset import KeySet
from signing.manifest import Manifest, ShardPin
from signing.root import RootFile
from signing.statuslist import SNAPSHOT_TYPE, Shard, Snapshot, parse_delta, status_uri, unpack_bitmap
from signing.trust_folder import TrustFiles


@dataclass(frozen=True, slots=True)
class TrustState:
    """The highest versions and the newest verified time (seconds since 1970) ever seen: what nothing new may fall behind."""

    manifest_version: int = 0
    keys_version: int = 0
    time_floor: int = 0

    @classmethod
    def parse(cls, data: bytes) -> TrustState:
        """Reads ``state.json``.

        Raises:
            TrustError: ``folder_unreadable``.
        """
        try:
            members = strict_json.parse_object(data)
            return cls(*(strict_json.integer(members, name) for name in cls.__slots__))
        except MalformedError as error:
            raise TrustError("folder_unreadable", f"state.json: {error}") from error

    def write(self) -> bytes:
        """``state.json``."""
        return strict_json.write({name: getattr(self, name) for name in self.__slots__})

    def raised(self, keys: KeySet, manifest: Manifest) -> TrustState:
        """T5: the state once ``keys`` and ``manifest`` are accepted."""
        return TrustState(
            manifest_version=max(self.manifest_version, manifest.version),
            keys_version=max(self.keys_version, keys.version),
            time_floor=max(self.time_floor, manifest.issued_at),
        )


NOTHING_SEEN = TrustState()


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """Accepted trust material.

    Attributes:
        shards: the lists that are complete, by number.
        snapshots: the unpacked snapshots, by number; one without its delta is no shard yet.
        state: what new material may not fall behind.
    """

    root: RootFile
    keys: KeySet
    manifest: Manifest
    state: TrustState
    snapshots: Mapping[int, Snapshot] = field(default_factory=dict)
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
        """Judges a key set and a manifest (T1–T3, T5) and carries over those lists of ``held`` that the manifest still names.

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
        is_known = held is not None and (held.root.data, held.keys.data) == (root.data, keys)
        key_set = held.keys if held and is_known else KeySet.accept(keys, root)
        seen = state if held is None else held.state
        _check_keys_version(key_set, seen)
        if now is not None:
            _check_keys_expiry(key_set, now)
        contents = Manifest.accept(manifest, key_set)
        _check_manifest_version(contents, seen, held)
        bundle = cls(root, key_set, contents, seen.raised(key_set, contents))
        return bundle._carrying(held) if held and is_known else bundle

    @classmethod
    def load(cls, folder: str | Path) -> TrustBundle:
        """The bundle in a trust folder.

        Raises:
            TrustError: ``folder_unreadable``, or the code of the check that its content failed.
        """
        return cls.from_files(trust_folder.read(folder))

    @classmethod
    def from_files(cls, files: TrustFiles, *, now: int | None = None) -> TrustBundle:
        """The bundle whose bytes are ``files``; a shard with a part missing is only absent. ``now`` as in `accept`.

        Raises:
            TrustError: with the code of the check that failed.
        """
        state = TrustState.parse(files.state) if files.state else NOTHING_SEEN
        root = RootFile.parse(files.root)
        bundle = cls.accept(root, keys=files.keys, manifest=files.manifest, state=state, now=now)
        for number in bundle.manifest.shards.keys() & files.snapshots.keys():
            bundle = bundle.with_snapshot(number, files.snapshots[number])
        for number in bundle.snapshots.keys() & files.deltas.keys():
            bundle = bundle.with_delta(number, files.deltas[number])
        return bundle

    def to_files(self) -> TrustFiles:
        """The bytes of this bundle, as a trust folder keeps them."""
        return TrustFiles(
            root=self.root.data,
            keys=self.keys.data,
            manifest=self.manifest.data,
            state=self.state.write(),
            snapshots={number: snapshot.data for number, snapshot in self.snapshots.items()},
            deltas={number: shard.delta for number, shard in self.shards.items()},
        )

    def save(self, folder: str | Path) -> None:
        """Makes this bundle the content of a trust folder, in one step.

        Raises:
            OSError: it could not be written; the folder holds what it held.
        """
        trust_folder.write(folder, self.to_files())

    def missing_snapshots(self) -> list[int]:
        """The shards whose snapshot is not there."""
        return [number for number in self.manifest.shards if number not in self.snapshots]

    def missing_deltas(self) -> list[int]:
        """The shards whose delta is not there."""
        return [number for number in self.manifest.shards if number not in self.shards]

    def with_snapshot(self, number: int, data: bytes) -> TrustBundle:
        """T4 for the snapshot of shard ``number``, which its delta must follow.

        Raises:
            TrustError: ``list_mismatch``, ``list_untrusted``.
        """
        pin = self._pin(number)
        _check_fingerprint(data, pin.snapshot)
        try:
            bitmap = _open_snapshot(data, pin.size, status_uri(self.keys.issuer, number), self.keys)
        except (MalformedError, JwsError) as error:
            raise TrustError("list_untrusted", str(error)) from error
        snapshot = Snapshot(pin.size, bitmap, data, pin.snapshot)
        return replace(self, snapshots=MappingProxyType({**self.snapshots, number: snapshot}))

    def with_delta(self, number: int, data: bytes) -> TrustBundle:
        """T4 for the delta of shard ``number``, whose snapshot is there.

        Raises:
            TrustError: ``list_mismatch``, ``list_untrusted``.
        """
        pin = self._pin(number)
        shard = _lay_over(self.snapshots[number], data, pin)
        return replace(self, shards=MappingProxyType({**self.shards, number: shard}))

    def _pin(self, number: int) -> ShardPin:
        pin = self.manifest.shards.get(number)
        if pin is None:
            raise TrustError("list_mismatch", f"the manifest names no shard {number}")
        return pin

    def _carrying(self, held: TrustBundle) -> TrustBundle:
        pins = self.manifest.shards
        snapshots = {
            number: snapshot
            for number, snapshot in held.snapshots.items()
            if number in pins and (pins[number].snapshot, pins[number].size) == (snapshot.sha256, snapshot.size)
        }
        shards = {
            number: shard
            for number, shard in held.shards.items()
            if number in snapshots and pins[number].delta == shard.sha256
        }
        return replace(self, snapshots=MappingProxyType(snapshots), shards=MappingProxyType(shards))


def _check_keys_version(keys: KeySet, seen: TrustState) -> None:
    if keys.version < seen.keys_version:
        raise TrustError("keys_rollback", f"key set {keys.version} is older than {seen.keys_version}")


def _check_keys_expiry(keys: KeySet, now: int) -> None:
    if keys.expires_at <= now:
        raise TrustError("keys_expired", f"key set {keys.version} expired at {keys.expires_at}")


def _check_manifest_version(manifest: Manifest, seen: TrustState, held: TrustBundle | None) -> None:
    if manifest.version < seen.manifest_version:
        raise TrustError("manifest_rollback", f"manifest {manifest.version} is older than {seen.manifest_version}")
    if held and manifest.version == held.manifest.version and manifest.data != held.manifest.data:
        raise TrustError("manifest_rollback", f"manifest {manifest.version} says something else than before")


def _check_fingerprint(data: bytes, pinned: str) -> None:
    if fingerprint(data) != pinned:
        raise TrustError("list_mismatch", "the bytes are not the ones that the manifest names")


def _open_snapshot(data: bytes, size: int, uri: str, keys: KeySet) -> bytes:
    payload = keys.open(data, "snapshot", SNAPSHOT_TYPE)
    if payload.get("sub") != uri:
        raise MalformedError("'sub' is another list")
    return unpack_bitmap(strict_json.nested(payload, "status_list"), size)


def _lay_over(snapshot: Snapshot, delta: bytes, pin: ShardPin) -> Shard:
    _check_fingerprint(delta, pin.delta)
    if len(delta) != pin.length or len(delta) > MAX_BYTES["delta"]:
        raise TrustError("list_mismatch", "the delta has another length")
    try:
        changes = parse_delta(delta, snapshot.size)
    except MalformedError as error:
        raise TrustError("list_untrusted", str(error)) from error
    return Shard(snapshot, delta, pin.delta, changes)
