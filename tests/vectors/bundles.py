"""Trust bundles for the vectors: a sound one, sound ones of another age, and one for each way of being unsound."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType

from signing import (
    P256Signer,
    ShardPin,
    TrustState,
    base64url,
    describe_key,
    describe_key_set,
    encode_changes,
    encode_list,
    pin_shard,
    sign_key_set,
    sign_manifest,
    sign_status_list,
    write_root,
)
from signing.statuslist import CHANGE_BYTES, MAX_SIZE, lay_over
from signing.trust_folder import TrustFiles
from signing.trust_state import NOTHING_SEEN
from tests.vectors import city
from tests.vectors.city import ISSUER, LIST, NOW, SHARD, SHARD_SIZE, WEEK

YEAR = 31_536_000
LIST_MADE = NOW - 60
CHANGES = encode_changes(
    [
        (city.REVOKED_INDEX, True),
        (city.WITHDRAWN, True),
        (city.REVOKED_LATER, True),
        (city.WITHDRAWN, False),
    ]
)
"""What happened in every shard: two losses, and one that was withdrawn."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The bytes of a trust folder, and the ``changes`` that its lists came from."""

    root: bytes
    keys: bytes
    manifest: bytes
    lists: Mapping[int, bytes]
    changes: Mapping[int, bytes]
    state: TrustState = NOTHING_SEEN

    def to_files(self) -> TrustFiles:
        """The bundle as a trust folder holds it."""
        return TrustFiles(self.root, self.keys, self.manifest, self.state.write(), self.lists)

    def to_json(self) -> dict[str, object]:
        """The bundle as a vector file holds it: documents as text, lists in base64url."""
        return {
            "root": self.root.decode(),
            "keys": self.keys.decode(),
            "manifest": self.manifest.decode(),
            "lists": {str(number): base64url.encode(data) for number, data in self.lists.items()},
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
    issued_at: int = NOW - YEAR,
    expires_at: int = NOW + YEAR,
    list_keys: Mapping[P256Signer, Mapping[str, int]] = MappingProxyType({LIST: {}}),
    signers: tuple[P256Signer, ...] = (city.ROOT,),
) -> bytes:
    """The city's key set: a code key in use, one before and one after it; ``list_keys`` with more members each, and a retired one."""
    start = NOW - YEAR
    windows = (
        (city.CODE, "code", start, NOW + YEAR),
        (city.RETIRED_CODE, "code", start, NOW),
        (city.COMING_CODE, "code", NOW, NOW + YEAR),
        *((signer, "list", start, NOW + YEAR) for signer in list_keys),
        (city.RETIRED_LIST, "list", start, LIST_MADE),
    )
    keys = [
        {**describe_key(signer.public_key, purpose, not_before=not_before, expires_at=end), **list_keys.get(signer, {})}
        for signer, purpose, not_before, end in windows
    ]
    keys += city.more_keys(start, NOW + YEAR)
    payload = describe_key_set(
        issuer=issuer, version=version, issued_at=issued_at, expires_at=expires_at, keys=keys, scenes=city.SCENES
    )
    return sign_key_set(payload, signers)


def a_status_list(signer: P256Signer = LIST) -> bytes:
    """The city's list as an IETF Token Status List, which is no manifest."""
    bitmap = bytearray(SHARD_SIZE // 8)
    for index in lay_over(set(), CHANGES):
        bitmap[index // 8] |= 1 << index % 8
    times = {"issued_at": LIST_MADE, "expires_at": LIST_MADE + WEEK, "ttl": 3600}
    return sign_status_list(bytes(bitmap), issuer=ISSUER, shard=SHARD, signer=signer, **times)


def a_list(changes: bytes = CHANGES) -> bytes:
    """The list that ``changes`` lead to."""
    return encode_list(lay_over(set(), changes))


def a_manifest(
    pins: Mapping[int, ShardPin],
    *,
    keys: bytes,
    keys_version: int = 3,
    version: int = 812,
    size: int = SHARD_SIZE,
    issued_at: int = LIST_MADE,
    expires_at: int = LIST_MADE + WEEK,
    signer: P256Signer = LIST,
) -> bytes:
    """The manifest over these pins and this key set."""
    return sign_manifest(
        version=version,
        issued_at=issued_at,
        expires_at=expires_at,
        keys_version=keys_version,
        keys=keys,
        size=size,
        shards=pins,
        signer=signer,
    )


def a_bundle(
    *,
    root: bytes | None = None,
    keys: bytes | None = None,
    keys_version: int = 3,
    changes: bytes = CHANGES,
    list_: bytes | None = None,
    shards: tuple[int, ...] = (SHARD, SHARD + 1),
    state: TrustState = NOTHING_SEEN,
    manifest: Callable[..., bytes] = a_manifest,
) -> Bundle:
    """A sound bundle, but for what is given; ``changes`` and ``list_`` are those of the first shard."""
    key_set = keys or a_key_set()
    logs = {**dict.fromkeys(shards, CHANGES), shards[0]: changes}
    lists = {number: a_list(log) for number, log in logs.items()}
    if list_ is not None:
        lists[shards[0]] = list_
    pins = {number: pin_shard(len(logs[number]) // CHANGE_BYTES, lists[number]) for number in shards}
    contents = manifest(pins, keys=key_set, keys_version=keys_version)
    return Bundle(root or a_root(), key_set, contents, lists, logs, state)


def with_manifest(**changes: object) -> Bundle:
    """A bundle whose manifest differs from the sound one in ``changes``."""
    return a_bundle(manifest=lambda pins, **given: a_manifest(pins, **{**given, **changes}))


def swap(bundle: Bundle, number: int, list_: bytes) -> Bundle:
    """``bundle`` with another list in a shard's place, which the manifest knows nothing of."""
    return replace(bundle, lists={**bundle.lists, number: list_})


def _tampered(document: bytes) -> bytes:
    """A compact JWS with another payload under the old signature."""
    header, payload, signature = document.decode().split(".")
    members = json.loads(base64url.decode(payload)) | {"version": 9999}
    return f"{header}.{base64url.encode(json.dumps(members).encode())}.{signature}".encode()


SOUND: Mapping[str, Callable[[], Bundle]] = {
    "city": a_bundle,
    "without-this-week": lambda: a_bundle(shards=(SHARD + 1,)),
    "empty-list": lambda: a_bundle(changes=b""),
    "list-up-to-the-last-index": lambda: a_bundle(changes=encode_changes([(SHARD_SIZE - 1, True)])),
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
    "manifest-signed-by-a-revoked-key": (
        "manifest_untrusted",
        lambda: a_bundle(keys=a_key_set(list_keys={LIST: {"revoked": NOW}})),
    ),
    "manifest-is-a-status-list": ("manifest_untrusted", lambda: replace(a_bundle(), manifest=a_status_list())),
    "manifest-of-no-indices": ("manifest_untrusted", lambda: with_manifest(size=0)),
    "manifest-of-too-many-indices": ("manifest_untrusted", lambda: with_manifest(size=MAX_SIZE + 1)),
    "manifest-rolled-back": ("manifest_rollback", lambda: a_bundle(state=TrustState(manifest_version=813))),
    "manifest-names-another-key-set": ("keys_mismatch", lambda: with_manifest(keys=a_key_set(version=4))),
    "manifest-names-another-key-version": ("keys_mismatch", lambda: a_bundle(keys_version=4)),
    "list-of-another-manifest": ("list_mismatch", lambda: swap(a_bundle(), SHARD, encode_list({1}))),
    "list-truncated": ("list_mismatch", lambda: swap(a_bundle(), SHARD, a_list()[:-1])),
    "list-grown": ("list_mismatch", lambda: swap(a_bundle(), SHARD, a_list() + b"\0")),
    "list-beyond-the-shard": ("list_untrusted", lambda: a_bundle(list_=encode_list({SHARD_SIZE}))),
    "list-ends-inside-a-number": ("list_untrusted", lambda: a_bundle(list_=b"\x05\x83")),
    "list-with-a-number-too-long": ("list_untrusted", lambda: a_bundle(list_=b"\x85\x00")),
    "list-with-a-number-too-large": ("list_untrusted", lambda: a_bundle(list_=b"\xff\xff\xff\xff\x01")),
}
"""Bundles that a verifier refuses, each with the code of the check that does."""
