"""The CWT writing of a code: a COSE_Sign1 (RFC 8392, RFC 9052) in deterministic CBOR (RFC 8949 §4.2.1).

A code has one layout, so it is read with a grammar that knows nothing but the shortest form of what a code may hold. Whatever it
takes would be written with the very same bytes again, and no general CBOR decoder ever meets a stranger's input.
"""

from __future__ import annotations

import re
from functools import lru_cache

import cbor2

from signing.claims import Claims, UnverifiedCode, Value
from signing.errors import CodeError
from signing.keys import SIGNATURE_BYTES
from signing.strict_json import MAX_INTEGER

ALGORITHM_NAMES = {b"\x26": "ES256"}
"""JOSE's name of each algorithm that a code key can have, by its COSE number as it is written: −7."""

_ALGORITHM, _KID = 1, 4  # header parameters
_EXP, _IAT, _CTI, _CARD = 4, 6, 7, -65537  # claims

# An item's first byte is its major type and a number up to 23, or 24–27 for a number in the next 1, 2, 4 or 8 bytes, which
# must be needed. Integers end at 2^53 − 1.
_FORMS = {
    b"UINT": rb"([\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)..|\x1a(?!\x00\x00)....|\x1b(?!\x00{4})\x00[\x00-\x1f].{6})",
    b"INT": rb"([\x00-\x17\x20-\x37]|[\x18\x38][\x18-\xff]|[\x19\x39](?!\x00)..|[\x1a\x3a](?!\x00\x00)....)",
    b"BYTES_OF": rb"([\x40-\x57]|\x58[\x18-\xff]|\x59(?!\x00)..)",
}
_BEGINNING = re.compile(
    rb"""
    \xd2 \x84                                               # 18([
    ( [\x49-\x4d] \xa2 \x01 %(INT)b \x04 \x44(.{4}) )       #   protected: {1: algorithm, 4: kid},
    \xa0                                                    #   unprotected: {},
    %(BYTES_OF)b \xa4                                       #   payload: {
        \x04 %(UINT)b                                       #     exp,
        \x06 %(UINT)b                                       #     iat,
        \x07 \x48 (.{8})                                    #     cti,
        \x3a\x00\x01\x00\x00 ([\x82-\x97])                  #     -65537: [ 2 to 23 items
    """
    % _FORMS,
    re.DOTALL | re.VERBOSE,
)
_WIDE = {
    24: (1, 24),
    25: (2, 1 << 8),
    26: (4, 1 << 16),
    27: (8, 1 << 32),
}  # bytes that follow, and what they must reach
_SIGNATURE_HEAD = b"\x58\x40"
_SIGNATURE_ITEM_BYTES = len(_SIGNATURE_HEAD) + SIGNATURE_BYTES
_CONTEXT = b"\x84\x6aSignature1"
_NO_EXTERNAL_DATA = b"\x40"


def decode(token: bytes) -> UnverifiedCode:
    """Reads ``token``, believing nothing in it (step 2).

    Raises:
        CodeError: ``malformed`` – anything but the one way of writing exactly the claims that a code has.
    """
    matched = _BEGINNING.match(token)
    if matched is None:
        raise CodeError("malformed")
    protected, algorithm, kid, head, exp, iat, cti, count = matched.groups()
    end = len(token) - _SIGNATURE_ITEM_BYTES
    payload = token[matched.start(4) : end]
    # The grammar takes these three lengths as they come.
    if protected[0] != 0x3F + len(protected) or head != _head(len(payload) - len(head)):
        raise CodeError("malformed")
    if token[end : end + 2] != _SIGNATURE_HEAD:
        raise CodeError("malformed")
    scene, index, *attributes = _read_items(token, matched.end(), end, count[0] - 0x80)
    if type(scene) is not int or type(index) is not int:
        raise CodeError("malformed")
    return UnverifiedCode(
        kid.hex(),
        ALGORITHM_NAMES.get(algorithm, "another"),
        signing_input(protected, payload),
        token[-SIGNATURE_BYTES:],
        scene,
        index,
        cti,
        _integer(iat),
        _integer(exp),
        attributes,
    )


def encode(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """The token of a protected header and a payload with their CBOR heads, and a ``signature`` of 64 bytes ``r‖s``."""
    return b"".join((b"\xd2\x84", protected, b"\xa0", payload, b"\x58\x40", signature))


def encode_payload(claims: Claims) -> bytes:
    """The payload of a code that says ``claims``; its keys stand in the order of RFC 8949 §4.2.1."""
    scene = claims.scene
    card = [scene.id, claims.index, *[claims.attributes[name] for name in scene.attributes]]
    return cbor2.dumps({_EXP: claims.expires_at, _IAT: claims.issued_at, _CTI: claims.token_id, _CARD: card})


@lru_cache(maxsize=64)
def protected_header(kid: str) -> bytes:
    """The protected header of ES256 and ``kid`` (8 hex digits), with the CBOR head under which it stands in the token."""
    return byte_string(cbor2.dumps({_ALGORITHM: -7, _KID: bytes.fromhex(kid)}))


def signing_input(protected: bytes, payload: bytes, external: bytes = _NO_EXTERNAL_DATA) -> bytes:
    """``Sig_structure`` of RFC 9052 §4.4 over three byte strings with their CBOR heads; a code has no external data."""
    return b"".join((_CONTEXT, protected, external, payload))


def byte_string(data: bytes) -> bytes:
    """``data``, up to 65,535 bytes, with its CBOR head."""
    return _head(len(data)) + data


def _read_items(data: bytes, at: int, end: int, count: int) -> list[Value]:
    """The unsigned integers and byte strings, ``count`` of them, that fill ``data`` from ``at`` to ``end``."""
    items: list[Value] = []
    while at < end:
        first = data[at]
        argument, at = first & 0x1F, at + 1
        if argument >= 24:
            width, least = _WIDE.get(argument, (0, 1))
            argument, at = int.from_bytes(data[at : at + width], "big"), at + width
            if not least <= argument <= MAX_INTEGER:
                raise CodeError("malformed")
        if first < 0x20:
            items.append(argument)
        elif 0x40 <= first < 0x60:
            items.append(data[at : at + argument])
            at += argument
        else:
            raise CodeError("malformed")
    if at != end or len(items) != count:
        raise CodeError("malformed")
    return items


@lru_cache(maxsize=512)
def _head(length: int) -> bytes:
    if length < 24:
        return bytes((0x40 + length,))
    if length < 0x100:
        return bytes((0x58, length))
    return b"\x59" + length.to_bytes(2, "big")


def _integer(item: bytes) -> int:
    return int.from_bytes(item[1:], "big") if len(item) > 1 else item[0]
