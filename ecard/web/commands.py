"""State-changing requests: one transaction, and with an ``Idempotency-Key`` one effect, however often it is sent.

The answer is kept, sealed, in the same transaction as the effect: a client that never saw it sends the request again and gets the
same one. An answer with tokens is not kept: see `session_command`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Response

from ecard.domain.actors import Actor
from ecard.domain.policies import LOST_ANSWER_WINDOW
from ecard.services.sessions import session_not_renewed
from ecard.store.models import Session
from ecard.store.unit_of_work import Transaction
from ecard.web.idempotency import Slot, Subject, mark_replayed, once
from ecard.web.parts import parts
from ecard.web.sessions import actor_of, may_go_on, signed_in

_NOT_STORED = (("Cache-Control", "no-store"),)
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Body = dict[str, Any]


def json_response(body: Body, status: int = 200) -> Response:
    """A JSON answer that nobody stores."""
    return Response(_write(body), status, _NOT_STORED, content_type="application/json")


def command(work: Callable[[Transaction, Actor], Body], status: int = 200) -> Response:
    """Run ``work`` in one transaction as the signed-in party, once per ``Idempotency-Key``."""
    party = signed_in()

    def run(tx: Transaction, slot: Slot) -> Response:
        actor = actor_of(tx, party)  # first: who was disabled meanwhile gets no remembered answer either
        return _kept_or_made(slot, lambda: work(tx, actor), status)

    return once(lambda _tx: party.party, run)


def anonymous_command(subject: Subject, work: Callable[[Transaction], Body], status: int = 200) -> Response:
    """The same without asking what the party may; who is not signed in is a ``subject`` made by `ecard.web.idempotency.presented`."""
    return once(subject, lambda tx, slot: _kept_or_made(slot, lambda: work(tx), status))


def session_command(
    subject: Subject,
    obtain: Callable[[Transaction], Session],
    answer: Callable[[Transaction, Session], Response],
) -> Response:
    """Run ``obtain``, which opens or renews a session, and answer with tokens for it, which are never kept.

    The record says which session it was. The same request, within `LOST_ANSWER_WINDOW` and before the session is renewed or ended, is
    answered with new tokens for it; any other is obtained anew, which refuses a credential that was used.
    """

    def run(tx: Transaction, slot: Slot) -> Response:
        session = _opened_before(tx, slot)
        if session is not None:
            return mark_replayed(answer(tx, session))
        session = obtain(tx)
        response = answer(tx, session)
        slot.write(response.status_code, {"session": session.id, "refresh": session.refresh_id})
        return response

    return once(subject, run)


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


def _kept_or_made(slot: Slot, make: Callable[[], Body], status: int) -> Response:
    kept = slot.read()
    if kept is not None:
        return mark_replayed(json_response(kept, status))
    body = make()
    slot.write(status, body)
    return json_response(body, status)


def _opened_before(tx: Transaction, slot: Slot) -> Session | None:
    note = slot.read(within=LOST_ANSWER_WINDOW)
    session = note and session_not_renewed(tx, note["session"], note["refresh"])
    return session if session and may_go_on(tx, session) else None
