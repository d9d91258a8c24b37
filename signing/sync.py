"""Fetches trust material and keeps it: what a gate or a hospital runs every minute (docs/token-format.md §2, §3).

Nothing that arrives is believed for where it came from: `signing.trust` judges the bytes. What is known by its hash already is
not fetched again, of a list that grew only the new changes are, and the folder changes in one step or not at all.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from signing import trust_folder
from signing.documents import MAX_BYTES, fingerprint
from signing.errors import SyncError, TrustError
from signing.fetching import Fetched, Fetcher, Wanted
from signing.manifest import Manifest
from signing.root import RootFile
from signing.statuslist import CHANGE_BYTES, Shard
from signing.trust import TrustBundle
from signing.trust_state import NOTHING_SEEN, TrustState

TIMEOUT = 10.0
"""How long a server may stay silent, in seconds; the whole may take six times that."""
MAX_TOTAL = 32 * 1024 * 1024
"""The most bytes that one synchronization downloads."""

_ETAG_FILE = "manifest.etag"
_ATTEMPTS = 3
_PUBLISHED_MEANWHILE = ("keys_mismatch", "list_mismatch")
_MANIFEST = Wanted("/trust/manifest", "application/jose", MAX_BYTES["manifest"])
_KEYS = Wanted("/trust/keys", "application/jose+json", MAX_BYTES["keys"])


@dataclass(frozen=True, slots=True)
class Synced:
    """What came of a synchronization. ``downloaded``: bytes; ``changed``: whether there was anything new."""

    bundle: TrustBundle
    downloaded: int
    changed: bool


def sync(
    from_url: str,
    root: RootFile,
    trust_dir: str | Path,
    *,
    now: int | None = None,
    timeout: float = TIMEOUT,
    max_bytes: int = MAX_TOTAL,
) -> Synced:
    """Brings the trust folder ``trust_dir`` up to what ``from_url`` publishes. Call it again whenever freshness is due.

    Args:
        from_url: the server's address, ``http`` or ``https``, to which ``/trust/…`` is added.
        root: the issuer's root file, from out of band.
        trust_dir: the folder, made where it is missing. One synchronization at a time.
        now: seconds since 1970; the system's clock where it is not given.
        timeout: how long the server may stay silent, in seconds; the whole may take six times that.
        max_bytes: the most that is downloaded.

    Returns:
        The bundle that the folder now holds.

    Raises:
        SyncError: nothing could be fetched or written; the folder holds what it held.
        TrustError: what was fetched was refused; the folder holds what it held.
    """
    folder = Path(trust_dir)
    held, state = _open(folder, root)
    fetcher = Fetcher(from_url, timeout=timeout, max_bytes=max_bytes)
    source = _Source(fetcher, root, held, state, int(time.time()) if now is None else now)
    fetched = _fetch(source, _known_etag(folder, held))
    if fetched is None:
        raise SyncError("unexpected", "the server calls a manifest unchanged that is not here")
    bundle, etag = fetched
    if bundle is not held:
        _save(folder, bundle, etag)
    return Synced(bundle, fetcher.downloaded, changed=bundle is not held)


@dataclass(frozen=True, slots=True)
class _Source:
    """What is published, seen by someone who holds something already."""

    fetcher: Fetcher
    root: RootFile
    held: TrustBundle | None
    state: TrustState
    now: int

    def manifest(self, etag: str | None) -> Fetched | None:
        return self.fetcher.get(_MANIFEST) if etag is None else self.fetcher.get_unless(_MANIFEST, etag)

    def complete(self, manifest: bytes) -> TrustBundle:
        """The bundle of ``manifest``, with whatever has to be fetched for it."""
        keys = self._keys(Manifest.parse_unverified(manifest).keys_sha256)
        bundle = TrustBundle.accept(
            self.root, keys=keys, manifest=manifest, state=self.state, held=self.held, now=self.now
        )
        for number in bundle.missing_lists():
            bundle = self._with_changes(bundle, number) or bundle.with_list(number, self._list(number))
        return bundle

    def _keys(self, sha256: str) -> bytes:
        if self.held and self.held.keys.sha256 == sha256:
            return self.held.keys.data
        return self.fetcher.get(_KEYS).body

    def _with_changes(self, bundle: TrustBundle, number: int) -> TrustBundle | None:
        """The list by the changes since the one that is held; None where there is none, or where the whole is the shorter or safer way."""
        older = self.held.shards.get(number) if self.held else None
        first = older.changes if older else 0
        count = bundle.manifest.shards[number].changes - first
        if older is None or not _is_worth(count, older):
            return None
        wanted = Wanted(f"/trust/status/{number}/changes", "application/octet-stream", MAX_BYTES["changes"])
        try:
            changes = self.fetcher.get_range(wanted, CHANGE_BYTES * first, CHANGE_BYTES * (first + count) - 1)
            return bundle.with_changes(number, older, changes)
        except SyncError as error:
            if error.code not in {"unexpected", "too_large"}:
                raise
        except TrustError as error:
            if error.code != "list_mismatch":
                raise
        return None

    def _list(self, number: int) -> bytes:
        wanted = Wanted(f"/trust/status/{number}/list", "application/octet-stream", MAX_BYTES["list"])
        return self.fetcher.get(wanted).body


def _is_worth(count: int, older: Shard) -> bool:
    """Whether ``count`` changes are no more bytes than the list, to which each adds one at least."""
    return 0 < count <= len(older.data)


def _open(folder: Path, root: RootFile) -> tuple[TrustBundle | None, TrustState]:
    """What the folder holds; where that cannot be used, at least what it has seen."""
    try:
        held = TrustBundle.load(folder)
    except TrustError:
        state = trust_folder.read_state(folder)
        return None, TrustState.parse(state) if state else NOTHING_SEEN
    if held.root.data != root.data:
        raise TrustError("root_differs", f"{folder} trusts another root file; give this one a folder of its own")
    return held, held.state


def _fetch(source: _Source, etag: str | None) -> tuple[TrustBundle, str | None] | None:
    """The bundle published now: anew, when something newer was published between two of the requests."""
    for attempt in range(1, _ATTEMPTS + 1):
        manifest = source.manifest(etag)
        if manifest is None:
            return (source.held, etag) if source.held else None
        try:
            return source.complete(manifest.body), manifest.etag
        except TrustError as error:
            if error.code not in _PUBLISHED_MEANWHILE or attempt == _ATTEMPTS:
                raise
    return None


def _save(folder: Path, bundle: TrustBundle, etag: str | None) -> None:
    try:
        bundle.save(folder)
        (folder / _ETAG_FILE).write_text(f"{fingerprint(bundle.manifest.data)} {etag or ''}", encoding="utf-8")
    except OSError as error:
        raise SyncError("unwritable", f"{error.filename or folder}: {error.strerror or error}") from error


def _known_etag(folder: Path, held: TrustBundle | None) -> str | None:
    """The entity tag of the manifest that is held; None where nothing whole is held, or the tag is of another one."""
    if held is None or held.missing_lists():
        return None
    try:
        sha256, _, etag = (folder / _ETAG_FILE).read_text(encoding="utf-8").partition(" ")
    except (OSError, ValueError):
        return None
    return etag if etag and sha256 == fingerprint(held.manifest.data) else None
