"""Bytes that only the holder of one X25519 key can read: single-shot HPKE in base mode (RFC 9180 §6.1)."""

from __future__ import annotations

from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from signing.sealing_keys import SealingKey

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def seal_bytes(plaintext: bytes, key: SealingKey, info: bytes) -> bytes:
    """``plaintext`` for whoever has the private key of ``key``: ``kid ‖ enc ‖ ciphertext``. ``info`` says what it is for."""
    return bytes.fromhex(key.kid) + _SUITE.encrypt(plaintext, key.key, info=info)
