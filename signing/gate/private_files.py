"""Files of the gate that nobody but its owner reads: written whole or not at all, and not trusted where others could have read them."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

MAX_BYTES = 64 * 1024

_OWNER_ONLY = 0o600
_OTHERS = 0o077


class IdentityError(Exception):
    """The gate's keys or its identity cannot be used; the message says what to do."""


def write_private(path: Path, data: bytes) -> None:
    """Writes a file that nobody but its owner reads, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_private(path: Path) -> bytes | None:
    """What is in a file that only its owner reads; None where there is none.

    Raises:
        IdentityError: others can read it.
    """
    try:
        with path.open("rb") as file:
            if os.name != "nt" and os.fstat(file.fileno()).st_mode & _OTHERS:
                raise IdentityError(f"{path} can be read by others: chmod 600 it, and enrol again if they may have")
            return file.read(MAX_BYTES)
    except FileNotFoundError:
        return None


def write_key(path: Path, key: PrivateKeyTypes) -> None:
    """Keeps a private key as PKCS #8."""
    form = serialization.PrivateFormat.PKCS8
    write_private(path, key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))


def read_key(path: Path) -> PrivateKeyTypes | None:
    """The private key in a file; None where there is none.

    Raises:
        IdentityError: not a key, or a file that others can read.
    """
    data = read_private(path)
    if data is None:
        return None
    try:
        return serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise IdentityError(f"{path} is no key: remove it and enrol the gate again") from error
