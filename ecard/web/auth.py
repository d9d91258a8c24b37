"""Sign-in, renewal, sign-out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint

from ecard.domain.actors import Role
from ecard.domain.masking import mask_name, mask_phone
from ecard.domain.phones import national_phone, normal_phone
from ecard.services.cards import bound_person, details_of
from ecard.services.citizen_sign_in import request_sms_code, sign_in_by_sms
from ecard.services.sessions import end_session, open_session, renew_session
from ecard.store.models import Person, Session, Staff
from ecard.store.unit_of_work import Transaction
from ecard.web.commands import json_response, session_command
from ecard.web.idempotency import presented
from ecard.web.one_time_codes import code_command
from ecard.web.parts import parts
from ecard.web.presenters import present_bank, present_outlet, present_unit, rfc3339
from ecard.web.schemas import CitizenSignIn, Empty, SmsCodeRequest, StaffSignInRequest
from ecard.web.sessions import (
    ACCESS_SECONDS,
    Tokens,
    clear_cookies,
    make_tokens,
    present_refresh_token,
    set_cookies,
    signed_in,
)

blueprint = APIBlueprint("auth", __name__, url_prefix="/api/v1/auth")

_SMS = "【广州社保卡】验证码 {code}，{minutes} 分钟内有效。请勿告诉他人。"


@blueprint.post("/sms-codes", summary="Send a one-time code to a phone")
def request_sms(body: SmsCodeRequest) -> Response:
    """The answer is the same whether or not the phone is known."""
    subject = presented("phone", normal_phone(body.phone))
    return code_command(subject, lambda tx: request_sms_code(tx, body.phone), _SMS)


@blueprint.post("/sessions", summary="Sign in as a citizen")
def sign_in_citizen(body: CitizenSignIn) -> Response:
    """By phone and code; the first sign-in makes the account."""

    def obtain(tx: Transaction) -> Session:
        return open_session(tx, Role.CITIZEN, sign_in_by_sms(tx, body.phone, body.code).id)

    return session_command(presented("phone", normal_phone(body.phone)), obtain, _answer_by(body.delivery, 201))


@blueprint.post("/staff-sessions", summary="Sign in as staff")
def sign_in_staff(body: StaffSignInRequest) -> Response:
    """By user name, password and one-time password."""

    def obtain(tx: Transaction) -> Session:
        staff = parts().staff_sign_in.sign_in(tx, body.username, body.password, body.totp)
        return open_session(tx, Role(staff.role), staff.id)

    return session_command(presented("username", body.username), obtain, _answer_by(body.delivery, 201))


@blueprint.post("/sessions/refresh", summary="Renew a session")
def renew(body: Empty) -> Response:  # noqa: ARG001 - declares the body
    """Exchanges the refresh token, which counts once, for a new pair."""
    session_id, refresh_id, from_cookie = present_refresh_token()
    return session_command(
        presented("refresh", f"{session_id}:{refresh_id}"),
        lambda tx: renew_session(tx, session_id, refresh_id),
        _answer_by("cookie" if from_cookie else "body", 200),
    )


@blueprint.get("/session", summary="Who am I")
def session() -> Response:
    """The current session."""
    party = signed_in()
    with parts().uow.read() as tx:
        return json_response(_present(tx, tx.db.get_one(Session, party.session_id)))


@blueprint.delete("/session", summary="Sign out")
def sign_out() -> Response:
    """Ends the session at once, on every server."""
    with parts().uow.write() as tx:
        end_session(tx, signed_in().session_id)
    response = Response(status=204)
    clear_cookies(response)
    return response


def _answer_by(delivery: str, status: int) -> Callable[[Transaction, Session], Response]:
    """Answers with new tokens for a session, in the body or in cookies."""

    def answer(tx: Transaction, session: Session) -> Response:
        tokens = make_tokens(session)
        body = {"session": _present(tx, session)} | (_in_body(tokens) if delivery == "body" else {})
        response = json_response(body, status)
        if delivery == "cookie":
            set_cookies(response, tokens)
        return response

    return answer


def _in_body(tokens: Tokens) -> dict[str, Any]:
    return {
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
    }


def _present(tx: Transaction, session: Session) -> dict[str, Any]:
    common = {"id": session.id, "role": session.role, "expires_at": rfc3339(session.expires_at)}
    empty = {"name": None, "phone": None, "bound": None, "bank": None, "outlet": None, "unit": None}
    if session.role == Role.CITIZEN.value:
        return common | empty | _present_citizen(tx, session.subject_id)
    return common | empty | _present_staff(tx, session.subject_id)


def _present_citizen(tx: Transaction, account_id: int) -> dict[str, Any]:
    person_id = bound_person(tx, account_id)
    if person_id is None:
        return {"bound": False}
    details = details_of(tx, tx.db.get_one(Person, person_id))
    return {"bound": True, "name": mask_name(details.name), "phone": mask_phone(national_phone(details.phone))}


def _present_staff(tx: Transaction, staff_id: int) -> dict[str, Any]:
    staff = tx.db.get_one(Staff, staff_id)
    outlet = staff.outlet and present_outlet(staff.outlet) | {"bank": present_bank(staff.outlet.bank)}
    return {
        "name": staff.name,
        "bank": staff.bank and present_bank(staff.bank),
        "outlet": outlet,
        "unit": staff.unit and present_unit(staff.unit),
    }
