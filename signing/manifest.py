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

TYPE = "ecard-manifest+jws"
MAX_SHARDS = 64
"""The most shards that a manifest may name; three or four are alive at a time."""

_SHARD = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class ShardPin:
    """What a manifest says of a shard: ``size`` in indices, the fingerprints of snapshot and delta, the delta's ``length`` in bytes."""

    size: int
    snapshot: str
    delta: str
    length: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A table of contents. Times are seconds since 1970; ``data`` are the bytes served."""

    issuer: str
    version: int
    issued_at: int
    expires_at: int
    keys_version: int
    keys_sha256: str
    shards: Mapping[int, ShardPin]
    data: bytes

    @classmethod
    def accept(cls, data: bytes, keys: KeySet) -> Manifest:
        """Reads a manifest that a list key of ``keys`` has signed: T2 but for its version, then T3.

        Raises:
            TrustError: ``manifest_untrusted``, ``keys_mismatch``.
        """
        try:
            manifest = cls._parse(keys.open(data, "manifest", TYPE), data)
        except (MalformedError, JwsError) as error:
            raise TrustError("manifest_untrusted", str(error)) from error
        if manifest.issuer != keys.issuer:
            raise TrustError("manifest_untrusted", "the issuer is not the key set's")
        if (manifest.keys_version, manifest.keys_sha256) != (keys.version, keys.sha256):
            raise TrustError("keys_mismatch", "the manifest names another key set")
        return manifest

    @classmethod
    def parse_unverified(cls, data: bytes) -> Manifest:
        """What a manifest says, not yet believed: it tells a client what to fetch.

        Raises:
            TrustError: ``manifest_untrusted`` – not even the form of a manifest.
        """
        try:
            token = parse_compact(as_text(data, "manifest"))
            return cls._parse(strict_json.parse_object(token.payload), data)
        except MalformedError as error:
            raise TrustError("manifest_untrusted", str(error)) from error

    @classmethod
    def _parse(cls, payload: strict_json.Object, data: bytes) -> Manifest:
        keys = strict_json.nested(payload, "keys")
        return cls(
            issuer=strict_json.text(payload, "iss"),
            version=strict_json.integer(payload, "version"),
            issued_at=strict_json.integer(payload, "iat"),
            expires_at=strict_json.integer(payload, "exp"),
            keys_version=strict_json.integer(keys, "version"),
            keys_sha256=strict_json.text(keys, "sha256"),
            shards=_parse_pins(strict_json.nested(payload, "shards")),
            data=data,
        )


def pin_shard(size: int, snapshot: bytes, delta: bytes) -> ShardPin:
    """The pin of a shard of ``size`` indices, published as these bytes."""
    return ShardPin(size, fingerprint(snapshot), fingerprint(delta), len(delta))


def _parse_pins(members: strict_json.Object) -> Mapping[int, ShardPin]:
    if len(members) > MAX_SHARDS or not all(map(_SHARD.fullmatch, members)):
        raise MalformedError("'shards' are not a few numbered shards")
    return MappingProxyType({int(name): _parse_pin(strict_json.nested(members, name)) for name in members})


def _parse_pin(entry: strict_json.Object) -> ShardPin:
    return ShardPin(
        size=strict_json.integer(entry, "size"),
        snapshot=strict_json.text(entry, "snapshot"),
        delta=strict_json.text(entry, "delta"),
        length=strict_json.integer(entry, "length"),
    )
