"""Private keys and secrets at rest: one sealed file each, opened by a passphrase that never stands beside them in production.

A sealed file is AES-256-GCM under a key that scrypt (RFC 7914) derives from the passphrase; the file's name is the additional data, so
that no two can be swapped. Each process opens only what it needs: the web process the code keys, the worker the list and sector keys, a
root key nobody but the key ceremony (``ecard keys``).

A key of the issuer is named by purpose and ``kid`` (``code-a1b2c3d4.sealed``). ``code.sealed`` and ``list.sealed``, which the first
release made, are read where the key set names their key.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from signing import P256Signer, generate_key
from signing.sealing_keys import sealing_kid

_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 1 << 15, 8, 1
_PrivateKey = EllipticCurvePrivateKey | X25519PrivateKey


class KeyStoreError(Exception):
    """A key cannot be had; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The symmetric secrets of the service, 32 bytes each."""

    data: bytes
    blind_index: bytes
    status_index: bytes
    pseudonym: bytes
    audit: bytes
    session: bytes


_SEAL = "seal"


def issuer_key_name(purpose: str, kid: str) -> str:
    """The name of an issuer key's sealed file."""
    return f"{purpose}-{kid}"


class KeyStore:
    """Sealed files ``<name>.sealed`` in one folder."""

    def __init__(self, folder: Path, passphrase_file: Path) -> None:
        self._folder = folder
        self._passphrase_file = passphrase_file

    @property
    def folder(self) -> Path:
        """Where the sealed files and the public ones (``root.json``, ``keys.json``) stand."""
        return self._folder

    def create_passphrase(self) -> None:
        """Make folder and passphrase file (mode 0600) unless they exist."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._passphrase_file.exists():
            with suppress(FileExistsError):
                _write_private(self._passphrase_file, (secrets.token_urlsafe(32) + "\n").encode())

    @property
    def passphrase_file(self) -> Path:
        """What opens them."""
        return self._passphrase_file

    def has(self, name: str) -> bool:
        """Whether a sealed file of that name exists."""
        return self._path(name).exists()

    def names(self, prefix: str = "") -> list[str]:
        """The names of all sealed files that begin so, in order."""
        return sorted(path.stem for path in self._folder.glob(f"{prefix}*.sealed"))

    def create_signer(self, name: str) -> P256Signer:
        """Make and seal a new P-256 key.

        Raises:
            KeyStoreError: one of that name exists already.
        """
        key = generate_key()
        self._seal_key(name, key)
        return P256Signer(key)

    def create_issuer_signer(self, purpose: str) -> P256Signer:
        """Make and seal a new P-256 key of the issuer, named by ``purpose`` and its ``kid``."""
        signer = P256Signer(key := generate_key())
        self._seal_key(issuer_key_name(purpose, signer.kid), key)
        return signer

    def create_sector_key(self) -> X25519PrivateKey:
        """Make and seal a new X25519 key, to which claims are sealed (token format, 1.5)."""
        key = X25519PrivateKey.generate()
        self._seal_key(issuer_key_name(_SEAL, sealing_kid(key.public_key())), key)
        return key

    def signer(self, name: str) -> P256Signer:
        """Open a sealed signing key.

        Raises:
            KeyStoreError: missing, damaged, or sealed under another passphrase.
        """
        key = load_der_private_key(self._open(name), None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise KeyStoreError(f"{self._path(name)} holds no elliptic-curve key")
        return P256Signer(key)

    def issuer_signer(self, purpose: str, kid: str) -> P256Signer:
        """Open the issuer's key ``kid``, also where it has its name of the first release.

        Raises:
            KeyStoreError: as for `signer`, or the file holds another key than its name says.
        """
        name = issuer_key_name(purpose, kid)
        if not self.has(name) and self.has(purpose):
            old = self.signer(purpose)
            if old.kid == kid:
                return old
        signer = self.signer(name)
        if signer.kid != kid:
            raise KeyStoreError(f"{self._path(name)} holds the key {signer.kid}; restore it from its backup")
        return signer

    def sector_key(self, kid: str) -> X25519PrivateKey:
        """Open the sector key ``kid``.

        Raises:
            KeyStoreError: as for `issuer_signer`.
        """
        path = self._path(issuer_key_name(_SEAL, kid))
        key = load_der_private_key(self._open(issuer_key_name(_SEAL, kid)), None)
        if not isinstance(key, X25519PrivateKey) or sealing_kid(key.public_key()) != kid:
            raise KeyStoreError(f"{path} holds another key than its name says; restore it from its backup")
        return key

    def discard(self, name: str) -> None:
        """Delete the sealed file of a key that no key set has ever named."""
        self._path(name).unlink(missing_ok=True)

    def create_secrets(self) -> Secrets:
        """Make and seal the symmetric secrets."""
        made = Secrets(**{field: secrets.token_bytes(32) for field in Secrets.__slots__})
        self._seal("secrets", json.dumps({field: getattr(made, field).hex() for field in Secrets.__slots__}).encode())
        return made

    def secrets(self) -> Secrets:
        """Open the symmetric secrets.

        Raises:
            KeyStoreError: as for `signer`.
        """
        content = json.loads(self._open("secrets"))
        return Secrets(**{field: bytes.fromhex(content[field]) for field in Secrets.__slots__})

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.sealed"

    def _seal_key(self, name: str, key: _PrivateKey) -> None:
        self._seal(name, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))

    def _seal(self, name: str, plain: bytes) -> None:
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
        sealed = AESGCM(self._derive(salt)).encrypt(nonce, plain, name.encode())
        content = {"kdf": "scrypt", "salt": b64encode(salt).decode(), "nonce": b64encode(nonce).decode()}
        try:
            _write_private(self._path(name), json.dumps(content | {"sealed": b64encode(sealed).decode()}).encode())
        except FileExistsError as error:
            raise KeyStoreError(f"{self._path(name)} exists already; a key is never overwritten") from error

    def _open(self, name: str) -> bytes:
        path = self._path(name)
        try:
            content = json.loads(path.read_bytes())
            salt, nonce, sealed = (b64decode(content[part]) for part in ("salt", "nonce", "sealed"))
        except FileNotFoundError as error:
            raise KeyStoreError(
                f"no key file {path}; make the keys with `ecard keys init`, or copy it from where they were made"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise KeyStoreError(f"{path} is damaged; restore it from its backup") from error
        try:
            return AESGCM(self._derive(salt)).decrypt(nonce, sealed, name.encode())
        except InvalidTag as error:
            raise KeyStoreError(f"{path} does not open with the passphrase in {self._passphrase_file}") from error

    def _derive(self, salt: bytes) -> bytes:
        return Scrypt(salt=salt, length=32, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P).derive(self._passphrase())

    def _passphrase(self) -> bytes:
        try:
            mode = self._passphrase_file.stat().st_mode & 0o777
            if mode & 0o077:
                raise KeyStoreError(
                    f"{self._passphrase_file} can be read by others (mode {mode:o}); run chmod 600 on it"
                )
            phrase = self._passphrase_file.read_bytes().strip()
        except FileNotFoundError as error:
            raise KeyStoreError(
                f"no passphrase file {self._passphrase_file}; name it in ECARD_PASSPHRASE_FILE"
            ) from error
        if not phrase:
            raise KeyStoreError(f"{self._passphrase_file} is empty; an empty passphrase protects nothing")
        return phrase


def _write_private(path: Path, content: bytes) -> None:
    """Write a new file of mode 0600 whole or not at all; one that is there, even since a moment ago, stays.

    Raises:
        FileExistsError: another process made it first.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)  # of a process of our number that was killed here
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        _place(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _place(beside: Path, path: Path) -> None:
    """Give a file its name, unless another has it."""
    try:
        os.link(beside, path)  # a rename would put ours in its place
    except PermissionError:  # a stick with a FAT file system has no links, and no second process either
        if path.exists():
            raise FileExistsError(path) from None
        beside.rename(path)


def write_whole(path: Path, content: bytes) -> None:
    """Put a public file in its place in one step: a reader, or a power cut, finds the old one or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
