"""Compact JSON Web Signatures (RFC 7515), verified against one JSON Web Key.

PyJWT brings the algorithms. What it lets pass is checked here: the algorithm comes from the key, never from the token; ``use`` and
``key_ops`` bind; base64url has one spelling; no header member stands twice; nothing marked critical is understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jwt
from jwt.algorithms import Algorithm

from signing import base64url, strict_json
from signing.errors import MalformedError, SigningError

_CURVE_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_OTHER_ALGORITHMS = {
    "RSA": {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
    "oct": {"HS256", "HS384", "HS512"},
}
_LIBRARY = jwt.PyJWS()


class JwsError(SigningError):
    """A signature, or the key it should be verified with, was refused."""


class Compact(NamedTuple):
    """A compact JWS taken apart, nothing in it verified."""

    header: strict_json.Object
    payload: bytes
    signature: bytes
    signing_input: bytes


@dataclass(frozen=True, slots=True)
class JwsKey:
    """A key and the one algorithm that it verifies."""

    algorithm: str
    kid: str | None
    material: Any
    primitive: Algorithm

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> JwsKey:
        """The key of a JWK (RFC 7517), public or symmetric.

        Raises:
            JwsError: not for verifying signatures, of no known algorithm, or not a key at all.
        """
        _check_use(jwk)
        name = _algorithm_of(jwk)
        primitive = _LIBRARY.get_algorithm_by_name(name)
        try:
            material = primitive.prepare_key(primitive.from_jwk(dict(jwk)))
        except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
            raise JwsError("not a usable key") from error
        return cls(name, jwk.get("kid"), material, primitive)


def parse_compact(text: str) -> Compact:
    """Takes a compact JWS apart.

    Raises:
        MalformedError: not three parts of strict base64url, or a header that is not strict JSON.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise MalformedError("a compact JWS has three parts")
    header, payload, signature = map(base64url.decode, parts)
    return Compact(strict_json.parse_object(header), payload, signature, text.rpartition(".")[0].encode("ascii"))


def verify(token: Compact, key: JwsKey) -> None:
    """Verifies the signature of ``token``.

    Raises:
        JwsError: another algorithm or key id than the key's, a critical header, or a signature that does not hold.
    """
    if token.header.get("alg") != key.algorithm:
        raise JwsError("the algorithm is not the key's")
    if "crit" in token.header:
        raise JwsError("a critical header that is not understood")
    if key.kid is not None and token.header.get("kid", key.kid) != key.kid:
        raise JwsError("the key id is not the key's")
    if not key.primitive.verify(token.signing_input, key.material, token.signature):
        raise JwsError("the signature does not hold")


def verify_compact(text: str, jwk: Mapping[str, Any]) -> bytes:
    """The payload of a compact JWS whose signature the key ``jwk`` verifies.

    Raises:
        MalformedError: not a compact JWS.
        JwsError: the key is not for this, or the signature does not hold.
    """
    key = JwsKey.from_jwk(jwk)
    token = parse_compact(text)
    verify(token, key)
    return token.payload


def _check_use(jwk: Mapping[str, Any]) -> None:
    if jwk.get("use", "sig") != "sig":
        raise JwsError("a key for another use")
    if "verify" not in jwk.get("key_ops", ("verify",)):
        raise JwsError("a key for other operations")


def _algorithm_of(jwk: Mapping[str, Any]) -> str:
    """The algorithm that the key's type allows. A curve allows one, whatever unregistered name ``alg`` gives it."""
    kind, name = jwk.get("kty"), jwk.get("alg")
    if kind == "EC" and jwk.get("crv") in _CURVE_ALGORITHMS:
        by_curve = _CURVE_ALGORITHMS[jwk["crv"]]
        if name not in (by_curve, None) and name in _CURVE_ALGORITHMS.values():
            raise JwsError("an algorithm of another curve")
        return by_curve
    if isinstance(kind, str) and isinstance(name, str) and name in _OTHER_ALGORITHMS.get(kind, ()):
        return name
    raise JwsError("no known algorithm for this key")
