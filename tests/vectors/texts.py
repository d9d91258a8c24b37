"""Step 1: what a scanner may do to a text, and what it may not."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors.city import CODE, a_code, a_device_code, a_jwt
from tests.vectors.vector import Vector

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_BLANKS = "\t\n\v\f\r \u00a0\u3000\ufeff"


def vectors() -> Iterator[Vector]:
    yield from _forgiven(a_code())
    yield from _not_forgiven(a_code())
    yield from _lengths(a_code())
    yield from _writings(a_code())
    yield from _compact_writings(a_jwt())
    yield from _device_writings(a_device_code())


def _forgiven(code: str) -> Iterator[Vector]:
    yield Vector("genuine-digits", code, "ok")
    yield Vector("full-width-digits", code.translate(_FULL_WIDTH), "ok")
    yield Vector("full-width-marker-only", code[:3].translate(_FULL_WIDTH) + code[3:], "ok")
    yield Vector("ends-with-carriage-return-and-line-feed", code + "\r\n", "ok")
    yield Vector("ends-with-tab", code + "\t", "ok")
    yield Vector("every-kind-of-blank-inside", _BLANKS.join(code[at : at + 40] for at in range(0, len(code), 40)), "ok")
    yield Vector("byte-order-mark-before", "\ufeff" + code, "ok")


def _not_forgiven(code: str) -> Iterator[Vector]:
    yield Vector("zero-width-space-inside", code[:9] + "\u200b" + code[9:], "not_a_code")
    yield Vector("em-space-inside", code[:9] + "\u2003" + code[9:], "not_a_code")
    yield Vector("arabic-digits", code.translate(_ARABIC), "not_a_code")
    yield Vector("superscript-digit", code[:-1] + "²", "not_a_code")
    yield Vector("minus-sign", code[:3] + "-" + code[3:], "not_a_code")
    yield Vector("underscore-between-digits", code[:9] + "_" + code[9:], "not_a_code")
    yield Vector("comma-between-digits", code[:9] + "," + code[9:], "not_a_code")
    yield Vector("nul-at-the-end", code + "\0", "not_a_code")
    yield Vector("letters-after-the-code", code + "abc", "not_a_code")


def _lengths(code: str) -> Iterator[Vector]:
    yield Vector("4096-characters-that-fold-to-a-code", code + " " * (4096 - len(code)), "ok")
    yield Vector("4097-characters-that-fold-to-a-code", code + " " * (4097 - len(code)), "too_long")
    yield Vector("1200-digits", "351" + "7" * 1197, "malformed")
    yield Vector("1201-digits", "351" + "7" * 1198, "too_long")
    yield Vector("4097-letters", "x" * 4097, "too_long")


def _writings(code: str) -> Iterator[Vector]:
    yield Vector("empty", "", "not_a_code")
    yield Vector("blanks-only", " \r\n", "not_a_code")
    yield Vector("marker-only", "35", "not_a_code")
    yield Vector("another-marker", "36" + code[2:], "not_a_code")
    yield Vector("web-address", "https://ecard.guangzhou.example/code", "not_a_code")
    yield Vector("number-of-a-plastic-card", "A12345678", "not_a_code")
    yield Vector("no-number", "351", "malformed")
    yield Vector("format-three", "353" + code[3:], "unsupported_format")
    yield Vector("format-zero", "350" + code[3:], "unsupported_format")
    yield Vector("format-nine-without-number", "359", "unsupported_format")


def _device_writings(code: str) -> Iterator[Vector]:
    yield Vector("device-full-width-digits", code.translate(_FULL_WIDTH), "ok")
    yield Vector("device-ends-with-carriage-return", code + "\r", "ok")
    yield Vector("device-full-width-format-digit", "35２" + code[3:], "ok")
    yield Vector("device-broken-into-lines", "\n".join(code[at : at + 64] for at in range(0, len(code), 64)), "ok")
    yield Vector("device-with-a-letter-after-it", code + "x", "not_a_code")
    yield Vector("device-of-1200-digits", "352" + "7" * 1197, "malformed")
    yield Vector("device-of-1201-digits", "352" + "7" * 1198, "too_long")
    yield Vector("challenge-is-no-code", "35C123456", "not_a_code")


def _compact_writings(token: str) -> Iterator[Vector]:
    header, payload, signature = token.split(".")
    yield Vector("genuine-jwt", token, "ok")
    yield Vector("jwt-broken-into-lines", "\n".join(token[at : at + 64] for at in range(0, len(token), 64)), "ok")
    yield Vector("jwt-padded", f"{header}.{payload}.{signature}==", "not_a_code")
    yield Vector("jwt-in-base64", f"{header}.{payload}.{signature[:-2]}+/", "not_a_code")
    yield Vector("jwt-without-signature", f"{header}.{payload}.", "not_a_code")
    yield Vector("jwt-without-last-part", f"{header}.{payload}", "not_a_code")
    yield Vector("jwt-with-a-fourth-part", f"{token}.{signature}", "not_a_code")
    yield Vector("jwt-with-a-scheme", f"Bearer:{token}", "not_a_code")
    yield Vector("no-trust", a_code(), "no_trust", trust=None)
    yield Vector("no-trust-and-no-code", CODE.kid, "no_trust", trust=None)
