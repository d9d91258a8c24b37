"""The manifest: the signed table of contents that pins key set and lists (docs/token-format.md §2.5; steps T2 and T3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from signing import strict_json
from signing.documents import as_text, fingerprint
from signing.errors import MalformedError, TrustError
from signing.jws import JwsError, parse_compact
from signing.keyset import KeySet
from signing.statuslist import MAX_SIZE

TYPE = "ecard-manifest+jws"
MAX_SHARDS = 64
"""The most shards that a manifest may name; two or three are alive at a time."""

_SHARD = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class ShardPin:
    """What a manifest says of a shard: how many changes led to its list, and the list's fingerprint."""

    changes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A table of contents. Times are seconds since 1970; ``data`` are the bytes served.

    ``kid`` names the list key that signed it; ``size`` is the number of indices of every shard.
    """

    kid: str
    version: int
    issued_at: int
    expires_at: int
    keys_version: int
    keys_sha256: str
    size: int
    shards: Mapping[int, ShardPin]
    data: bytes

    @classmethod
    def accept(cls, data: bytes, keys: KeySet) -> Manifest:
        """Reads a manifest that a list key of ``keys`` has signed: T2 but for its version, which depends on what was seen.

        Raises:
            TrustError: ``manifest_untrusted``.
        """
        try:
            keys.open(data, "manifest", TYPE)
        except (MalformedError, JwsError) as error:
            raise TrustError("manifest_untrusted", str(error)) from error
        return cls.parse_unverified(data)

    @classmethod
    def parse_unverified(cls, data: bytes) -> Manifest:
        """What a manifest says, not yet believed: it tells a client what to fetch.

        Raises:
            TrustError: ``manifest_untrusted`` – not even the form of a manifest.
        """
        try:
            token = parse_compact(as_text(data, "manifest"))
            payload = strict_json.parse_object(token.payload)
            return cls._parse(strict_json.text(token.header, "kid"), payload, data)
        except MalformedError as error:
            raise TrustError("manifest_untrusted", str(error)) from error

    def check_keys(self, keys: KeySet) -> None:
        """T3: ``keys`` is the key set that this manifest names.

        Raises:
            TrustError: ``keys_mismatch``.
        """
        if (self.keys_version, self.keys_sha256) != (keys.version, keys.sha256):
            raise TrustError("keys_mismatch", "the manifest names another key set")

    @classmethod
    def _parse(cls, kid: str, payload: strict_json.Object, data: bytes) -> Manifest:
        keys = strict_json.nested(payload, "keys")
        return cls(
            kid=kid,
            version=strict_json.integer(payload, "version"),
            issued_at=strict_json.integer(payload, "iat"),
            expires_at=strict_json.integer(payload, "exp"),
            keys_version=strict_json.integer(keys, "version"),
            keys_sha256=strict_json.text(keys, "sha256"),
            size=strict_json.integer(payload, "size", least=1, most=MAX_SIZE),
            shards=_parse_pins(strict_json.nested(payload, "shards")),
            data=data,
        )


def pin_shard(changes: int, data: bytes) -> ShardPin:
    """The pin of a shard whose list ``data`` came about by so many ``changes``."""
    return ShardPin(changes, fingerprint(data))


def check_shards(members: strict_json.Object) -> None:
    """Refuses members that are not named by the numbers of a few shards.

    Raises:
        MalformedError: more than `MAX_SHARDS`, or another name.
    """
    if len(members) > MAX_SHARDS or not all(map(_SHARD.fullmatch, members)):
        raise MalformedError("these are not a few numbered shards")


def _parse_pins(members: strict_json.Object) -> Mapping[int, ShardPin]:
    check_shards(members)
    return MappingProxyType({int(name): _parse_pin(strict_json.nested(members, name)) for name in members})


def _parse_pin(entry: strict_json.Object) -> ShardPin:
    return ShardPin(strict_json.integer(entry, "changes"), strict_json.text(entry, "sha256"))
