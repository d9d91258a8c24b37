"""State-changing requests: one transaction, and with an ``Idempotency-Key`` one effect, however often it is sent.

The answer is kept, sealed, in the same transaction as the effect: a client that never saw it sends the request again and gets the
same one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from flask import Response, request

from ecard.domain.actors import Actor
from ecard.domain.errors import RefusedError
from ecard.services.housekeeping import ANSWERS_KEPT
from ecard.store.database import ConcurrentChangeError
from ecard.store.models import IdempotencyRecord
from ecard.store.unit_of_work import Transaction
from ecard.web.parts import parts
from ecard.web.sessions import actor_of, signed_in

_KEY = re.compile(r"[!-~]{8,100}")
_NOT_STORED = (("Cache-Control", "no-store"),)
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Body = dict[str, Any]


def json_response(body: Body, status: int = 200) -> Response:
    """A JSON answer that nobody stores."""
    return Response(_write(body), status, _NOT_STORED, content_type="application/json")


def command(work: Callable[[Transaction, Actor], Body], status: int = 200) -> Response:
    """Run ``work`` in one transaction as the signed-in party, once per ``Idempotency-Key``."""
    key = _idempotency_key()
    try:
        return _once(work, status, key)
    except ConcurrentChangeError:
        if key is None:
            raise
        return _once(work, status, key)  # the same request was under way beside this one: its answer is there now


def _once(work: Callable[[Transaction, Actor], Body], status: int, key: str | None) -> Response:
    party = signed_in()
    with parts().uow.write() as tx:
        actor = actor_of(tx, party)  # first: who was disabled meanwhile gets no remembered answer either
        record = _reserve(tx, party.party, key) if key else None
        if record is not None and record.status:
            return _replay(tx, record)
        body = work(tx, actor)
        if record is not None:
            record.status, record.body_sealed = status, tx.vault.seal(_write(body).encode(), f"answer:{party.party}")
    return json_response(body, status)


def looking(work: Callable[[Transaction, Actor], Body]) -> Response:
    """Run a reading that is itself on record. Its answer is never remembered: it is somebody's data, and every look counts."""
    with parts().uow.write() as tx:
        return json_response(work(tx, actor_of(tx, signed_in())))


def page_of(items: list[Body], last: int | None, limit: int) -> Body:
    """A page of a list: ``next`` is the cursor of the page after, null on the last one."""
    return {"items": items, "next": last if len(items) == limit else None}


def reading(work: Callable[[Transaction, Actor], Body]) -> Response:
    """Run ``work`` for reading, as the signed-in party."""
    with parts().uow.read() as tx:
        return json_response(work(tx, actor_of(tx, signed_in())))


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise RefusedError("idempotency_key_malformed")
    return key


def _reserve(tx: Transaction, subject: str, key: str) -> IdempotencyRecord:
    """The row of this key, ours until commit. Its ``status`` is 0 until there is an answer: a request that was refused has none.

    Raises:
        RefusedError: ``idempotency_key_reused`` for another request under the same key.
    """
    record = tx.db.get(IdempotencyRecord, (subject, key))
    if record is not None and record.created_at < tx.now - ANSWERS_KEPT:
        tx.db.delete(record)
        tx.db.flush()
        record = None
    if record is None:
        record = IdempotencyRecord(
            subject=subject, key=key, request_hash=_request_hash(tx), status=0, body_sealed=b"", created_at=tx.now
        )
        tx.db.add(record)
        tx.db.flush()
    if record.request_hash != _request_hash(tx):
        raise RefusedError("idempotency_key_reused")
    return record


def _replay(tx: Transaction, record: IdempotencyRecord) -> Response:
    body = json.loads(tx.vault.open(record.body_sealed, f"answer:{record.subject}"))
    response = json_response(body, record.status)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _request_hash(tx: Transaction) -> bytes:
    """Keyed: a body may hold a document number, and there are few enough of those to try them all."""
    content = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.get_data())
    return tx.vault.blind_index("request", content.hexdigest())
