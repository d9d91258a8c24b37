"""Trust bundles for the vectors: a sound one, sound ones of another age, and one for each way of being unsound."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from signing import (
    P256Signer,
    ShardPin,
    TrustState,
    base64url,
    describe_key,
    describe_key_set,
    encode_delta,
    pin_shard,
    sign_key_set,
    sign_manifest,
    sign_snapshot,
    status_uri,
    write_root,
)
from signing.signer import sign_compact
from signing.statuslist import SNAPSHOT_TYPE
from signing.trust import NOTHING_SEEN
from signing.trust_folder import TrustFiles
from tests.vectors import city
from tests.vectors.city import ISSUER, LIST, NOW, SHARD, SHARD_SIZE, WEEK

YEAR = 31_536_000
LIST_MADE = NOW - 60


@dataclass(frozen=True, slots=True)
class Bundle:
    """The bytes of a trust folder."""

    root: bytes
    keys: bytes
    manifest: bytes
    snapshots: Mapping[int, bytes]
    deltas: Mapping[int, bytes]
    state: TrustState = NOTHING_SEEN

    def to_files(self) -> TrustFiles:
        """The bundle as a trust folder holds it."""
        return TrustFiles(self.root, self.keys, self.manifest, self.state.write(), self.snapshots, self.deltas)

    def to_json(self) -> dict[str, object]:
        """The bundle as a vector file holds it: documents as text, deltas in base64url."""
        shards = {
            str(number): {"snapshot": snapshot.decode(), "delta": base64url.encode(self.deltas[number])}
            for number, snapshot in self.snapshots.items()
        }
        return {
            "root": self.root.decode(),
            "keys": self.keys.decode(),
            "manifest": self.manifest.decode(),
            "shards": shards,
            "state": asdict(self.state),
        }


def a_root(*, threshold: int = 1, issuer: str = ISSUER) -> bytes:
    """The city's root file."""
    keys = [city.ROOT.public_key, city.SECOND_ROOT.public_key]
    return write_root(issuer, keys, threshold=threshold)


def a_key_set(
    *,
    version: int = 3,
    issuer: str = ISSUER,
    expires_at: int = NOW + YEAR,
    signers: tuple[P256Signer, ...] = (city.ROOT,),
) -> bytes:
    """The city's key set: a code key in use, one before and one after it, and two list keys."""
    start = NOW - YEAR
    windows = (
        (city.CODE, "code", start, NOW + YEAR),
        (city.RETIRED_CODE, "code", start, NOW),
        (city.COMING_CODE, "code", NOW, NOW + YEAR),
        (LIST, "list", start, NOW + YEAR),
        (city.RETIRED_LIST, "list", start, LIST_MADE),
    )
    keys = [
        describe_key(signer.public_key, purpose, not_before=not_before, expires_at=end)
        for signer, purpose, not_before, end in windows
    ]
    keys += city.more_keys(start, NOW + YEAR)
    payload = describe_key_set(
        issuer=issuer, version=version, issued_at=start, expires_at=expires_at, keys=keys, scenes=city.SCENES
    )
    return sign_key_set(payload, signers)


def a_snapshot(*, shard: int = SHARD, size: int = SHARD_SIZE, signer: P256Signer = LIST) -> bytes:
    """A shard's snapshot in which two cards are revoked."""
    bitmap = bytearray(size // 8)
    for index in (city.REVOKED_INDEX, city.WITHDRAWN_BY_DELTA):
        bitmap[index // 8] |= 1 << index % 8
    times = {"issued_at": LIST_MADE, "expires_at": LIST_MADE + WEEK, "ttl": 3600}
    return sign_snapshot(bytes(bitmap), issuer=ISSUER, shard=shard, signer=signer, **times)


def an_odd_snapshot(*, bits: int = 1, packed: bytes) -> bytes:
    """A snapshot with any list in it, properly signed."""
    status_list = {"bits": bits, "lst": base64url.encode(packed)}
    claims = {
        "sub": status_uri(ISSUER, SHARD),
        "iat": LIST_MADE,
        "exp": NOW + YEAR,
        "ttl": 3600,
        "status_list": status_list,
    }
    return sign_compact(SNAPSHOT_TYPE, claims, LIST).encode()


def a_delta() -> bytes:
    """One loss reported and one withdrawn since the snapshot."""
    return encode_delta([(city.REVOKED_BY_DELTA, True), (city.WITHDRAWN_BY_DELTA, False)])


def a_manifest(
    pins: Mapping[int, ShardPin],
    *,
    keys: bytes,
    keys_version: int = 3,
    version: int = 812,
    issuer: str = ISSUER,
    issued_at: int = LIST_MADE,
    expires_at: int = LIST_MADE + WEEK,
    signer: P256Signer = LIST,
) -> bytes:
    """The manifest over these pins and this key set."""
    return sign_manifest(
        issuer=issuer,
        version=version,
        issued_at=issued_at,
        expires_at=expires_at,
        keys_version=keys_version,
        keys=keys,
        shards=pins,
        signer=signer,
    )


def a_bundle(
    *,
    root: bytes | None = None,
    keys: bytes | None = None,
    keys_version: int = 3,
    snapshot: bytes | None = None,
    delta: bytes | None = None,
    shards: tuple[int, ...] = (SHARD, SHARD + 1),
    size: int = SHARD_SIZE,
    state: TrustState = NOTHING_SEEN,
    manifest: Callable[..., bytes] = a_manifest,
) -> Bundle:
    """A sound bundle, but for what is given; ``snapshot`` and ``delta`` are those of the first shard."""
    key_set = keys or a_key_set()
    snapshots = {number: a_snapshot(shard=number) for number in shards}
    deltas = dict.fromkeys(shards, a_delta())
    if snapshot is not None:
        snapshots[SHARD] = snapshot
    if delta is not None:
        deltas[SHARD] = delta
    pins = {number: pin_shard(size, snapshots[number], deltas[number]) for number in shards}
    contents = manifest(pins, keys=key_set, keys_version=keys_version)
    return Bundle(root or a_root(), key_set, contents, snapshots, deltas, state)


def with_manifest(**changes: object) -> Bundle:
    """A bundle whose manifest differs from the sound one in ``changes``."""
    return a_bundle(manifest=lambda pins, **given: a_manifest(pins, **{**given, **changes}))


def swap(bundle: Bundle, number: int, *, snapshot: bytes | None = None, delta: bytes | None = None) -> Bundle:
    """``bundle`` with another file in a shard's place, which the manifest knows nothing of."""
    if snapshot is not None:
        bundle = replace(bundle, snapshots={**bundle.snapshots, number: snapshot})
    if delta is not None:
        bundle = replace(bundle, deltas={**bundle.deltas, number: delta})
    return bundle


def _tampered(document: bytes) -> bytes:
    """A compact JWS with another payload under the old signature."""
    header, payload, signature = document.decode().split(".")
    members = json.loads(base64url.decode(payload)) | {"version": 9999}
    return f"{header}.{base64url.encode(json.dumps(members).encode())}.{signature}".encode()


_ROW = bytes(SHARD_SIZE // 8)

SOUND: Mapping[str, Callable[[], Bundle]] = {
    "city": a_bundle,
    "without-this-week": lambda: a_bundle(shards=(SHARD + 1,)),
    "empty-delta": lambda: a_bundle(delta=b""),
    "list-expires-now": lambda: with_manifest(expires_at=NOW),
    "list-expires-next-second": lambda: with_manifest(expires_at=NOW + 1),
    "keys-expire-now": lambda: a_bundle(keys=a_key_set(expires_at=NOW)),
    "keys-expire-next-second": lambda: a_bundle(keys=a_key_set(expires_at=NOW + 1)),
    "keys-and-list-expire-now": lambda: a_bundle(
        keys=a_key_set(expires_at=NOW), manifest=lambda pins, **given: a_manifest(pins, **given, expires_at=NOW)
    ),
    "long-lived-list": lambda: with_manifest(issued_at=NOW + WEEK, expires_at=NOW + 4 * WEEK),
    "list-a-day-old": lambda: with_manifest(issued_at=NOW - 86_400),
    "list-over-a-day-old": lambda: with_manifest(issued_at=NOW - 86_401),
    "seen-the-future": lambda: a_bundle(state=TrustState(time_floor=NOW + 31)),
    "seen-the-near-future": lambda: a_bundle(state=TrustState(time_floor=NOW + 30)),
    "two-roots-signed": lambda: a_bundle(
        root=a_root(threshold=2), keys=a_key_set(signers=(city.SECOND_ROOT, city.ROOT, city.STRANGER))
    ),
}
"""Bundles that a verifier accepts."""

UNSOUND: Mapping[str, tuple[str, Callable[[], Bundle]]] = {
    "root-threshold-zero": ("root_malformed", lambda: a_bundle(root=a_root(threshold=0))),
    "root-threshold-beyond-its-keys": ("root_malformed", lambda: a_bundle(root=a_root(threshold=3))),
    "keys-signed-by-a-stranger": ("keys_untrusted", lambda: a_bundle(keys=a_key_set(signers=(city.STRANGER,)))),
    "keys-signed-by-one-root-of-two": ("keys_untrusted", lambda: a_bundle(root=a_root(threshold=2))),
    "keys-signed-twice-by-one-root": (
        "keys_untrusted",
        lambda: a_bundle(root=a_root(threshold=2), keys=a_key_set(signers=(city.ROOT, city.ROOT))),
    ),
    "keys-of-another-issuer": ("keys_untrusted", lambda: a_bundle(keys=a_key_set(issuer="https://elsewhere.example"))),
    "keys-rolled-back": ("keys_rollback", lambda: a_bundle(state=TrustState(keys_version=4))),
    "manifest-signed-by-a-code-key": ("manifest_untrusted", lambda: with_manifest(signer=city.CODE)),
    "manifest-signed-by-a-root-key": ("manifest_untrusted", lambda: with_manifest(signer=city.ROOT)),
    "manifest-signed-by-a-stranger": ("manifest_untrusted", lambda: with_manifest(signer=city.STRANGER)),
    "manifest-signed-by-a-retired-key": ("manifest_untrusted", lambda: with_manifest(signer=city.RETIRED_LIST)),
    "manifest-tampered": ("manifest_untrusted", lambda: replace(a_bundle(), manifest=_tampered(a_bundle().manifest))),
    "manifest-truncated": ("manifest_untrusted", lambda: replace(a_bundle(), manifest=a_bundle().manifest[:-8])),
    "manifest-of-another-issuer": ("manifest_untrusted", lambda: with_manifest(issuer="https://elsewhere.example")),
    "manifest-is-a-snapshot": ("manifest_untrusted", lambda: replace(a_bundle(), manifest=a_snapshot())),
    "manifest-rolled-back": ("manifest_rollback", lambda: a_bundle(state=TrustState(manifest_version=813))),
    "manifest-names-another-key-set": ("keys_mismatch", lambda: with_manifest(keys=a_key_set(version=4))),
    "manifest-names-another-key-version": ("keys_mismatch", lambda: a_bundle(keys_version=4)),
    "snapshot-of-another-manifest": ("list_mismatch", lambda: swap(a_bundle(), SHARD, snapshot=a_snapshot(size=2048))),
    "snapshot-truncated": ("list_mismatch", lambda: swap(a_bundle(), SHARD, snapshot=a_snapshot()[:-1])),
    "delta-of-another-manifest": ("list_mismatch", lambda: swap(a_bundle(), SHARD, delta=encode_delta([(1, True)]))),
    "delta-truncated": ("list_mismatch", lambda: swap(a_bundle(), SHARD, delta=a_delta()[:4])),
    "delta-grown": ("list_mismatch", lambda: swap(a_bundle(), SHARD, delta=a_delta() * 2)),
    "snapshot-signed-by-a-code-key": ("list_untrusted", lambda: a_bundle(snapshot=a_snapshot(signer=city.CODE))),
    "snapshot-signed-by-a-retired-key": (
        "list_untrusted",
        lambda: a_bundle(snapshot=a_snapshot(signer=city.RETIRED_LIST)),
    ),
    "snapshot-of-another-shard": ("list_untrusted", lambda: a_bundle(snapshot=a_snapshot(shard=SHARD + 1))),
    "snapshot-is-a-manifest": (
        "list_untrusted",
        lambda: a_bundle(snapshot=a_manifest({}, keys=a_key_set())),
    ),
    "snapshot-too-short": ("list_untrusted", lambda: a_bundle(snapshot=a_snapshot(size=1016))),
    "snapshot-too-long": ("list_untrusted", lambda: a_bundle(snapshot=a_snapshot(size=1032))),
    "snapshot-is-a-bomb": (
        "list_untrusted",
        lambda: a_bundle(snapshot=an_odd_snapshot(packed=zlib.compress(bytes(1 << 20), 9))),
    ),
    "snapshot-of-two-bits": (
        "list_untrusted",
        lambda: a_bundle(snapshot=an_odd_snapshot(bits=2, packed=zlib.compress(_ROW))),
    ),
    "snapshot-with-bytes-after-its-stream": (
        "list_untrusted",
        lambda: a_bundle(snapshot=an_odd_snapshot(packed=zlib.compress(_ROW) + b"junk")),
    ),
    "snapshot-with-a-broken-stream": (
        "list_untrusted",
        lambda: a_bundle(snapshot=an_odd_snapshot(packed=zlib.compress(_ROW)[:-2])),
    ),
    "snapshot-not-compressed": ("list_untrusted", lambda: a_bundle(snapshot=an_odd_snapshot(packed=_ROW))),
    "delta-beyond-the-shard": ("list_untrusted", lambda: a_bundle(delta=encode_delta([(SHARD_SIZE, True)]))),
    "delta-of-half-a-change": ("list_untrusted", lambda: a_bundle(delta=a_delta()[:6])),
}
"""Bundles that a verifier refuses, each with the code of the check that does."""
