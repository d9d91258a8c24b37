"""Makes trust material: key sets, manifests, status lists for others (docs/token-format.md §2).

Lists and changes are not signed: `signing.statuslist` writes them, and the manifest pins the lists.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from signing import base64url, keyset, manifest, strict_json
from signing.claims import Scene
from signing.documents import fingerprint
from signing.keys import to_jwk
from signing.keyset import SEAL
from signing.manifest import ShardPin
from signing.sealing_keys import SEALING_ALGORITHM, to_sealing_jwk
from signing.signer import Signer, protected_header, sign_compact
from signing.statuslist import status_uri

STATUS_LIST_TYPE = "statuslist+jwt"
_ZLIB_LEVEL = 6  # 60 ms a city; level 9 saves a quarter of the bytes and takes half a second


def write_root(issuer: str, keys: Iterable[ec.EllipticCurvePublicKey], *, threshold: int = 1) -> bytes:
    """The root file of ``issuer`` (an address without a slash at its end)."""
    return strict_json.write({"issuer": issuer, "threshold": threshold, "keys": [to_jwk(key) for key in keys]})


def describe_key(
    key: ec.EllipticCurvePublicKey, purpose: str, *, not_before: int, expires_at: int
) -> dict[str, object]:
    """An entry of a key set: ``key`` signs ``code`` or ``list`` things from ``not_before`` until ``expires_at`` (seconds since 1970)."""
    use = {"alg": "ES256", "use": "sig", "purpose": purpose, "nbf": not_before, "exp": expires_at}
    return {**to_jwk(key), **use}


def describe_seal_key(key: X25519PublicKey, scene: str, *, not_before: int, expires_at: int) -> dict[str, object]:
    """An entry of a key set: the claims of ``scene`` are sealed to ``key``. Times are seconds since 1970."""
    use = {"alg": SEALING_ALGORITHM, "use": "enc", "purpose": SEAL, "scene": scene}
    return {**to_sealing_jwk(key), **use, "nbf": not_before, "exp": expires_at}


def describe_key_set(
    *,
    issuer: str,
    version: int,
    issued_at: int,
    expires_at: int,
    keys: Sequence[Mapping[str, object]],
    scenes: Iterable[Scene],
) -> dict[str, object]:
    """The payload of a key set. Times are seconds since 1970; ``keys`` come from `describe_key` and `describe_seal_key`; one that
    is revoked has the member ``revoked``."""
    register = [{"id": scene.id, "name": scene.name, "attributes": list(scene.attributes)} for scene in scenes]
    return {
        "iss": issuer,
        "version": version,
        "iat": issued_at,
        "exp": expires_at,
        "keys": list(keys),
        "scenes": register,
    }


def sign_key_set(payload: Mapping[str, object], signers: Iterable[Signer]) -> bytes:
    """A key set as served: JWS in general JSON serialization, signed by each of the root's ``signers``."""
    body = base64url.encode(strict_json.write(payload))
    return assemble_key_set(body, [sign_payload(body, signer) for signer in signers])


def sign_payload(body: str, signer: Signer) -> dict[str, str]:
    """One root key's entry in ``signatures`` of the key set whose payload is ``body`` (base64url)."""
    protected = protected_header(signer.kid, keyset.TYPE)
    signature = signer.sign(f"{protected}.{body}".encode("ascii"))
    return {"protected": protected, "signature": base64url.encode(signature)}


def assemble_key_set(body: str, signatures: Iterable[Mapping[str, str]]) -> bytes:
    """A key set as served, of a payload (base64url) and what `sign_payload` made of it, here or elsewhere."""
    return strict_json.write({"payload": body, "signatures": list(signatures)})


def sign_status_list(
    bitmap: bytes, *, issuer: str, shard: int, issued_at: int, expires_at: int, ttl: int, signer: Signer
) -> bytes:
    """A shard as an IETF Token Status List of one bit an index (§2.7), as served.

    Args:
        bitmap: bit ``i`` is bit ``i mod 8``, least significant first, of byte ``i div 8``; 1 = revoked.
        issuer: the key set's ``iss``.
        shard: its number.
        issued_at: seconds since 1970.
        expires_at: seconds since 1970.
        ttl: how long a client may keep it, in seconds.
        signer: a list key.
    """
    claims = {
        "sub": status_uri(issuer, shard),
        "iat": issued_at,
        "exp": expires_at,
        "ttl": ttl,
        "status_list": {"bits": 1, "lst": base64url.encode(zlib.compress(bitmap, _ZLIB_LEVEL))},
    }
    return sign_compact(STATUS_LIST_TYPE, claims, signer).encode("ascii")


def sign_manifest(
    *,
    version: int,
    issued_at: int,
    expires_at: int,
    keys_version: int,
    keys: bytes,
    size: int,
    shards: Mapping[int, ShardPin],
    signer: Signer,
) -> bytes:
    """A manifest as served.

    Args:
        version: greater than that of every manifest before.
        issued_at: seconds since 1970.
        expires_at: seconds since 1970.
        keys_version: the key set's version.
        keys: the key set as served.
        size: the number of indices of a shard, 1 … 2^28.
        shards: a pin for each live shard, from `pin_shard`.
        signer: a list key.
    """
    contents = {
        "version": version,
        "iat": issued_at,
        "exp": expires_at,
        "keys": {"version": keys_version, "sha256": fingerprint(keys)},
        "size": size,
        "shards": {str(number): asdict(pin) for number, pin in sorted(shards.items())},
    }
    return sign_compact(manifest.TYPE, contents, signer).encode("ascii")
