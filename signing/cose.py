"""What an issuer signs, as a CWT: a COSE_Sign1 (RFC 8392, RFC 9052) in deterministic CBOR (RFC 8949 §4.2.1).

A server code and a credential have one layout each, so they are read with a grammar that knows nothing but the shortest form of what
they may hold. Whatever it takes would be written with the very same bytes again, and no general CBOR decoder ever meets a
stranger's input. `signing.presentation` reads what a phone puts around a credential.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from signing.claims import TOKEN_ID_BYTES, Claims, CredentialClaims, UnverifiedCode, Value
from signing.errors import CodeError
from signing.keys import COORDINATE_BYTES, SIGNATURE_BYTES
from signing.strict_json import MAX_INTEGER

ALGORITHM_NAMES = {b"\x26": "ES256"}
"""JOSE's name of each algorithm that a key can have, by its COSE number as it is written: −7."""
ANOTHER_ALGORITHM = "another"
ES256 = -7

_ALGORITHM, _KID = 1, 4  # header parameters
_EXP, _IAT, _CTI, _CNF, _CARD = 4, 6, 7, 8, -65537  # claims
_COSE_KEY = 1  # RFC 8747 §3.2
_KTY, _CRV, _X, _Y = 1, -1, -2, -3  # RFC 9053 §7.1.1
_EC2, _P256 = 2, 1

# An item's first byte is its major type and a number up to 23, or 24–27 for a number in the next 1, 2, 4 or 8 bytes, which
# must be needed. Integers end at 2^53 − 1.
FORMS: Mapping[bytes, bytes] = {
    b"UINT": rb"([\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)..|\x1a(?!\x00\x00)....|\x1b(?!\x00{4})\x00[\x00-\x1f].{6})",
    b"INT": rb"([\x00-\x17\x20-\x37]|[\x18\x38][\x18-\xff]|[\x19\x39](?!\x00)..|[\x1a\x3a](?!\x00\x00)....)",
    b"BYTES_OF": rb"([\x40-\x57]|\x58[\x18-\xff]|\x59(?!\x00)..)",
}
"""Grammars of an unsigned integer, an integer, and the head of a byte string; each is one group."""
_BEGINNING = re.compile(
    rb"""
    \xd2 \x84                                               # 18([
    ( [\x49-\x4d] \xa2 \x01 %(INT)b \x04 \x44(.{4}) )       #   protected: {1: algorithm, 4: kid},
    \xa0                                                    #   unprotected: {},
    %(BYTES_OF)b \xa4                                       #   payload: {
        \x04 %(UINT)b                                       #     exp,
        \x06 %(UINT)b                                       #     iat,
        (?: \x07 \x48 (.{8})                                #     cti, or
          | \x08 \xa1 \x01 \xa4 \x01\x02 \x20\x01           #     cnf: {1: {1: 2, -1: 1,
            \x21 \x58\x20 (.{32}) \x22 ([\xf4\xf5]) )       #       -2: x, -3: sign}},
        \x3a\x00\x01\x00\x00 ([\x82-\x97])                  #     -65537: [ 2 to 23 items:
            %(UINT)b %(UINT)b                               #       scene, index
    """
    % FORMS,
    re.DOTALL | re.VERBOSE,
)
_SEC1 = {b"\xf4": b"\x02", b"\xf5": b"\x03"}  # how a compressed point begins, by its sign
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
    """Reads a server code or a credential, believing nothing in it (step 2).

    Raises:
        CodeError: ``malformed`` – anything but the one way of writing exactly the claims that one of them has.
    """
    matched = _BEGINNING.match(token)
    if matched is None:
        raise CodeError("malformed")
    protected, algorithm, kid, head, exp, iat, cti, x, sign, count, scene, index = matched.groups()
    end = len(token) - _SIGNATURE_ITEM_BYTES
    payload = token[matched.start(4) : end]
    # The grammar takes these three lengths as they come.
    if protected[0] != 0x3F + len(protected) or head != _head(len(payload) - len(head)):
        raise CodeError("malformed")
    if token[end : end + 2] != _SIGNATURE_HEAD:
        raise CodeError("malformed")
    return UnverifiedCode(
        kid.hex(),
        ALGORITHM_NAMES.get(algorithm, ANOTHER_ALGORITHM),
        signing_input(protected, payload),
        token[-SIGNATURE_BYTES:],
        integer(scene),
        integer(index),
        cti or hashlib.sha256(payload[len(head) :]).digest()[:TOKEN_ID_BYTES],
        integer(iat),
        integer(exp),
        _read_items(token, matched.end(), end, count[0] - 0x82),
        holder=x and _SEC1[sign] + x,
    )


def encode(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """The token of a protected header and a payload with their CBOR heads, and a ``signature`` of 64 bytes ``r‖s``."""
    return b"".join((b"\xd2\x84", protected, b"\xa0", payload, b"\x58\x40", signature))


def encode_payload(claims: Claims) -> bytes:
    """The payload of a server code that says ``claims``; its keys stand in the order of RFC 8949 §4.2.1."""
    return cbor2.dumps(
        {_EXP: claims.expires_at, _IAT: claims.issued_at, _CTI: claims.token_id, _CARD: _card_claims(claims)}
    )


def encode_credential_payload(claims: CredentialClaims, holder: ec.EllipticCurvePublicKey) -> bytes:
    """The payload of a credential that says ``claims`` of whoever has the key ``holder`` (RFC 8747)."""
    numbers = holder.public_numbers()
    x = numbers.x.to_bytes(COORDINATE_BYTES, "big")
    key = {_KTY: _EC2, _CRV: _P256, _X: x, _Y: bool(numbers.y & 1)}
    return cbor2.dumps(
        {_EXP: claims.expires_at, _IAT: claims.issued_at, _CNF: {_COSE_KEY: key}, _CARD: _card_claims(claims)}
    )


@lru_cache(maxsize=64)
def protected_header(kid: str) -> bytes:
    """The protected header of ES256 and ``kid`` (8 hex digits), with the CBOR head under which it stands in the token."""
    return byte_string(cbor2.dumps({_ALGORITHM: ES256, _KID: bytes.fromhex(kid)}))


def signing_input(protected: bytes, payload: bytes, external: bytes = _NO_EXTERNAL_DATA) -> bytes:
    """``Sig_structure`` of RFC 9052 §4.4 over three byte strings with their CBOR heads; a code has no external data."""
    return b"".join((_CONTEXT, protected, external, payload))


def byte_string(data: bytes) -> bytes:
    """``data``, up to 65,535 bytes, with its CBOR head."""
    return _head(len(data)) + data


def integer(item: bytes) -> int:
    """The number that ``item``, which is a UINT of `FORMS`, writes."""
    return int.from_bytes(item[1:], "big") if len(item) > 1 else item[0]


def _card_claims(claims: Claims | CredentialClaims) -> list[Value]:
    scene = claims.scene
    return [scene.id, claims.index, *[claims.attributes[name] for name in scene.attributes]]


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


@lru_cache(maxsize=1024)
def _head(length: int) -> bytes:
    if length < 24:
        return bytes((0x40 + length,))
    if length < 0x100:
        return bytes((0x58, length))
    return b"\x59" + length.to_bytes(2, "big")
