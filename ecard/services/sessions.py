"""Sign-ins as rows: short access tokens, a refresh token that changes with every use, and an end that counts at once.

An old refresh token shown again means that two parties hold it; the session ends for both (RFC 9700 §4.14.2).
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select

from ecard.domain.actors import Role
from ecard.domain.errors import RefusedError
from ecard.domain.policies import REFRESH_LIFETIME, STAFF_REFRESH_LIFETIME
from ecard.store.models import Session
from ecard.store.unit_of_work import Transaction


def open_session(tx: Transaction, role: Role, subject_id: int) -> Session:
    """A new session for an authenticated subject; ``subject_id`` is an account, staff or verifier row."""
    session = Session(
        id=secrets.token_urlsafe(16),
        role=role.value,
        subject_id=subject_id,
        refresh_id=secrets.token_urlsafe(16),
        created_at=tx.now,
        expires_at=tx.now + _lifetime(role),
    )
    tx.db.add(session)
    tx.db.flush()
    return session


def renew_session(tx: Transaction, session_id: str, refresh_id: str) -> Session:
    """Exchange the refresh token.

    Raises:
        RefusedError: ``token_revoked`` for an ended or expired session, ``refresh_reused`` for an old token (the session ends).
    """
    session = _living(tx, session_id)
    if session is None:
        raise RefusedError("token_revoked")
    if not secrets.compare_digest(session.refresh_id, refresh_id):
        end_session(tx, session_id)
        raise RefusedError("refresh_reused", keep=True)
    session.refresh_id = secrets.token_urlsafe(16)
    return session


def session_not_renewed(tx: Transaction, session_id: str, refresh_id: str) -> Session | None:
    """A session that lives and whose newest refresh token is still this one: whoever was sent it has not exchanged it."""
    session = _living(tx, session_id)
    return session if session and secrets.compare_digest(session.refresh_id, refresh_id) else None


def end_session(tx: Transaction, session_id: str) -> None:
    """End a session now; ending an ended one changes nothing."""
    session = tx.db.get(Session, session_id)
    if session is not None and session.ended_at is None:
        session.ended_at = tx.now
        tx.rings.add("session")


def end_sessions_of(tx: Transaction, role: Role, subject_id: int) -> None:
    """End every session of a subject now: its credential no longer counts."""
    sessions = select(Session.id).where(
        Session.role == role.value, Session.subject_id == subject_id, Session.ended_at.is_(None)
    )
    for session_id in tx.db.scalars(sessions).all():
        end_session(tx, session_id)


def session_is_alive(tx: Transaction, session_id: str) -> bool:
    """Whether access tokens of this session still count."""
    row = tx.db.execute(select(Session.ended_at, Session.expires_at).where(Session.id == session_id)).one_or_none()
    return row is not None and row.ended_at is None and row.expires_at > tx.now


def _living(tx: Transaction, session_id: str) -> Session | None:
    """The session, locked until commit; None if it has ended or expired."""
    session = tx.db.scalars(select(Session).where(Session.id == session_id).with_for_update()).one_or_none()
    ended = session is None or session.ended_at is not None or session.expires_at <= tx.now
    return None if ended else session


def _lifetime(role: Role) -> timedelta:
    return REFRESH_LIFETIME if role is Role.CITIZEN else STAFF_REFRESH_LIFETIME
