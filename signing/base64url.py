"""base64url without padding (RFC 4648 §5), where every string of bytes has exactly one spelling."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from signing.errors import MalformedError


def encode(data: bytes) -> str:
    """The one spelling of ``data``."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes behind ``text``.

    Raises:
        MalformedError: padding, a foreign character, or unused bits that are not zero.
    """
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError) as error:
        raise MalformedError("not base64url") from error
    # The library skips foreign characters and unused bits; writing the bytes again shows whether it had to.
    if encode(data) != text:
        raise MalformedError("not the one base64url spelling of its bytes")
    return data
