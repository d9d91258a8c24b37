"""The key set: which keys sign codes and lists, what may be sealed to whom, and when; which scenes there are.

docs/token-format.md §2.2; step T1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from signing import jws, strict_json
from signing.claims import Scene
from signing.documents import as_text, check_size, find_signer, fingerprint
from signing.errors import MalformedError, TrustError
from signing.keys import ALGORITHM, PublicKey, parse_jwk
from signing.root import RootFile
from signing.sealing_keys import SEALING_ALGORITHM, SealingKey, parse_sealing_jwk

TYPE = "ecard-keys+jws"
PURPOSES = ("code", "list")
"""What a key may sign: codes and credentials, or manifests and status lists."""
SEAL = "seal"
"""The purpose of a key that claims are sealed to. A key of yet another purpose is passed over."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A key of the key set. It signs things of ``purpose`` from ``not_before`` until ``expires_at`` (seconds since 1970).

    Once it is revoked, nothing that it signed counts, whenever that was: ``revoked_at`` only tells since when this is known.
    """

    public: PublicKey
    purpose: str
    not_before: int
    expires_at: int
    algorithm: str = ALGORITHM
    revoked_at: int | None = None

    def is_in_window(self, at: int) -> bool:
        """Whether the key could sign at ``at``."""
        return self.not_before <= at < self.expires_at

    def is_in_use(self, at: int) -> bool:
        """Whether what the key signs at ``at`` counts."""
        return self.revoked_at is None and self.is_in_window(at)


@dataclass(frozen=True, slots=True)
class SealKey:
    """A sector's X25519 key: the claims of ``scene`` are sealed to it from ``not_before`` until ``expires_at`` (seconds since 1970)."""

    public: SealingKey
    scene: str
    not_before: int
    expires_at: int
    revoked_at: int | None = None

    def is_in_use(self, at: int) -> bool:
        """Whether something may be sealed to the key at ``at``."""
        return self.revoked_at is None and self.not_before <= at < self.expires_at


AnyKey = TypeVar("AnyKey", bound=IssuerKey | SealKey)


def keys_in_use(keys: Iterable[AnyKey], at: int) -> list[AnyKey]:
    """Those of ``keys`` that are in use at ``at``, the one that began last first: that one signs, or is sealed to."""
    in_use = [key for key in keys if key.is_in_use(at)]
    return sorted(in_use, key=lambda key: (key.not_before, key.public.kid), reverse=True)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The issuer's keys, by ``kid``, and scenes, by number and by name.

    Times are seconds since 1970; ``data`` are the bytes served and ``sha256`` is their fingerprint.
    """

    issuer: str
    version: int
    issued_at: int
    expires_at: int
    code_keys: Mapping[str, IssuerKey]
    list_keys: Mapping[str, IssuerKey]
    seal_keys: Mapping[str, SealKey]
    scenes: Mapping[int | str, Scene]
    data: bytes
    sha256: str

    @classmethod
    def accept(cls, data: bytes, root: RootFile) -> KeySet:
        """Reads a key set that ``root`` vouches for: T1 but for version and expiry, which depend on what was seen and on the time.

        Raises:
            TrustError: ``keys_untrusted``.
        """
        try:
            check_size(data, "keys")
            keys = cls._parse(root.open(data, TYPE), data)
        except (MalformedError, jws.JwsError) as error:
            raise TrustError("keys_untrusted", str(error)) from error
        if keys.issuer != root.issuer:
            raise TrustError("keys_untrusted", "the issuer is not the root file's")
        return keys

    @classmethod
    def parse_unverified(cls, payload: bytes) -> KeySet:
        """Reads the payload of a key set that nobody has vouched for: a draft. It has no fingerprint that anybody pins.

        Raises:
            MalformedError: not the payload of a key set.
        """
        return cls._parse(strict_json.parse_object(payload), payload)

    def open(self, data: bytes, kind: str, typ: str) -> strict_json.Object:
        """The payload of a compact JWS of ``typ`` that a list key has signed, inside its window at the payload's ``iat``.

        Raises:
            MalformedError: not such a document, or larger than its ``kind`` may be.
            JwsError: the signature does not hold.
        """
        token = jws.parse_compact(as_text(data, kind))
        key = find_signer(self.list_keys, token.header, typ)
        if key is None:
            raise jws.JwsError("not signed by a list key")
        jws.verify(token, key.public.jws)
        payload = strict_json.parse_object(token.payload)
        if key.revoked_at is not None:
            raise jws.JwsError("the key is revoked")
        if not key.is_in_window(strict_json.integer(payload, "iat")):
            raise jws.JwsError("signed outside the key's window")
        return payload

    @classmethod
    def _parse(cls, payload: strict_json.Object, data: bytes) -> KeySet:
        entries = strict_json.array(payload, "keys")
        keys, seal_keys = _parse_keys(entries), _parse_seal_keys(entries)
        return cls(
            issuer=strict_json.text(payload, "iss"),
            version=strict_json.integer(payload, "version"),
            issued_at=strict_json.integer(payload, "iat"),
            expires_at=strict_json.integer(payload, "exp"),
            code_keys=_for_purpose(keys, "code"),
            list_keys=_for_purpose(keys, "list"),
            seal_keys=seal_keys,
            scenes=_parse_scenes(strict_json.array(payload, "scenes")),
            data=data,
            sha256=fingerprint(data),
        )


def _parse_keys(entries: list[object]) -> list[IssuerKey]:
    members = [strict_json.as_object(entry, "keys") for entry in entries]
    keys = [_parse_key(jwk) for jwk in members if jwk.get("purpose") in PURPOSES]
    if len({key.public.kid for key in keys}) != len(keys):
        raise MalformedError("a key stands twice")
    return keys


def _parse_seal_keys(entries: list[object]) -> Mapping[str, SealKey]:
    members = [strict_json.as_object(entry, "keys") for entry in entries]
    keys = [_parse_seal_key(jwk) for jwk in members if jwk.get("purpose") == SEAL]
    if len({key.public.kid for key in keys}) != len(keys):
        raise MalformedError("a key stands twice")
    return MappingProxyType({key.public.kid: key for key in keys})


def _parse_seal_key(jwk: strict_json.Object) -> SealKey:
    if (jwk.get("alg"), jwk.get("use")) != (SEALING_ALGORITHM, "enc"):
        raise MalformedError("not a key that claims are sealed to")
    return SealKey(
        public=parse_sealing_jwk(jwk),
        scene=strict_json.text(jwk, "scene"),
        not_before=strict_json.integer(jwk, "nbf"),
        expires_at=strict_json.integer(jwk, "exp"),
        revoked_at=_read_revoked(jwk),
    )


def _read_revoked(jwk: strict_json.Object) -> int | None:
    return strict_json.integer(jwk, "revoked") if "revoked" in jwk else None


def _parse_key(jwk: strict_json.Object) -> IssuerKey:
    if (jwk.get("alg"), jwk.get("use")) != (ALGORITHM, "sig"):
        raise MalformedError("not a key that signs with ES256")
    return IssuerKey(
        public=parse_jwk(jwk),
        purpose=strict_json.text(jwk, "purpose"),
        not_before=strict_json.integer(jwk, "nbf"),
        expires_at=strict_json.integer(jwk, "exp"),
        revoked_at=_read_revoked(jwk),
    )


def _for_purpose(keys: Iterable[IssuerKey], purpose: str) -> Mapping[str, IssuerKey]:
    return MappingProxyType({key.public.kid: key for key in keys if key.purpose == purpose})


def _parse_scenes(entries: list[object]) -> Mapping[int | str, Scene]:
    scenes = [_parse_scene(strict_json.as_object(entry, "scenes")) for entry in entries]
    register: dict[int | str, Scene] = {scene.id: scene for scene in scenes} | {scene.name: scene for scene in scenes}
    if len(register) != 2 * len(scenes):
        raise MalformedError("a scene stands twice")
    return MappingProxyType(register)


def _parse_scene(entry: strict_json.Object) -> Scene:
    attributes = strict_json.array(entry, "attributes")
    if not all(isinstance(name, str) for name in attributes):
        raise MalformedError("'attributes' are not names")
    return Scene(strict_json.integer(entry, "id"), strict_json.text(entry, "name"), tuple(map(str, attributes)))
