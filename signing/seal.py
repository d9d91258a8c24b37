"""Claims that only one sector can read: single-shot HPKE in base mode (RFC 9180 §6.1; docs/token-format.md §1.5).

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. The same sealing wraps a sector's private key for a verifier, under another ``info``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from signing.claims import MAX_SEALED_BLOCKS, SEALED_BLOCK, SEALED_OVERHEAD
from signing.errors import SealError
from signing.keyset import SealKey
from signing.sealing_keys import SealingKey

INSURANCES = range(4)
"""Kinds of insurance: 0 none, 1 employees', 2 residents', 3 other."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_KID_BYTES = 4
_CLAIMS_INFO = b"ecard sealed claims 1\0"
_ARRAY_OF_THREE = 0x83


@dataclass(frozen=True, slots=True)
class SealedClaims:
    """What a sector may read of the holder. ``insurance`` is one of `INSURANCES`."""

    name: str
    document_number: str
    insurance: int


def seal_claims(claims: SealedClaims, key: SealKey | SealingKey, scene: str) -> bytes:
    """The attribute ``sealed`` of a code for ``scene``: ``claims``, for whoever has the private key of ``key``.

    Raises:
        SealError: ``sealed_too_long`` – name and number leave no room; ``sealed_malformed`` – no kind of insurance.
    """
    if claims.insurance not in INSURANCES:
        raise SealError("sealed_malformed", f"{claims.insurance} is no kind of insurance")
    plaintext = _write(claims)
    if len(plaintext) > MAX_SEALED_BLOCKS * SEALED_BLOCK:
        raise SealError("sealed_too_long", f"{len(plaintext)} bytes of claims")
    return seal_bytes(plaintext, key.public if isinstance(key, SealKey) else key, _claims_info(scene))


def open_sealed(sealed: bytes, private_keys: Mapping[str, X25519PrivateKey], scene: str) -> SealedClaims:
    """The claims in the attribute ``sealed`` of a code for ``scene``; ``private_keys`` are the sector's, by ``kid``.

    Raises:
        SealError: ``sealed_malformed``, ``sealed_key_missing``, ``sealed_unreadable``.
    """
    plaintext = open_bytes(sealed, private_keys, _claims_info(scene))
    claims = _read(plaintext)
    if claims is None or claims.insurance not in INSURANCES or _write(claims) != plaintext:
        raise SealError("sealed_malformed", "not the one writing of three claims")
    return claims


def seal_bytes(plaintext: bytes, key: SealingKey, info: bytes) -> bytes:
    """``plaintext`` for whoever has the private key of ``key``: ``kid ‖ enc ‖ ciphertext``. ``info`` says what it is for."""
    return bytes.fromhex(key.kid) + _SUITE.encrypt(plaintext, key.key, info=info)


def open_bytes(sealed: bytes, private_keys: Mapping[str, X25519PrivateKey], info: bytes) -> bytes:
    """What `seal_bytes` was given; ``private_keys`` by ``kid``.

    Raises:
        SealError: ``sealed_malformed``, ``sealed_key_missing``, ``sealed_unreadable``.
    """
    if len(sealed) < SEALED_OVERHEAD:
        raise SealError("sealed_malformed", f"shorter than {SEALED_OVERHEAD} bytes")
    kid = sealed[:_KID_BYTES].hex()
    key = private_keys.get(kid)
    if key is None:
        raise SealError("sealed_key_missing", f"sealed to the key {kid}")
    try:
        return _SUITE.decrypt(sealed[_KID_BYTES:], key, info=info)
    except InvalidTag as error:
        raise SealError("sealed_unreadable", "not sealed to this key for this purpose, or changed since") from error


def _claims_info(scene: str) -> bytes:
    return _CLAIMS_INFO + scene.encode("utf-8")


def _write(claims: SealedClaims) -> bytes:
    """The plaintext: padded, so that its length says little about a name."""
    written = cbor2.dumps([claims.name, claims.document_number, claims.insurance])
    return written + bytes(-len(written) % SEALED_BLOCK)


def _read(plaintext: bytes) -> SealedClaims | None:
    """The claims in ``plaintext``, which may still not be how they are written; None where it holds none."""
    try:
        if plaintext[0] != _ARRAY_OF_THREE:
            return None
        name, at = _read_text(plaintext, 1)
        document_number, at = _read_text(plaintext, at)
        return SealedClaims(name, document_number, plaintext[at])
    except (IndexError, UnicodeDecodeError):
        return None


def _read_text(data: bytes, at: int) -> tuple[str, int]:
    """A text of up to 255 bytes, and where it ends. Whatever else stands there reads as a text that is written otherwise."""
    length, start = (data[at + 1], at + 2) if data[at] == 0x78 else (data[at] & 0x1F, at + 1)
    return data[start : start + length].decode("utf-8"), start + length
