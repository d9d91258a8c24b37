"""The key ceremony: root, code and list keys, and the key set that the root signs (token format, 2.1 and 2.2)."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ecard.domain.scenes import SCENES
from ecard.keystore import KeyStore, KeyStoreError
from ecard.services.publish import KeySetDocument
from signing import P256Signer, RootFile, Scene, describe_key, describe_key_set, sign_key_set, write_root
from signing.keyset import KeySet

_KEY_LIFETIME = timedelta(days=365)
_SET_LIFETIME = timedelta(days=365)
ROOT_FILE, KEY_SET_FILE = "root.json", "keys.json"


def init_keys(store: KeyStore, issuer: str, now: datetime) -> bool:
    """Make whatever keys are missing; True if the key set was made now. An interrupted first start is finished by the next.

    Where a key set is, nothing is made: a key that it does not name would sign codes that nobody accepts, and the root key is away.

    Raises:
        KeyStoreError: the folder of a single process, or another passphrase than the keys there were sealed under.
    """
    if (store.folder / KEY_SET_FILE).exists():
        return False
    if (store.folder / ROOT_FILE).exists() and not store.has("root"):
        raise KeyStoreError(
            f"{store.folder / ROOT_FILE} names a root key that is not here; make no second one beside it"
        )
    store.create_passphrase()
    if not store.has("secrets"):
        store.create_secrets()
    root, code, listing = (_signer(store, name) for name in ("root", "code", "list"))
    _write(store.folder / ROOT_FILE, write_root(issuer, [root.public_key]))
    _write(store.folder / KEY_SET_FILE, _first_key_set(issuer, root, code, listing, now))
    return True


def published_key_set(folder: Path) -> KeySetDocument:
    """The key set that is to be published, checked against the root file.

    Raises:
        KeyStoreError: one of the two files is missing.
        TrustError: the key set is not what the root signed.
    """
    body, keys = _accepted(folder)
    return KeySetDocument(body, keys.version)


def _accepted(folder: Path) -> tuple[bytes, KeySet]:
    try:
        body, root = ((folder / name).read_bytes() for name in (KEY_SET_FILE, ROOT_FILE))
    except FileNotFoundError as error:
        raise KeyStoreError(f"no key file {error.filename}; make the keys with `ecard keys init`") from error
    return body, KeySet.accept(body, RootFile.parse(root))


def _signer(store: KeyStore, name: str) -> P256Signer:
    return store.signer(name) if store.has(name) else store.create_signer(name)


def _first_key_set(issuer: str, root: P256Signer, code: P256Signer, listing: P256Signer, now: datetime) -> bytes:
    start, end = int(now.timestamp()) - 3600, int((now + _KEY_LIFETIME).timestamp())
    payload = describe_key_set(
        issuer=issuer,
        version=1,
        issued_at=int(now.timestamp()),
        expires_at=int((now + _SET_LIFETIME).timestamp()),
        keys=[
            describe_key(code.public_key, "code", not_before=start, expires_at=end),
            describe_key(listing.public_key, "list", not_before=start, expires_at=end),
        ],
        scenes=[Scene(rule.id, rule.name, rule.attributes) for rule in SCENES.values()],
    )
    return sign_key_set(payload, [root])


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)


def describe_published_keys(folder: Path) -> dict[str, object]:
    """Version, expiry and keys of the published key set.

    Raises:
        KeyStoreError: one of the two files is missing.
        TrustError: the key set is not what the root signed.
    """
    _body, keys = _accepted(folder)
    return {
        "issuer": keys.issuer,
        "version": keys.version,
        "expires": _utc(keys.expires_at),
        "keys": [
            {"kid": kid, "purpose": key.purpose, "not_before": _utc(key.not_before), "expires": _utc(key.expires_at)}
            for kid, key in {**keys.code_keys, **keys.list_keys}.items()
        ],
    }


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
