"""Personal data at rest (Art. 16): sealed with AES-256-GCM, found again through keyed blind indexes.

A sealed field is ``version ‖ nonce ‖ ciphertext``; what it belongs to is the additional data, so that a value cannot be moved to another
row. A blind index is a keyed hash of the normal form: equality can be asked, nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE = 12


@dataclass(frozen=True, slots=True)
class PersonalDetails:
    """What the register knows of a person and only an authorised purpose may see."""

    name: str
    document_kind: str
    document_number: str
    phone: str
    address: str = ""


class Vault:
    """Seals and opens personal fields. ``data_key`` and ``index_key`` have 32 bytes."""

    def __init__(self, data_key: bytes, index_key: bytes) -> None:
        self._cipher = AESGCM(data_key)
        self._index_key = index_key

    def seal(self, plain: bytes, owner: str) -> bytes:
        """Seal bytes that belong to ``owner``, e.g. ``person:17``."""
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """Open what `seal` made.

        Raises:
            cryptography.exceptions.InvalidTag: changed, cut off, moved from another owner, or sealed under another key.
        """
        if sealed[:1] != _VERSION or len(sealed) <= len(_VERSION) + _NONCE:
            raise InvalidTag
        return self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], owner.encode())

    def seal_details(self, details: PersonalDetails, owner: str) -> bytes:
        """Seal a person's details."""
        return self.seal(json.dumps(asdict(details), ensure_ascii=False).encode(), owner)

    def open_details(self, sealed: bytes, owner: str) -> PersonalDetails:
        """Open a person's details."""
        return PersonalDetails(**json.loads(self.open(sealed, owner)))

    def blind_index(self, kind: str, normal_form: str) -> bytes:
        """16 bytes by which a value of that kind (``document``, ``phone``) is found."""
        return hmac.digest(self._index_key, f"{kind}\0{normal_form}".encode(), hashlib.sha256)[:16]
