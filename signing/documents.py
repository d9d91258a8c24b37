"""What all trust material has in common: a bounded size, a fingerprint, and a protected header of three members."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TypeVar

from signing import base64url, strict_json
from signing.errors import MalformedError
from signing.keys import ALGORITHM

Signer = TypeVar("Signer")

MAX_BYTES = {"root": 2**16, "keys": 2**20, "manifest": 2**18, "list": 2**22, "changes": 2**24, "state": 2**16}
"""The most bytes of each kind of document that are looked at. A list: four million cards, every tenth of the largest city."""

_HEADER = ("alg", "kid", "typ")


def fingerprint(data: bytes) -> str:
    """The ``sha256`` by which trust material is pinned: base64url of the SHA-256 of the bytes served."""
    return base64url.encode(hashlib.sha256(data).digest())


def as_text(data: bytes, kind: str) -> str:
    """The document ``data`` of a ``kind`` of `MAX_BYTES`, as text.

    Raises:
        MalformedError: too large, or not ASCII.
    """
    check_size(data, kind)
    if not data.isascii():
        raise MalformedError("not ASCII")
    return data.decode("ascii")


def check_size(data: bytes, kind: str) -> None:
    """Refuses a document that is larger than any honest one of its ``kind``.

    Raises:
        MalformedError: more than `MAX_BYTES`.
    """
    if len(data) > MAX_BYTES[kind]:
        raise MalformedError(f"a {kind} document of {len(data)} bytes is too large")


def find_signer(signers: Mapping[str, Signer], header: strict_json.Object, typ: str) -> Signer | None:
    """The one of ``signers``, by ``kid``, that a header names; None where it names none or is not one of ``typ``."""
    kid = header.get("kid")
    if header.keys() != set(_HEADER) or header["typ"] != typ or header["alg"] != ALGORITHM or not isinstance(kid, str):
        return None
    return signers.get(kid)
