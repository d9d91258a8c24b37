"""Texts near genuine ones: bits, bytes, CBOR heads, digits, characters and whole parts changed, by a seeded chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from signing import CodeError, digits
from tests.fuzz.tokens import Tokens
from tests.vectors import city

_FULL_WIDTH = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}
_BLANKS = (" ", "\t", "\r\n", "\u3000", "\ufeff", "\u00a0", "\u200b", ",", "-", "٣", "3", "0", "35", "352", "=", ".")
_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def write(token: bytes, form: str) -> str:
    """The digits of any bytes under the format digit ``form``."""
    return f"35{form}{int.from_bytes(token, 'big')}"


class Mutations:
    """An endless stream of hostile texts; the same ``seed`` gives the same stream."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)  # noqa: S311 - to be repeated, not to be unguessable
        self._tokens = Tokens(self._chance)

    def next(self) -> tuple[str, bool]:
        """The next text, and whether a verifier may accept it: signed as it is, or altered only as the format forgives."""
        kind = self._chance.random()
        if kind < 0.2:
            return self._characters_changed(city.a_jwt())
        form, token = self._token()
        if kind < 0.5:
            return write(token, form), not self._tokens.is_bent
        if kind < 0.85:
            return self._bytes_changed(form, token)
        text, is_same = self._characters_changed(write(token, form))
        return text, is_same and not self._tokens.is_bent

    def _token(self) -> tuple[str, bytes]:
        kind = self._chance.random()
        if kind < 0.4:
            return "1", self._tokens.server_code()
        if kind < 0.5:
            return "1", self._tokens.credential()
        return "2", self._tokens.device_code()

    def _bytes_changed(self, form: str, token: bytes) -> tuple[str, bool]:
        """Of two signatures (r, s) and (r, n − s) over one message both hold, and no other with this r."""
        changed = token
        for _ in range(self._chance.choice((1, 1, 1, 2, 3))):
            changed = self._chance.choice(_BYTE_CHANGES)(self._chance, changed)
        is_same = changed[:-32] == token[:-32] and not self._tokens.is_bent
        written_as = form if self._chance.random() < 0.9 else self._chance.choice("0123")
        return write(changed, written_as), is_same and written_as == form

    def _characters_changed(self, text: str) -> tuple[str, bool]:
        changed = text
        for _ in range(self._chance.choice((1, 1, 2))):
            changed = self._chance.choice(_TEXT_CHANGES)(self._chance, changed)
        return changed, _folds_to(changed, text)


def _folds_to(changed: str, text: str) -> bool:
    try:
        return digits.fold(changed) == text
    except CodeError:
        return False


def _place(chance: Random, whole: Sequence[object]) -> int:
    return chance.randrange(len(whole)) if whole else 0


def _bit(chance: Random, token: bytes) -> bytes:
    at = _place(chance, token)
    return token[:at] + bytes((token[at] ^ 1 << chance.randrange(8),)) + token[at + 1 :] if token else b"\0"


def _byte(chance: Random, token: bytes) -> bytes:
    at = _place(chance, token)
    return token[:at] + chance.randbytes(1) + token[at + 1 :]


def _cut(chance: Random, token: bytes) -> bytes:
    return token[: _place(chance, token)]


def _inserted(chance: Random, token: bytes) -> bytes:
    at = _place(chance, token)
    return token[:at] + chance.randbytes(chance.choice((1, 1, 2, 4, 9))) + token[at:]


def _removed(chance: Random, token: bytes) -> bytes:
    at = _place(chance, token)
    return token[:at] + token[at + chance.choice((1, 1, 2, 4, 9)) :]


def _doubled(chance: Random, token: bytes) -> bytes:
    at, length = _place(chance, token), chance.choice((1, 5, 9, 40))
    return token[: at + length] + token[at:]


def _longer_head(chance: Random, token: bytes) -> bytes:
    """The same CBOR item with a longer head than it needs (RFC 8949 §4.2.1 forbids it)."""
    places = [at for at, byte in enumerate(token) if byte & 0x1F < 24]
    if not places:
        return token
    at = chance.choice(places)
    major, argument = token[at] & 0xE0, token[at] & 0x1F
    width = chance.choice((1, 2, 4, 8))
    head = bytes((major | 24 + (width.bit_length() - 1),)) + argument.to_bytes(width, "big")
    return token[:at] + head + token[at + 1 :]


def _indefinite(chance: Random, token: bytes) -> bytes:
    """An item of indefinite length, with its break at the end."""
    places = [at for at, byte in enumerate(token) if byte >> 5 in {2, 3, 4, 5}]
    if not places:
        return token
    at = chance.choice(places)
    return token[:at] + bytes((token[at] & 0xE0 | 31,)) + token[at + 1 :] + b"\xff"


def _zeroed(chance: Random, token: bytes) -> bytes:
    return token[:-64] + bytes(64) if chance.random() < 0.5 else token[:-64] + b"\xff" * 64


def _signature_negated(_chance: Random, token: bytes) -> bytes:
    """The other signature over the same message: (r, n − s) holds wherever (r, s) does."""
    s = city.GROUP_ORDER - int.from_bytes(token[-32:], "big") % city.GROUP_ORDER
    return token[:-32] + s.to_bytes(32, "big")


def _appended(chance: Random, token: bytes) -> bytes:
    return token + chance.randbytes(chance.choice((1, 2, 64, 200)))


_BYTE_CHANGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _bit,
    _bit,
    _byte,
    _cut,
    _inserted,
    _removed,
    _doubled,
    _longer_head,
    _longer_head,
    _indefinite,
    _zeroed,
    _signature_negated,
    _appended,
)


def _other_character(chance: Random, text: str) -> str:
    at = _place(chance, text)
    return text[:at] + chance.choice(_BASE64URL) + text[at + 1 :]


def _stray(chance: Random, text: str) -> str:
    at = _place(chance, text)
    return text[:at] + chance.choice(_BLANKS) + text[at:]


def _full_width(chance: Random, text: str) -> str:
    start = _place(chance, text)
    return text[:start] + text[start : start + 20].translate(_FULL_WIDTH) + text[start + 20 :]


def _shortened(chance: Random, text: str) -> str:
    at = _place(chance, text)
    return text[:at] + text[at + chance.choice((1, 1, 3, 30)) :]


def _twice(_chance: Random, text: str) -> str:
    return text + text


def _part_swapped(chance: Random, text: str) -> str:
    parts = text.split(".")
    chance.shuffle(parts)
    return ".".join(parts)


_TEXT_CHANGES: tuple[Callable[[Random, str], str], ...] = (
    _other_character,
    _other_character,
    _stray,
    _full_width,
    _shortened,
    _twice,
    _part_swapped,
)
