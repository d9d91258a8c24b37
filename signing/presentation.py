"""The device code: what a phone signs, with the time, around its credential (docs/token-format.md §1.4).

A COSE_Sign1 whose protected header holds the credential as ``kcwt`` (RFC 9528 §3.5.3), so that the phone's signature covers both, read
with a grammar of one form as in `signing.cose`.
"""

from __future__ import annotations

import re

import cbor2

from signing import cose
from signing.claims import UnverifiedCode, UnverifiedPresentation
from signing.errors import ClaimsError, CodeError
from signing.strict_json import MAX_INTEGER

MAX_CHALLENGE = MAX_INTEGER
NONCE_BYTES = 8
MAX_CREDENTIAL_BYTES = 400
"""Of a longer credential a device code that answers a challenge would have more digits than a reader takes."""

_IAT, _NONCE = 6, 10
_KCWT_HEADER = b"\xa2\x01\x26\x0d"  # {1: -7, 13: …
_HEAD = re.compile(
    rb"""
    \xd2 \x84                                               # 18([
    %(BYTES_OF)b \xa2 \x01 %(INT)b \x0d                     #   protected: {1: algorithm, 13:
    """
    % cose.FORMS,
    re.DOTALL | re.VERBOSE,
)
_REST = re.compile(
    rb"""
    \xa0                                                    #   unprotected: {},
    ( [\x43-\x55] (?: \xa1 \x06 %(UINT)b                    #   payload: {6: iat}, or
        | \xa2 \x06 %(UINT)b \x0a \x48 (\x00[\x00-\x1f].{6}) ) )  #   {6: iat, 10: nonce},
    \x58\x40 (.{64})                                        #   signature
    """
    % cose.FORMS,
    re.DOTALL | re.VERBOSE,
)


def decode(token: bytes) -> UnverifiedPresentation:
    """Reads what the phone has added, believing nothing in it and not looking into the credential (step 2).

    Raises:
        CodeError: ``malformed`` – anything but the one way of writing this.
    """
    start = _HEAD.match(token)
    if start is None:
        raise CodeError("malformed")
    head, algorithm = start.groups()
    end = start.end(1) + _length(head)
    rest = _REST.fullmatch(token, end)
    if rest is None or end < start.end():
        raise CodeError("malformed")
    payload, alone, with_nonce, nonce, signature = rest.groups()
    if payload[0] != 0x3F + len(payload):
        raise CodeError("malformed")
    return UnverifiedPresentation(
        cose.ALGORITHM_NAMES.get(algorithm, cose.ANOTHER_ALGORITHM),
        cose.signing_input(token[start.start(1) : end], payload),
        signature,
        cose.integer(alone or with_nonce),
        None if nonce is None else int.from_bytes(nonce, "big"),
        token[start.end() : end],
    )


def decode_credential(credential: bytes) -> UnverifiedCode:
    """Reads a credential, believing nothing in it (step 2).

    Raises:
        CodeError: ``malformed`` – a server code too: it names no key of a phone.
    """
    code = cose.decode(credential)
    if code.holder is None:
        raise CodeError("malformed")
    return code


def protected_header(credential: bytes) -> bytes:
    """The protected header of ES256 and ``credential``, with its CBOR head.

    Raises:
        ClaimsError: not a credential.
    """
    try:
        decode_credential(credential)
    except CodeError as error:
        raise ClaimsError("not a credential") from error
    return cose.byte_string(_KCWT_HEADER + credential)


def encode_payload(issued_at: int, challenge: int | None) -> bytes:
    """The payload of a presentation made at ``issued_at`` (seconds since 1970) that answers ``challenge``, if there is one.

    Raises:
        ClaimsError: a time or a challenge outside 0 … 2^53 − 1.
    """
    if not 0 <= issued_at <= MAX_INTEGER:
        raise ClaimsError("a time is a number of seconds since 1970")
    if challenge is None:
        return cbor2.dumps({_IAT: issued_at})
    if not 0 <= challenge <= MAX_CHALLENGE:
        raise ClaimsError("a challenge is a number from 0 to 2^53 − 1")
    return cbor2.dumps({_IAT: issued_at, _NONCE: challenge.to_bytes(NONCE_BYTES, "big")})


def _length(head: bytes) -> int:
    return int.from_bytes(head[1:], "big") if len(head) > 1 else head[0] - 0x40
