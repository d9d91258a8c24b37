"""Who may call what: one table, and a guard that refuses whatever the table does not name."""

from __future__ import annotations

from flask import Flask, g, request

from ecard.domain.actors import Role
from ecard.domain.errors import RefusedError
from ecard.web.parts import parts
from ecard.web.sessions import authenticate

PUBLIC: frozenset[Role] = frozenset()
_STAFF = frozenset(set(Role) - {Role.CITIZEN, Role.VERIFIER, Role.SYSTEM})
_COUNTER = frozenset({Role.BANK_CLERK, Role.PHONE_OPERATOR, Role.AGENCY_OFFICER})
_AGENCY = frozenset({Role.AGENCY_OFFICER})
_CITIZEN = frozenset({Role.CITIZEN})
_UNIT = frozenset({Role.UNIT_ADMIN})
_VERIFIER = frozenset({Role.VERIFIER})
_AUDITOR = frozenset({Role.AUDITOR})

ACCESS: dict[str, frozenset[Role]] = {
    "auth.request_sms": PUBLIC,
    "auth.sign_in_citizen": PUBLIC,
    "auth.sign_in_staff": PUBLIC,
    "auth.renew": PUBLIC,  # the refresh token is its own credential
    "auth.session": _STAFF | _CITIZEN,
    "auth.sign_out": _STAFF | _CITIZEN | _VERIFIER,
    "citizen.bind": _CITIZEN,
    "citizen.card": _CITIZEN,
    "citizen.photo": _CITIZEN,
    "citizen.timeline": _CITIZEN,
    "citizen.report_loss": _CITIZEN,
    "citizen.request_new_card": _CITIZEN,
    "devices.request_step_up": _CITIZEN,
    "devices.enrol": _CITIZEN,
    "devices.devices": _CITIZEN,
    "devices.unlink": _CITIZEN,
    "devices.issue_credentials": _CITIZEN,
    "codes.issue": _CITIZEN,
    "counter.look_up": _COUNTER,
    "counter.photo": _COUNTER,
    "counter.report_loss": _COUNTER,
    "counter.withdraw_loss_report": _COUNTER,
    "counter.propose": _AGENCY,
    "counter.proposals": _AGENCY,
    "counter.confirm": _AGENCY,
    "counter.reject": _AGENCY,
    "unit.create": _UNIT,
    "unit.verifiers": _UNIT,
    "unit.disable": _UNIT,
    "unit.renew_code": _UNIT,
    "verifier.enrol": PUBLIC,  # the one-time code is its own credential
    "verifier.open_verifier_session": PUBLIC,  # the signed assertion is its own credential
    "verifier.verify_online": _VERIFIER,
    "verifier.sector_keys": _VERIFIER,
    "verifier.replace_encryption_key": _VERIFIER,
    "verifier.take_scans": _VERIFIER,
    "auditor.entries": _AUDITOR,
    "auditor.verification": _AUDITOR,
    "public.banks": PUBLIC,
    "public.server_time": PUBLIC,
    "trust.root": PUBLIC,
    "trust.keys": PUBLIC,
    "trust.jwks": PUBLIC,
    "trust.manifest": PUBLIC,
    "trust.shard_list": PUBLIC,
    "trust.changes": PUBLIC,
    "trust.status_list": PUBLIC,
    "trust.events": PUBLIC,
    "operations.healthz": PUBLIC,
    "operations.readyz": PUBLIC,
    "operations.metrics": PUBLIC,  # answers to this machine only
    "pages.home": PUBLIC,
    "pages.page": PUBLIC,
    "pages.asset": PUBLIC,
    "contract.openapi": PUBLIC,
    "demo.mode": PUBLIC,
    "demo.who_to_be": PUBLIC,
    "demo.inbox": PUBLIC,
}
"""Endpoint → roles. ``PUBLIC`` needs no session. An endpoint that is not here answers 403 to everybody."""


def guard() -> None:
    """Before every request: known endpoint, rate, session, role."""
    endpoint = request.endpoint
    if endpoint is None:
        return  # no such route: 404 or 405 follows
    roles = ACCESS.get(endpoint)
    if roles is None:
        raise RefusedError("role_not_allowed")
    address = request.remote_addr or "unknown"
    if roles is PUBLIC:
        parts().limits.check(endpoint, address, None)
        return
    party = authenticate()
    if party.role not in roles:
        raise RefusedError("role_not_allowed")
    parts().limits.check(endpoint, address, party.party)
    g.signed_in = party


def register_guard(app: Flask) -> None:
    """Install the guard for the whole application."""
    app.before_request(guard)
