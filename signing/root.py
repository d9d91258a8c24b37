"""The root file: the keys that vouch for key sets, handed over once, out of band (docs/token-format.md §2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from signing import base64url, jws, strict_json
from signing.documents import check_size, find_signer
from signing.errors import MalformedError, TrustError
from signing.keys import PublicKey, parse_jwk

MAX_SIGNATURES = 16
"""The most signatures of a key set that are looked at."""


@dataclass(frozen=True, slots=True)
class RootFile:
    """Root keys by ``kid``. ``threshold``: how many of them must sign a key set, at least 1; ``data``: the file's bytes."""

    issuer: str
    threshold: int
    keys: Mapping[str, PublicKey]
    data: bytes

    @classmethod
    def parse(cls, data: bytes) -> RootFile:
        """Reads a root file.

        Raises:
            TrustError: ``root_malformed``.
        """
        try:
            check_size(data, "root")
            members = strict_json.parse_object(data)
            keys = parse_keys(strict_json.array(members, "keys"))
            threshold = strict_json.integer(members, "threshold", least=1, most=len(keys))
            return cls(strict_json.text(members, "issuer"), threshold, MappingProxyType(keys), data)
        except MalformedError as error:
            raise TrustError("root_malformed", str(error)) from error

    def open(self, data: bytes, typ: str) -> strict_json.Object:
        """The payload of a JWS in general JSON serialization (RFC 7515 §7.2.1) that enough root keys have signed.

        Raises:
            MalformedError: not such a document.
            JwsError: fewer signatures that hold than ``threshold``.
        """
        members = strict_json.parse_object(data)
        strict_json.check_members(members, ("payload", "signatures"))
        payload, entries = strict_json.text(members, "payload"), strict_json.array(members, "signatures")
        if len(entries) > MAX_SIGNATURES:
            raise MalformedError("too many signatures")
        signers = self.signers(payload, entries, typ)
        if len(signers) < self.threshold:
            raise jws.JwsError(f"{len(signers)} root signatures hold, {self.threshold} are needed")
        return strict_json.parse_object(base64url.decode(payload))

    def signers(self, payload: str, entries: Iterable[object], typ: str) -> frozenset[str]:
        """The root keys, by ``kid``, whose signatures over ``payload`` (base64url) hold.

        Raises:
            MalformedError: an entry is none of a general JSON serialization.
        """
        found = (self._signer(_compact(payload, entry), typ) for entry in entries)
        return frozenset(kid for kid in found if kid is not None)

    def _signer(self, token: jws.Compact, typ: str) -> str | None:
        """The root key whose signature holds, if it is one: those of unknown keys do not count, and do no harm."""
        key = find_signer(self.keys, token.header, typ)
        if key is None:
            return None
        try:
            jws.verify(token, key.jws)
        except jws.JwsError:
            return None
        return key.kid


def parse_keys(entries: list[object]) -> dict[str, PublicKey]:
    """JWKs by ``kid``.

    Raises:
        MalformedError: not a P-256 key, or one ``kid`` twice.
    """
    keys = [parse_jwk(strict_json.as_object(entry, "keys")) for entry in entries]
    by_kid = {key.kid: key for key in keys}
    if len(by_kid) != len(keys):
        raise MalformedError("a key stands twice")
    return by_kid


def _compact(payload: str, entry: object) -> jws.Compact:
    signature = strict_json.as_object(entry, "signatures")
    strict_json.check_members(signature, ("protected", "signature"))
    parts = (strict_json.text(signature, "protected"), payload, strict_json.text(signature, "signature"))
    return jws.parse_compact(".".join(parts))
