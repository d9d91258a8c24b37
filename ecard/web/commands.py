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
from sqlalchemy import delete

from ecard.domain.actors import Actor
from ecard.domain.errors import RefusedError
from ecard.services.housekeeping import ANSWERS_KEPT
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
    party = signed_in()
    key = _idempotency_key()
    with parts().uow.write() as tx:
        remembered = _remembered(tx, party.party, key) if key else None
        if remembered is not None:
            return remembered
        body = work(tx, actor_of(tx, party))
        if key:
            _remember(tx, party.party, key, status, body)
    return json_response(body, status)


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


def _remembered(tx: Transaction, subject: str, key: str) -> Response | None:
    record = tx.db.get(IdempotencyRecord, (subject, key))
    if record is None or record.created_at < tx.now - ANSWERS_KEPT:
        return None
    if record.request_hash != _request_hash():
        raise RefusedError("idempotency_key_reused")
    response = json_response(json.loads(tx.vault.open(record.body_sealed, f"answer:{subject}")), record.status)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _remember(tx: Transaction, subject: str, key: str, status: int, body: Body) -> None:
    tx.db.execute(delete(IdempotencyRecord).where(IdempotencyRecord.subject == subject, IdempotencyRecord.key == key))
    sealed = tx.vault.seal(json.dumps(body, ensure_ascii=False).encode(), f"answer:{subject}")
    tx.db.add(
        IdempotencyRecord(
            subject=subject, key=key, request_hash=_request_hash(), status=status, body_sealed=sealed, created_at=tx.now
        )
    )
    tx.db.flush()


def _request_hash() -> bytes:
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.get_data()).digest()
