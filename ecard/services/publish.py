"""What verifiers download: snapshots, deltas and the manifest that pins them (token format, section 2).

Composed from one reading of the database, signed, then stored under the next manifest number, unless somebody else took it meanwhile:
a manifest with a higher number never says less than one before it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ecard.domain.policies import MANIFEST_LIFETIME, MANIFEST_PERIOD, SNAPSHOT_PERIOD
from ecard.services.follow import StatusIndices, build_bitmap, changes_since
from ecard.store.heads import lock_head, read_head
from ecard.store.models import Publication
from ecard.store.redis_link import RedisUnavailableError
from ecard.store.revocation_list import RevocationList
from ecard.store.unit_of_work import Transaction, UnitOfWork
from signing import ShardPin, Signer, encode_delta, live_shards, pin_shard, sign_manifest, sign_snapshot

KEYS, MANIFEST = "keys", "manifest"
_TRIES = 5
_SNAPSHOT_LIFETIME = timedelta(days=21)


def snapshot_name(shard: int) -> str:
    """The publication that holds a shard's snapshot."""
    return f"status/{shard}"


def delta_name(shard: int) -> str:
    """The publication that holds a shard's delta."""
    return f"status/{shard}/delta"


@dataclass(frozen=True, slots=True)
class KeySetDocument:
    """The signed key set as served, and its version."""

    body: bytes
    version: int


@dataclass(frozen=True, slots=True)
class _Document:
    name: str
    media_type: str
    body: bytes
    version: int

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.body).digest()


class Publisher:
    """Composes and stores publications; one instance in the worker."""

    def __init__(
        self,
        uow: UnitOfWork,
        revocations: RevocationList,
        indices: StatusIndices,
        *,
        signer: Signer,
        issuer: str,
        key_set: KeySetDocument,
    ) -> None:
        self._uow = uow
        self._revocations = revocations
        self._indices = indices
        self._signer = signer
        self._issuer = issuer
        self._key_set = key_set

    def publish_if_due(self) -> bool:
        """Publish after a change of the list, of the live shards or of the key set, and at least each minute."""
        with self._uow.read() as tx:
            due = self._is_due(tx)
        return due and self.publish()

    def publish(self) -> bool:
        """Publish now; False if other publishers took the number each time (they said the same)."""
        for _ in range(_TRIES):
            with self._uow.read() as tx:
                number = read_head(tx.db, MANIFEST).value
                documents = self._compose(tx, number + 1)
            if self._store(number, documents):
                return True
        return False

    def _is_due(self, tx: Transaction) -> bool:
        manifest = tx.db.get(Publication, MANIFEST)
        keys = tx.db.get(Publication, KEYS)
        if manifest is None or keys is None or keys.version != self._key_set.version:
            return True
        if tx.now - manifest.updated_at >= MANIFEST_PERIOD or manifest.updated_at > tx.now + MANIFEST_PERIOD:
            return True
        deltas = tx.db.execute(
            select(Publication.name, Publication.version).where(Publication.name.like("status/%/delta"))
        ).all()
        truth = read_head(tx.db, "revocation").value
        live = {delta_name(shard) for shard in live_shards(int(tx.now.timestamp()))}
        return {name for name, _ in deltas} != live or any(version != truth for _, version in deltas)

    def _compose(self, tx: Transaction, number: int) -> list[_Document]:
        truth = read_head(tx.db, "revocation").value
        documents = [_Document(KEYS, "application/jose+json", self._key_set.body, self._key_set.version)]
        shards: dict[int, ShardPin] = {}
        for shard in live_shards(int(tx.now.timestamp())):
            snapshot = self._snapshot(tx, shard, truth)
            delta = self._delta(tx.db, shard, snapshot.version, truth)
            documents += [snapshot, delta]
            shards[shard] = pin_shard(self._indices.size, snapshot.body, delta.body)
        now = int(tx.now.timestamp())
        manifest = sign_manifest(
            issuer=self._issuer,
            version=number,
            issued_at=now,
            expires_at=now + int(MANIFEST_LIFETIME.total_seconds()),
            keys_version=self._key_set.version,
            keys=self._key_set.body,
            shards=shards,
            signer=self._signer,
        )
        return [*documents, _Document(MANIFEST, "application/jose", manifest, number)]

    def _snapshot(self, tx: Transaction, shard: int, truth: int) -> _Document:
        """The snapshot in force, or a new one after some hours, or when the database turned back behind it."""
        row = tx.db.get(Publication, snapshot_name(shard))
        if row is not None and row.version <= truth and tx.now - row.updated_at < SNAPSHOT_PERIOD:
            return _Document(row.name, row.media_type, row.body, row.version)
        version, bitmap = self._bitmap(tx.db, shard, truth)
        now = int(tx.now.timestamp())
        body = sign_snapshot(
            bitmap,
            issuer=self._issuer,
            shard=shard,
            issued_at=now,
            expires_at=now + int(_SNAPSHOT_LIFETIME.total_seconds()),
            ttl=int(SNAPSHOT_PERIOD.total_seconds()),
            signer=self._signer,
        )
        return _Document(snapshot_name(shard), "application/statuslist+jwt", body, version)

    def _bitmap(self, db: Session, shard: int, truth: int) -> tuple[int, bytes]:
        """From Redis where it reflects exactly this version, else from the record of changes."""
        try:
            version, bitmap = self._revocations.bitmap(shard)
        except RedisUnavailableError:
            version, bitmap = None, None
        if version == truth and bitmap is not None and len(bitmap) == self._indices.size // 8:
            return truth, bitmap
        return truth, build_bitmap(db, self._indices, shard)

    def _delta(self, db: Session, shard: int, since: int, truth: int) -> _Document:
        changes = [(self._indices.of(serial, shard), revoked) for _, serial, revoked in changes_since(db, since, truth)]
        return _Document(delta_name(shard), "application/octet-stream", encode_delta(changes), truth)

    def _store(self, number: int, documents: list[_Document]) -> bool:
        with self._uow.write() as tx:
            head = lock_head(tx.db, MANIFEST)
            if head.value != number:
                return False
            head.value = number + 1
            for document in documents:
                _put(tx, document)
            tx.db.execute(delete(Publication).where(Publication.name.not_in([document.name for document in documents])))
            tx.rings.add("published")
        return True


def _put(tx: Transaction, document: _Document) -> None:
    row = tx.db.get(Publication, document.name)
    if row is not None and row.digest == document.digest:
        row.version = document.version
        if row.name == MANIFEST:
            row.updated_at = tx.now
        return
    if row is None:
        row = Publication(name=document.name)
        tx.db.add(row)
    row.media_type, row.body, row.digest = document.media_type, document.body, document.digest
    row.version, row.updated_at = document.version, tx.now
