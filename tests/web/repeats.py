"""Requests that are sent again, and what is counted of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import func, select

from ecard.domain.policies import LOST_ANSWER_WINDOW
from ecard.store.models import AuditEntry, DemoMessage, IdempotencyRecord, Session, Verifier
from tests.town import Answer, Api, Holder, Town

SMS, SIGN_IN, STAFF = "/api/v1/auth/sms-codes", "/api/v1/auth/sessions", "/api/v1/auth/staff-sessions"
REFRESH, SESSION, CARD = "/api/v1/auth/sessions/refresh", "/api/v1/auth/session", "/api/v1/me/card"
ENROL, DEVICE = "/api/v1/verifiers/enrolment", "/api/v1/verifiers/sessions"
KEY, OTHER_KEY = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
JUST_IN_TIME = LOST_ANSWER_WINDOW.total_seconds()
Table = type[AuditEntry | DemoMessage | IdempotencyRecord | Session | Verifier]


def count(town: Town, table: Table) -> int:
    with town.foundation.uow.read() as tx:
        return tx.db.scalar(select(func.count()).select_from(table)) or 0


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def replayed(answer: Answer) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


def a_holder(town: Town) -> Holder:
    holder = town.a_card()
    town.an_account(holder)
    return holder


def a_code_for(town: Town, holder: Holder) -> dict[str, Any]:
    """The sign-in that the holder's app is about to send."""
    assert Api(town.client()).post(SMS, {"phone": holder.phone}).status_code == 202
    return {"phone": holder.phone, "code": town.last_sms_code()}


def wrong(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"code": f"{(int(body['code']) + 1) % 1_000_000:06}"}


def many(town: Town, path: str, body: dict[str, Any], token: str | None = None, times: int = 6) -> list[Answer]:
    """The same request, with the same key, at the same time."""

    def send(_number: int) -> Answer:
        return Api(town.client(), token).post(path, body, Idempotency_Key=KEY)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(send, range(times)))
