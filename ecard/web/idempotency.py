"""What is remembered of a request that came with an ``Idempotency-Key``, in the same transaction as its effect.

The key itself is not kept, only a blind index of it, and the request's hash is made with it: a request may hold a password or a code of
six digits, and whoever has the database and its index key must not be able to try them faster than Argon2 lets him.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, request

from ecard.domain.errors import RefusedError
from ecard.services.housekeeping import ANSWERS_KEPT
from ecard.store.database import ConcurrentChangeError
from ecard.store.models import IdempotencyRecord
from ecard.store.unit_of_work import Transaction
from ecard.web.parts import parts

_KEY = re.compile(r"[!-~]{8,100}")
_REPLAYED = "Idempotency-Replayed"

Note = dict[str, Any]
Subject = Callable[[Transaction], str]
"""Whose key it is: two parties may use the same one."""


class Slot:
    """Where the answer to one request is kept; a request without a key has no record, and nothing is kept of it."""

    def __init__(self, tx: Transaction, record: IdempotencyRecord | None) -> None:
        self._tx = tx
        self._record = record

    def read(self, within: timedelta = ANSWERS_KEPT) -> Note | None:
        """What the same request wrote here at most ``within`` ago."""
        record = self._record
        if record is None or not record.status or record.created_at < self._tx.now - within:
            return None
        note: Note = json.loads(self._tx.vault.open(record.body_sealed, _owner(record)))
        return note

    def write(self, status: int, note: Note) -> None:
        """Keep a note, sealed; ``status`` is that of the answer."""
        record = self._record
        if record is not None:
            record.status, record.created_at = status, self._tx.now
            record.body_sealed = self._tx.vault.seal(json.dumps(note, ensure_ascii=False).encode(), _owner(record))

    def clear(self) -> None:
        """Keep nothing of this request."""
        if self._record is not None:
            self._tx.db.delete(self._record)
            self._record = None


def once(subject: Subject, run: Callable[[Transaction, Slot], Response]) -> Response:
    """Run in one transaction, with the slot of the request's key. A refused request leaves no record, even if the refusal is counted."""
    key = _key_of_request()
    try:
        return _attempt(subject, key, run)
    except ConcurrentChangeError:
        if key is None:
            raise
        return _attempt(subject, key, run)  # the same request was under way beside this one: its answer is there now


def presented(kind: str, value: str) -> Subject:
    """Who is not signed in is known by what he presents (``phone``, ``code`` …), which is kept as a blind index only."""
    return lambda tx: f"{kind}:{tx.vault.blind_index(f'presented {kind}', value).hex()}"


def forget(subject: Subject) -> None:
    """Keep nothing of this request after all: what its answer promised has not come about."""
    key = _key_of_request()
    if key is not None:
        with parts().uow.write() as tx:
            Slot(tx, tx.db.get(IdempotencyRecord, (subject(tx), _index_of(tx, key)))).clear()


def mark_replayed(response: Response) -> Response:
    """The answer to a request that had its effect before."""
    response.headers[_REPLAYED] = "true"
    return response


def is_replayed(response: Response) -> bool:
    """Whether the request had its effect before."""
    return _REPLAYED in response.headers


def _attempt(subject: Subject, key: str | None, run: Callable[[Transaction, Slot], Response]) -> Response:
    with parts().uow.write() as tx:
        slot = Slot(tx, _reserve(tx, subject(tx), key) if key else None)
        try:
            return run(tx, slot)
        except RefusedError as refusal:
            if refusal.keep:
                slot.clear()
            raise


def _key_of_request() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise RefusedError("idempotency_key_malformed")
    return key


def _reserve(tx: Transaction, subject: str, key: str) -> IdempotencyRecord:
    """The row of this key, ours until commit. Its ``status`` is 0 until there is an answer.

    Raises:
        RefusedError: ``idempotency_key_reused`` for another request under the same key.
    """
    index, request_hash = _index_of(tx, key), _request_hash(tx, key)
    record = tx.db.get(IdempotencyRecord, (subject, index))
    if record is not None and record.created_at < tx.now - ANSWERS_KEPT:
        tx.db.delete(record)
        tx.db.flush()
        record = None
    if record is None:
        record = IdempotencyRecord(
            subject=subject, key=index, request_hash=request_hash, status=0, body_sealed=b"", created_at=tx.now
        )
        tx.db.add(record)
        tx.db.flush()
    if record.request_hash != request_hash:
        raise RefusedError("idempotency_key_reused")
    return record


def _index_of(tx: Transaction, key: str) -> str:
    return tx.vault.blind_index("idempotency_key", key).hex()


def _request_hash(tx: Transaction, key: str) -> bytes:
    content = hashlib.sha256(f"{key}\n{request.method} {request.path}\n".encode() + request.get_data())
    return tx.vault.blind_index("request", content.hexdigest())


def _owner(record: IdempotencyRecord) -> str:
    return f"answer:{record.subject}:{record.key}"
