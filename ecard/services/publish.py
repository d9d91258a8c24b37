"""What verifiers download: lists, changes and the manifest that pins the lists (token format, section 2).

Composed from one reading of the database, signed, then stored under the next manifest number, unless somebody else took it meanwhile:
a manifest with a higher number never says less than one before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import LargeBinary, delete, func, insert, select, update
from sqlalchemy.orm import Session

from ecard.domain.policies import MANIFEST_LIFETIME, MANIFEST_PERIOD, STATUS_LIST_PERIOD
from ecard.services.follow import StatusIndices, build_bitmap
from ecard.services.shard_logs import ShardLogs
from ecard.store.heads import lock_head, read_head
from ecard.store.models import Publication
from ecard.store.redis_link import RedisUnavailableError
from ecard.store.revocation_list import RevocationList
from ecard.store.unit_of_work import Transaction, UnitOfWork
from signing import Signer, base64url, live_shards, pin_shard, sign_manifest, sign_status_list, strict_json
from signing.statuslist import CHANGE_BYTES

KEYS, MANIFEST = "keys", "manifest"
OCTETS = "application/octet-stream"
_TRIES = 5
_HEADER_BYTES = 256
"""A compact JWS begins with its header, which is far shorter."""
_STATUS_LIST_LIFETIME = timedelta(days=21)


def list_name(shard: int | str) -> str:
    """The publication that holds a shard's list."""
    return f"status/{shard}/list"


def changes_name(shard: int | str) -> str:
    """The publication that holds a shard's changes."""
    return f"status/{shard}/changes"


def status_list_name(shard: int) -> str:
    """The publication that holds a shard as an IETF Token Status List."""
    return f"status/{shard}"


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


@dataclass(frozen=True, slots=True)
class _Composed:
    """What one publication stores, and the names of all that it leaves in place."""

    documents: list[_Document]
    names: set[str]


class Publisher:
    """Composes and stores publications; one instance in the worker, which keeps the logs of the shards in memory."""

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
        self._logs = ShardLogs(indices)
        self._signer = signer
        self._issuer = issuer
        self._key_set = key_set
        self._own_status_lists: set[int] = set()

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
                composed = self._compose(tx, number + 1)
            if self._store(number, composed):
                return True
        return False

    def _is_due(self, tx: Transaction) -> bool:
        manifest = tx.db.get(Publication, MANIFEST)
        keys = tx.db.get(Publication, KEYS)
        if manifest is None or keys is None or keys.version != self._key_set.version:
            return True
        if tx.now - manifest.updated_at >= MANIFEST_PERIOD or manifest.updated_at > tx.now + MANIFEST_PERIOD:
            return True
        logs = tx.db.execute(
            select(Publication.name, Publication.version).where(Publication.name.like(changes_name("%")))
        ).all()
        truth = read_head(tx.db, "revocation").value
        live = {changes_name(shard) for shard in live_shards(int(tx.now.timestamp()))}
        return {name for name, _ in logs} != live or any(version != truth for _, version in logs)

    def _compose(self, tx: Transaction, number: int) -> _Composed:
        truth = read_head(tx.db, "revocation").value
        shards = live_shards(int(tx.now.timestamp()))
        documents = [_Document(KEYS, "application/jose+json", self._key_set.body, self._key_set.version)]
        logs = self._logs.follow(tx.db, truth, shards)
        for shard, log in logs.items():
            documents.append(_Document(list_name(shard), OCTETS, log.list_bytes, truth))
            documents.append(_Document(changes_name(shard), OCTETS, bytes(log.words), truth))
        documents += self._status_lists(tx, shards, truth)
        now = int(tx.now.timestamp())
        manifest = sign_manifest(
            version=number,
            issued_at=now,
            expires_at=now + int(MANIFEST_LIFETIME.total_seconds()),
            keys_version=self._key_set.version,
            keys=self._key_set.body,
            size=self._indices.size,
            shards={shard: pin_shard(len(log.words) // CHANGE_BYTES, log.list_bytes) for shard, log in logs.items()},
            signer=self._signer,
        )
        documents.append(_Document(MANIFEST, "application/jose", manifest, number))
        return _Composed(documents, {document.name for document in documents} | set(map(status_list_name, shards)))

    def _status_lists(self, tx: Transaction, shards: Iterable[int], truth: int) -> list[_Document]:
        """Those for others that are not there, that another key signed, which may be revoked, or that say what the database, which turned
        back, knows no more; and one that is hours old.

        One at a time, because packing millions of bits takes as long as many publications.
        """
        known = select(Publication.name, Publication.version, Publication.updated_at)
        rows = {
            row.name: row for row in tx.db.execute(known.where(Publication.name.in_(map(status_list_name, shards))))
        }
        found = [(shard, rows.get(status_list_name(shard))) for shard in shards]
        wrong = [shard for shard, row in found if row is None or row.version > truth or not self._is_own(tx.db, shard)]
        due = tx.now - STATUS_LIST_PERIOD
        old = [(row.updated_at, shard) for shard, row in found if shard not in wrong and row and row.updated_at <= due]
        return [self._status_list(tx, shard, truth) for shard in (*wrong, *(shard for _, shard in sorted(old)[:1]))]

    def _is_own(self, db: Session, shard: int) -> bool:
        """Whether the status list that is stored bears this publisher's key; once it does, it is not looked at again."""
        if shard not in self._own_status_lists:
            start = func.substr(Publication.body, 1, _HEADER_BYTES, type_=LargeBinary)
            stored = db.scalar(select(start).where(Publication.name == status_list_name(shard)))
            if stored is None or _kid_of(bytes(stored)) != self._signer.kid:
                return False
            self._own_status_lists.add(shard)
        return True

    def _status_list(self, tx: Transaction, shard: int, truth: int) -> _Document:
        now = int(tx.now.timestamp())
        body = sign_status_list(
            self._bitmap(tx.db, shard, truth),
            issuer=self._issuer,
            shard=shard,
            issued_at=now,
            expires_at=now + int(_STATUS_LIST_LIFETIME.total_seconds()),
            ttl=int(STATUS_LIST_PERIOD.total_seconds()),
            signer=self._signer,
        )
        return _Document(status_list_name(shard), "application/statuslist+jwt", body, truth)

    def _bitmap(self, db: Session, shard: int, truth: int) -> bytes:
        """From Redis where it reflects exactly this version, else from the record of changes."""
        try:
            version, bitmap = self._revocations.bitmap(shard)
        except RedisUnavailableError:
            version, bitmap = None, None
        if version == truth and bitmap is not None and len(bitmap) == self._indices.size // 8:
            return bitmap
        return build_bitmap(db, self._indices, shard)

    def _store(self, number: int, composed: _Composed) -> bool:
        with self._uow.write() as tx:
            head = lock_head(tx.db, MANIFEST)
            if head.value != number:
                return False
            head.value = number + 1
            digests = dict(tx.db.execute(select(Publication.name, Publication.digest)).all())
            for document in composed.documents:
                _put(tx, document, digests.get(document.name))
            tx.db.execute(delete(Publication).where(Publication.name.not_in(composed.names)))
            tx.rings.add("published")
        return True


def _kid_of(start: bytes) -> object:
    """Whose signature a compact JWS of ours says it bears, from how it begins."""
    return strict_json.parse_object(base64url.decode(start.partition(b".")[0].decode())).get("kid")


def _put(tx: Transaction, document: _Document, known: bytes | None) -> None:
    """Without reading the body that is there, and without writing one that is there already."""
    values: dict[str, object] = {"version": document.version}
    if known != document.digest:
        values |= {
            "media_type": document.media_type,
            "body": document.body,
            "digest": document.digest,
            "updated_at": tx.now,
        }
    if known is None:
        tx.db.execute(insert(Publication).values(name=document.name, **values))
    else:
        tx.db.execute(update(Publication).where(Publication.name == document.name).values(**values))
