"""Fetches trust material and keeps it: what a gate or a hospital runs every minute (docs/token-format.md §2, §3).

Nothing that arrives is believed for where it came from: `signing.trust` judges the bytes. What is known by its hash already is
not fetched again, and the folder changes in one step or not at all.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from signing import trust_folder
from signing.documents import MAX_BYTES, fingerprint
from signing.errors import SyncError, TrustError
from signing.fetching import Fetched, Fetcher
from signing.manifest import Manifest
from signing.root import RootFile
from signing.trust import NOTHING_SEEN, TrustBundle, TrustState

TIMEOUT = 10.0
"""How long a server may stay silent, in seconds; the whole may take six times that."""
MAX_TOTAL = 32 * 1024 * 1024
"""The most bytes that one synchronization downloads."""

_ETAG_FILE = "manifest.etag"
_ATTEMPTS = 3
_PUBLISHED_MEANWHILE = ("keys_mismatch", "list_mismatch")


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
        return self.fetcher.get("/trust/manifest", media_type="application/jose", most=MAX_BYTES["manifest"], etag=etag)

    def complete(self, manifest: bytes) -> TrustBundle:
        """The bundle of ``manifest``, with whatever has to be fetched for it."""
        keys = self._keys(Manifest.parse_unverified(manifest).keys_sha256)
        bundle = TrustBundle.accept(
            self.root, keys=keys, manifest=manifest, state=self.state, held=self.held, now=self.now
        )
        for number in bundle.missing_snapshots():
            bundle = bundle.with_snapshot(number, self._snapshot(number, bundle.manifest.shards[number].snapshot))
        for number in bundle.missing_deltas():
            bundle = bundle.with_delta(number, self._delta(number, bundle.manifest.shards[number].length))
        return bundle

    def _keys(self, sha256: str) -> bytes:
        if self.held and self.held.keys.sha256 == sha256:
            return self.held.keys.data
        return self._body("/trust/keys", "application/jose+json", MAX_BYTES["keys"])

    def _snapshot(self, number: int, sha256: str) -> bytes:
        known = self.held.snapshots.get(number) if self.held else None
        if known and known.sha256 == sha256:
            return known.data
        return self._body(f"/trust/status/{number}", "application/statuslist+jwt", MAX_BYTES["snapshot"])

    def _delta(self, number: int, length: int) -> bytes:
        if length == 0:
            return b""
        delta = self._body(f"/trust/status/{number}/delta", "application/octet-stream", MAX_BYTES["delta"])
        return delta[:length]  # it may have grown since the manifest was fetched, but only at its end

    def _body(self, path: str, media_type: str, most: int) -> bytes:
        fetched = self.fetcher.get(path, media_type=media_type, most=most)
        if fetched is None:
            raise SyncError("unexpected", f"{path} answered as if something were held")
        return fetched.body


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
    if held is None or held.missing_deltas():
        return None
    try:
        sha256, _, etag = (folder / _ETAG_FILE).read_text(encoding="utf-8").partition(" ")
    except (OSError, ValueError):
        return None
    return etag if etag and sha256 == fingerprint(held.manifest.data) else None
