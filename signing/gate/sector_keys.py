"""A sector's private key as a gate has it: unwrapped from what the issuer sent, and as a file (docs/token-format.md §1.5)."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from signing import base64url, strict_json
from signing.errors import MalformedError
from signing.gate.encryption_key import EncryptionKey
from signing.gate.private_files import read_private, write_private
from signing.sealing_keys import PUBLIC_BYTES, sealing_kid, to_sealing_jwk

KEPT_AFTER_END = 8 * 86_400
"""Seconds after a key's end: a credential sealed in its last second lives for a week, and clocks differ."""

_INFO = b"ecard sector key 1\0"
_PREFIX, _SUFFIX = "sector-key-", ".json"


@dataclass(frozen=True, slots=True)
class SectorKey:
    """Opens what was sealed to it, for codes of ``scene``. Something is sealed to it until ``expires_at``, seconds since 1970."""

    kid: str
    scene: str
    expires_at: int
    private: X25519PrivateKey = field(repr=False, compare=False)

    def is_of_use(self, now: int) -> bool:
        """Whether something that was sealed to it can still be shown at ``now``."""
        return now < self.expires_at + KEPT_AFTER_END

    def save(self, folder: Path) -> None:
        """Keeps it in ``folder`` as a JSON Web Key (RFC 8037) that only its owner reads."""
        point = to_sealing_jwk(self.private.public_key())
        d = base64url.encode(self.private.private_bytes_raw())
        members = {**point, "d": d, "scene": self.scene, "exp": self.expires_at}
        write_private(path_of(folder, self.kid), strict_json.write(members))

    @classmethod
    def load(cls, path: Path) -> SectorKey:
        """The key in a file.

        Raises:
            IdentityError: others can read the file.
            MalformedError: it holds no such key.
        """
        members = strict_json.parse_object(read_private(path) or b"")
        raw = base64url.decode(strict_json.text(members, "d"))
        kid, scene = strict_json.text(members, "kid"), strict_json.text(members, "scene")
        return cls(kid, scene, strict_json.integer(members, "exp"), _named(raw, kid))

    @classmethod
    def unwrap(cls, item: strict_json.Object, own: EncryptionKey, verifier_id: str) -> SectorKey:
        """The key in one entry of the issuer's answer to the gate ``verifier_id``.

        Raises:
            SealError: wrapped to another key, or for another gate.
            MalformedError: not such an entry, or a key that is not what it is called.
        """
        kid, wrapped = strict_json.text(item, "kid"), base64url.decode(strict_json.text(item, "wrapped"))
        raw = own.unwrap(wrapped, _INFO + verifier_id.encode())
        return cls(kid, strict_json.text(item, "scene"), _time(item, "expires_at"), _named(raw, kid))


def path_of(folder: Path, kid: str) -> Path:
    """Where the key ``kid`` is kept."""
    return folder / f"{_PREFIX}{kid}{_SUFFIX}"


def files_in(folder: Path) -> list[Path]:
    """The files of all keys in ``folder``."""
    return sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}"))


def remove_all_but(folder: Path, kids: Container[str]) -> None:
    """Removes the files of all other keys than ``kids``, and what a power cut left of one.

    Raises:
        OSError: one cannot be removed.
    """
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}*"):
        if path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX) not in kids:
            path.unlink(missing_ok=True)


def _named(raw: bytes, kid: str) -> X25519PrivateKey:
    if len(raw) != PUBLIC_BYTES:
        raise MalformedError("not an X25519 key")
    key = X25519PrivateKey.from_private_bytes(raw)
    if sealing_kid(key.public_key()) != kid:  # so that a name of a file is eight hex digits, too
        raise MalformedError("'kid' is not the key's thumbprint")
    return key


def _time(item: strict_json.Object, name: str) -> int:
    try:
        return int(datetime.fromisoformat(strict_json.text(item, name)).timestamp())
    except (ValueError, OverflowError) as error:
        raise MalformedError(f"'{name}' is not a time") from error
