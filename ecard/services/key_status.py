"""How the keys stand, and what wants doing: for people, for a monitor, and for whoever holds the next ceremony."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ecard.keystore import KeyStore, KeyStoreError, issuer_key_name
from ecard.services.ceremony import sector_uses
from ecard.services.key_drafts import Draft
from ecard.services.key_folder import KeyFolder
from ecard.services.key_plan import Use, all_keys, coming, current, seconds, use_of, utc
from ecard.services.keyset import missing_of_release
from ecard.services.root_keys import PREFIX, SIGNING_USES
from signing import RootFile
from signing.keyset import SEAL, IssuerKey, KeySet, SealKey

SOON = timedelta(days=30)
_ISSUER_PREFIXES = ("code", "list", "seal")


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key of the set. ``state``: coming, signing (of a sector key: sealing), retiring, ended, revoked."""

    kid: str
    use: Use
    not_before: int
    expires_at: int
    state: str
    revoked_at: int | None
    is_here: bool

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "kid": self.kid,
            "purpose": self.use.purpose,
            "scene": self.use.scene,
            "not_before": utc(self.not_before),
            "expires": utc(self.expires_at),
            "state": self.state,
            "revoked": None if self.revoked_at is None else utc(self.revoked_at),
            "private_key_here": self.is_here,
        }


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """All of it. ``keys`` is None before the first key set; ``others`` are sealed files that nothing names."""

    root: RootFile
    keys: KeySet | None
    lines: tuple[KeyLine, ...]
    draft: Draft | None
    root_keys_here: tuple[str, ...]
    others: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For ``--json``; times in RFC 3339."""
        return {
            "issuer": self.root.issuer,
            "root": {
                "threshold": self.root.threshold,
                "keys": list(self.root.keys),
                "private_keys_here": list(self.root_keys_here),
            },
            "version": self.keys.version if self.keys else None,
            "issued": utc(self.keys.issued_at) if self.keys else None,
            "expires": utc(self.keys.expires_at) if self.keys else None,
            "keys": [line.to_json() for line in self.lines],
            "draft": _draft_json(self.draft, self.root) if self.draft else None,
            "other_private_keys_here": list(self.others),
            "warnings": list(self.warnings),
        }


def key_status(store: KeyStore, now: datetime) -> KeyStatus:
    """Look at a key folder.

    Raises:
        KeyStoreError: no root file, or neither a key set nor a draft.
        TrustError: a file is not what the root signed.
    """
    folder = KeyFolder(store.folder)
    root, draft = folder.root(), folder.draft()
    keys = None if draft is not None and not folder.has_key_set else folder.key_set()
    lines = tuple(_line(store, key, keys, seconds(now)) for key in all_keys(keys)) if keys else ()
    warnings = [*(_about_set(keys, folder, now) if keys else ()), *(_about_draft(draft, root, keys) if draft else ())]
    return KeyStatus(
        root=root,
        keys=keys,
        lines=lines,
        draft=draft,
        root_keys_here=tuple(store.names(PREFIX)),
        others=tuple(_unnamed(store, keys, draft)),
        warnings=tuple(warnings),
    )


def state_of(key: IssuerKey | SealKey, keys: KeySet, at: int) -> str:
    """What a key does at ``at``."""
    if key.revoked_at is not None:
        return "revoked"
    if key.not_before > at:
        return "coming"
    if key.expires_at <= at:
        return "ended"
    if current(keys, use_of(key), at) != key:
        return "retiring"
    return "sealing" if isinstance(key, SealKey) else "signing"


def _line(store: KeyStore, key: IssuerKey | SealKey, keys: KeySet, at: int) -> KeyLine:
    return KeyLine(
        kid=key.public.kid,
        use=use_of(key),
        not_before=key.not_before,
        expires_at=key.expires_at,
        state=state_of(key, keys, at),
        revoked_at=key.revoked_at,
        is_here=_is_here(store, use_of(key).purpose, key.public.kid),
    )


def _is_here(store: KeyStore, purpose: str, kid: str) -> bool:
    """By name; the two names of the first release tell no ``kid``, so those files are opened."""
    if store.has(issuer_key_name(purpose, kid)):
        return True
    if purpose == SEAL or not store.has(purpose):
        return False
    try:
        return store.signer(purpose).kid == kid
    except KeyStoreError:
        return False


def _about_set(keys: KeySet, folder: KeyFolder, now: datetime) -> Iterable[str]:
    at, soon = seconds(now), seconds(now + SOON)
    if keys.expires_at <= at:
        yield f"the key set expired at {utc(keys.expires_at)}: verifiers answer `unknown`; run `ecard keys renew`"
    elif keys.expires_at <= soon:
        yield f"the key set expires at {utc(keys.expires_at)}; run `ecard keys renew`, or rotate a key"
    for use in (*SIGNING_USES, *sector_uses()):
        yield from _about_use(keys, use, at, soon)
    lacking = [what for what in missing_of_release(folder, now) if what.startswith("the scene")]
    if lacking:
        yield f"this release needs {', '.join(lacking)} in the key set; run `ecard keys renew`"


def _about_use(keys: KeySet, use: Use, at: int, soon: int) -> Iterable[str]:
    key, later = current(keys, use, at), coming(keys, use, at)
    flag = f"{use.purpose} --scene {use.scene}" if use.scene else use.purpose
    if key is None:
        yield f"no {use} key is in use; run `ecard keys new-issuer --purpose {flag}`"
    elif later and later[0].not_before > key.expires_at:
        yield f"{use} key {key.public.kid} ends at {utc(key.expires_at)}, before its successor begins at {utc(later[0].not_before)}"
    elif not later and key.expires_at <= soon:
        yield f"{use} key {key.public.kid} ends at {utc(key.expires_at)} and has no successor; run `ecard keys rotate {flag}`"


def _about_draft(draft: Draft, root: RootFile, keys: KeySet | None) -> Iterable[str]:
    signed = len(draft.signed_by(root))
    if keys is not None and keys.data == draft.document:
        return
    yield (
        f"a draft of version {draft.keys.version} has {signed} of {root.threshold} root signatures; "
        "run `ecard keys sign --with …`, or `ecard keys discard`"
    )


def _unnamed(store: KeyStore, keys: KeySet | None, draft: Draft | None) -> Iterable[str]:
    named = {
        issuer_key_name(use_of(key).purpose, key.public.kid)
        for one in (keys, draft.keys if draft else None)
        if one
        for key in all_keys(one)
    }
    for name in store.names():
        if name.partition("-")[0] in _ISSUER_PREFIXES and "-" in name and name not in named:
            yield name


def _draft_json(draft: Draft, root: RootFile) -> Mapping[str, Any]:
    return {
        "version": draft.keys.version,
        "expires": utc(draft.keys.expires_at),
        "fingerprint": draft.digest,
        "signed_by": sorted(draft.signed_by(root)),
        "needed": root.threshold,
    }
