"""Sessions over HTTP: tokens made and checked by flask-jwt-extended, read from a header or from cookies.

Mobile apps and mini-programs send ``Authorization: Bearer``. Browsers get HttpOnly cookies and repeat a readable one in
``X-CSRF-Token``; each browser app (``X-Ecard-App``) has cookies of its own, so that a citizen's and a clerk's page can be open side by
side. An access token that was checked once is remembered until it expires; whether its session has ended is asked every time.
"""

from __future__ import annotations

import hmac
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, current_app, g, request
from flask_jwt_extended import create_access_token, create_refresh_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import ExpiredSignatureError, PyJWTError

from ecard.domain.actors import Actor, Role
from ecard.domain.errors import RefusedError
from ecard.domain.policies import ACCESS_LIFETIME
from ecard.services.sessions import session_is_alive
from ecard.store.models import Session
from ecard.store.models import Staff as StaffRow
from ecard.store.models import Verifier as VerifierRow
from ecard.store.unit_of_work import Transaction
from ecard.web.parts import parts

COUNTER_PATHS = ("/api/v1/counter", "/api/v1/unit", "/api/v1/audit")
_REMEMBERED = 20_000
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_REFRESH_PATH = "/api/v1/auth"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who makes this request."""

    session_id: str
    role: Role
    subject_id: int
    csrf: str
    expires_at: int

    @property
    def party(self) -> str:
        """The party's internal identifier, as in the audit log."""
        kind = {Role.CITIZEN: "account", Role.VERIFIER: "verifier"}.get(self.role, "staff")
        return f"{kind}:{self.subject_id}"


class TokenMemory:
    """Access tokens whose signature was checked; bounded, the oldest leave first."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, SignedIn] = OrderedDict()

    def get(self, token: str) -> SignedIn | None:
        """What a token says, if it was checked before and has not expired."""
        known = self._known.get(token)
        return known if known is not None and known.expires_at > time.time() else None

    def put(self, token: str, signed_in: SignedIn) -> None:
        """Remember a checked token."""
        self._known[token] = signed_in
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def signed_in() -> SignedIn:
    """Who makes this request; the guard has checked."""
    return cast("SignedIn", g.signed_in)


def authenticate() -> SignedIn:
    """Read and check the request's access token, and that its session lives.

    Raises:
        RefusedError: ``token_missing``, ``token_invalid``, ``token_expired``, ``token_revoked``, ``csrf_failed``.
    """
    token, from_cookie = _presented("access")
    memory: TokenMemory = current_app.extensions["ecard-tokens"]
    party = memory.get(token)
    if party is None:
        party = _checked(token, "access")
        memory.put(token, party)
    if from_cookie:
        check_csrf(party.csrf)
    if not _is_alive(party.session_id):
        raise RefusedError("token_revoked")
    return party


def present_refresh_token() -> tuple[str, str, bool]:
    """Session and refresh identifiers of the request's refresh token, and whether it came in a cookie."""
    token, from_cookie = _presented("refresh")
    claims = _decoded(token, "refresh")
    if from_cookie:
        check_csrf(claims["csrf"])
    return str(claims["sid"]), str(claims["rid"]), from_cookie


def check_csrf(expected: str) -> None:
    """Double submit: only a page of ours can read the cookie whose value this is."""
    given = request.headers.get("X-CSRF-Token", "")
    if request.method in _UNSAFE and not hmac.compare_digest(given.encode(), expected.encode()):
        raise RefusedError("csrf_failed")


@dataclass(frozen=True, slots=True)
class Tokens:
    """A session's two tokens, as made."""

    access: str
    refresh: str
    csrf: str
    refresh_csrf: str


def make_tokens(session: Session) -> Tokens:
    """Tokens for a session as it stands in the database."""
    claims = {"sid": session.id, "role": session.role}
    access = create_access_token(str(session.subject_id), additional_claims=claims)
    refresh = create_refresh_token(
        str(session.subject_id),
        additional_claims=claims | {"rid": session.refresh_id},
        expires_delta=session.expires_at - session.created_at,
    )
    return Tokens(access, refresh, decode_token(access)["csrf"], decode_token(refresh)["csrf"])


def set_cookies(response: Response, tokens: Tokens) -> None:
    """Hand the tokens to a browser: the tokens unreadable for scripts, the CSRF values readable."""
    prefix = cookie_prefix()
    secure = parts().settings.secure_cookies
    common: dict[str, Any] = {"secure": secure, "samesite": "Strict"}
    response.set_cookie(f"{prefix}access", tokens.access, httponly=True, path="/api", max_age=30 * 86400, **common)
    response.set_cookie(
        f"{prefix}refresh", tokens.refresh, httponly=True, path=_REFRESH_PATH, max_age=30 * 86400, **common
    )
    response.set_cookie(f"{prefix}csrf", tokens.csrf, path="/", max_age=30 * 86400, **common)
    response.set_cookie(f"{prefix}refresh_csrf", tokens.refresh_csrf, path="/", max_age=30 * 86400, **common)


def clear_cookies(response: Response) -> None:
    """Take the cookies back."""
    prefix = cookie_prefix()
    for name, path in (("access", "/api"), ("refresh", _REFRESH_PATH), ("csrf", "/"), ("refresh_csrf", "/")):
        response.delete_cookie(f"{prefix}{name}", path=path, samesite="Strict")


def cookie_prefix() -> str:
    """``ecard_`` for the citizen app, ``ecard_counter_`` for the counter: by path, and by header where both apps call (``/auth``)."""
    at_counter = request.path.startswith(COUNTER_PATHS) or request.headers.get("X-Ecard-App") == "counter"
    return "ecard_counter_" if at_counter else "ecard_"


def actor_of(tx: Transaction, party: SignedIn) -> Actor:
    """The signed-in party with its place of work, as the rules see it.

    Raises:
        RefusedError: ``token_revoked`` if its account was disabled, or given another role, meanwhile.
    """
    if party.role is Role.CITIZEN:
        return Actor(Role.CITIZEN, party.party)
    if party.role is Role.VERIFIER:
        verifier = tx.db.get(VerifierRow, party.subject_id)
        if verifier is None or verifier.disabled_at is not None:
            raise RefusedError("token_revoked")
        return Actor(Role.VERIFIER, party.party, unit_id=verifier.unit_id)
    staff = tx.db.get(StaffRow, party.subject_id)
    if staff is None or staff.disabled_at is not None or staff.role != party.role.value:
        raise RefusedError("token_revoked")
    return Actor(Role(staff.role), party.party, staff.bank_id, staff.outlet_id, staff.unit_id)


def may_go_on(tx: Transaction, session: Session) -> bool:
    """Whether the party of a session may still act: neither disabled nor given another role meanwhile."""
    party = SignedIn(session.id, Role(session.role), session.subject_id, csrf="", expires_at=0)
    try:
        actor_of(tx, party)
    except RefusedError:
        return False
    return True


def _presented(kind: str) -> tuple[str, bool]:
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise RefusedError("token_invalid")
        return token, False
    token = request.cookies.get(f"{cookie_prefix()}{kind}", "")
    if not token:
        raise RefusedError("token_missing")
    return token, True


def _checked(token: str, kind: str) -> SignedIn:
    claims = _decoded(token, kind)
    try:
        return SignedIn(claims["sid"], Role(claims["role"]), int(claims["sub"]), claims["csrf"], claims["exp"])
    except (KeyError, ValueError) as error:  # made by another release of ours
        raise RefusedError("token_invalid") from error


def _decoded(token: str, kind: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = decode_token(token)
    except ExpiredSignatureError as error:
        raise RefusedError("token_expired") from error
    except (PyJWTError, JWTExtendedException, ValueError) as error:
        raise RefusedError("token_invalid") from error
    if claims.get("type") != kind:
        raise RefusedError("token_invalid")
    return claims


def _is_alive(session_id: str) -> bool:
    ended = parts().watch.session_ended(session_id)
    if ended is not None:
        return not ended
    with parts().uow.read() as tx:
        return session_is_alive(tx, session_id)


ACCESS_SECONDS = int(ACCESS_LIFETIME.total_seconds())
