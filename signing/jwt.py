"""The JWT writing of a code (RFC 7519; docs/token-format.md §1.3), for interfaces that take a token rather than a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from signing import base64url, strict_json
from signing.claims import TOKEN_ID_BYTES, Claims, UnverifiedCode, Value
from signing.errors import CodeError, MalformedError
from signing.jws import Compact, parse_compact
from signing.keys import SIGNATURE_BYTES
from signing.statuslist import shard_of, status_uri

TYPE = "ecard+jwt"

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KID = re.compile(r"[0-9a-f]{8}")
_HEADER = frozenset({"alg", "kid", "typ"})
_CLAIMS = frozenset({"iss", "iat", "exp", "jti", "scene", "status"})


def decode(text: str) -> UnverifiedCode:
    """Reads the folded ``text``, believing nothing in it (step 2).

    Raises:
        CodeError: ``not_a_code`` – not even the outline of a compact JWS; ``malformed``.
    """
    if not _COMPACT.fullmatch(text):
        raise CodeError("not_a_code")
    try:
        token = parse_compact(text)
        return _read(token, strict_json.parse_object(token.payload))
    except MalformedError as error:
        raise CodeError("malformed") from error


def payload_members(claims: Claims, issuer: str) -> dict[str, object]:
    """The members of a code that says ``claims`` in the name of ``issuer`` (an address without a slash at its end)."""
    uri = status_uri(issuer, shard_of(claims.expires_at))
    members: dict[str, object] = {
        "iss": issuer,
        "iat": claims.issued_at,
        "exp": claims.expires_at,
        "jti": base64url.encode(claims.token_id),
        "scene": claims.scene.name,
        "status": {"status_list": {"idx": claims.index, "uri": uri}},
    }
    return members | {name: _to_json(claims.attributes[name]) for name in claims.scene.attributes}


def attribute_values(names: Sequence[str], written: Mapping[str, object]) -> list[object]:
    """The values of the attributes ``names`` as a CWT would hold them; none at all where others are written, or not in base64url."""
    if written.keys() != set(names):
        return []
    try:
        return [_from_json(written[name]) for name in names]
    except MalformedError:
        return []


def _read(token: Compact, claims: strict_json.Object) -> UnverifiedCode:
    algorithm, kid = _read_header(token.header)
    index, uri = _read_status(claims)
    token_id = base64url.decode(strict_json.text(claims, "jti"))
    if len(token_id) != TOKEN_ID_BYTES:
        raise MalformedError("'jti' has another length")
    if len(token.signature) != SIGNATURE_BYTES:
        raise MalformedError("the signature has another length")
    return UnverifiedCode(
        kid=kid,
        algorithm=algorithm,
        signing_input=token.signing_input,
        signature=token.signature,
        scene=strict_json.text(claims, "scene"),
        index=index,
        token_id=token_id,
        issued_at=strict_json.integer(claims, "iat"),
        expires_at=strict_json.integer(claims, "exp"),
        attributes={name: value for name, value in claims.items() if name not in _CLAIMS},
        issuer=strict_json.text(claims, "iss"),
        status_uri=uri,
    )


def _read_header(header: strict_json.Object) -> tuple[str, str]:
    strict_json.check_members(header, _HEADER)
    algorithm, kid = strict_json.text(header, "alg"), strict_json.text(header, "kid")
    if header["typ"] != TYPE or not _KID.fullmatch(kid):
        raise MalformedError("not the header of a code")
    return algorithm, kid


def _read_status(claims: strict_json.Object) -> tuple[int, str]:
    status = strict_json.nested(claims, "status")
    strict_json.check_members(status, ("status_list",))
    entry = strict_json.nested(status, "status_list")
    strict_json.check_members(entry, ("idx", "uri"))
    return strict_json.integer(entry, "idx"), strict_json.text(entry, "uri")


def _to_json(value: Value) -> int | str:
    return value if isinstance(value, int) else base64url.encode(value)


def _from_json(value: object) -> object:
    return base64url.decode(value) if isinstance(value, str) else value
