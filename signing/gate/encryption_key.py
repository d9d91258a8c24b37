"""The gate's X25519 key, to which the issuer wraps the keys of the gate's sector (docs/token-format.md §1.5)."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from signing.gate.private_files import IdentityError, read_key, write_key
from signing.seal import open_bytes
from signing.sealing_keys import sealing_kid, to_sealing_jwk

FILE = "gate-encryption-key.pem"


class EncryptionKey:
    """What is wrapped to the gate is opened with it."""

    def __init__(self, key: X25519PrivateKey) -> None:
        self._key = key
        self.kid = sealing_kid(key.public_key())

    @classmethod
    def open_or_make(cls, folder: Path) -> EncryptionKey:
        """The key in ``folder``, made where there is none.

        Raises:
            IdentityError: not such a key, or a file that others can read.
            OSError: the folder cannot be written.
        """
        key = cls.load(folder)
        if key is not None:
            return key
        made = X25519PrivateKey.generate()
        write_key(folder / FILE, made)
        return cls(made)

    @classmethod
    def load(cls, folder: Path) -> EncryptionKey | None:
        """The key in ``folder``; None where there is none.

        Raises:
            IdentityError: not such a key, or a file that others can read.
        """
        key = read_key(folder / FILE)
        if key is None:
            return None
        if not isinstance(key, X25519PrivateKey):
            raise IdentityError(f"{folder / FILE} is no X25519 key: remove it, the gate makes another")
        return cls(key)

    def public_jwk(self) -> dict[str, str]:
        """The public key as the issuer is sent it."""
        return {name: value for name, value in to_sealing_jwk(self._key.public_key()).items() if name != "kid"}

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        """What was sealed to this key for the purpose ``info``.

        Raises:
            SealError: ``sealed_malformed``, ``sealed_key_missing`` (wrapped to another key), ``sealed_unreadable``.
        """
        return open_bytes(wrapped, {self.kid: self._key}, info)
