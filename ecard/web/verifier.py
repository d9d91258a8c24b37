"""Verifier devices: enrolment, sessions by signed assertion, online verification."""

from __future__ import annotations

import hashlib
import json

from flask import Response
from flask_jwt_extended import create_access_token
from flask_openapi3 import APIBlueprint

from ecard.domain.actors import Actor, Role
from ecard.domain.errors import RefusedError
from ecard.services.device_proof import check_assertion, check_enrolment_proof, claimed_verifier
from ecard.services.sessions import open_session
from ecard.services.verifiers import enrol_verifier, enrolled_verifier
from ecard.store.models import Session
from ecard.store.unit_of_work import Transaction
from ecard.web.audiences import own_names
from ecard.web.commands import Body, anonymous_command, command, json_response, session_command
from ecard.web.idempotency import presented
from ecard.web.parts import parts
from ecard.web.presenters import present_unit
from ecard.web.schemas import Enrolment, OnlineVerification, VerifierAssertion
from ecard.web.sessions import ACCESS_SECONDS
from signing.policy import PRESETS

blueprint = APIBlueprint("verifier", __name__, url_prefix="/api/v1")


@blueprint.post("/verifiers/enrolment", summary="Enrol a verifier device")
def enrol(body: Enrolment) -> Response:
    """Spends the one-time code and binds the device's key; answers with the root file to pin and the site's policy."""

    def work(tx: Transaction) -> Body:
        key = check_enrolment_proof(body.proof, body.public_key, body.code, now=int(tx.now.timestamp()))
        verifier = enrol_verifier(tx, body.code, key)
        return {
            "verifier_id": verifier.public_id,
            "label": verifier.label,
            "preset": verifier.preset,
            "unit": present_unit(verifier.unit),
            "root": json.loads(parts().root_file),
            "policy": _policy(verifier.preset),
        }

    return anonymous_command(presented("enrolment", body.code), work, 201)


@blueprint.post("/verifiers/sessions", summary="Open a verifier session")
def open_verifier_session(body: VerifierAssertion) -> Response:
    """By a statement of at most 60 seconds that the enrolled key signed (RFC 7523 in spirit)."""
    claimed = claimed_verifier(body.assertion)

    def obtain(tx: Transaction) -> Session:
        verifier = enrolled_verifier(tx, claimed)
        number, expires = check_assertion(body.assertion, verifier, audiences=own_names(), now=int(tx.now.timestamp()))
        if parts().used.seen(hashlib.sha256(f"{verifier.public_id}:{number}".encode()).digest(), expires + 300):
            raise RefusedError("assertion_invalid")
        verifier.last_seen_at = tx.now
        return open_session(tx, Role.VERIFIER, verifier.id)

    return session_command(presented("device", claimed), obtain, _answer)


@blueprint.post("/verifications", summary="Verify a code online")
def verify_online(body: OnlineVerification) -> Response:
    """Single use, live state, the attributes of the unit's grant; on record with purpose and operator."""

    def work(tx: Transaction, actor: Actor) -> Body:
        found = parts().verification.verify(tx, actor, body.text, body.purpose, body.operator, challenge=body.challenge)
        return {"verdict": found.verdict.to_json(), "holder": found.holder}

    return command(work)


def _answer(_tx: Transaction, session: Session) -> Response:
    claims = {"sid": session.id, "role": session.role}
    token = create_access_token(str(session.subject_id), additional_claims=claims)
    return json_response({"access_token": token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS}, 201)


def _policy(preset: str) -> Body:
    policy = PRESETS[preset]
    scenes = None if policy.scenes is None else sorted(policy.scenes)
    return {"preset": preset, "max_list_age": policy.max_list_age, "leeway": policy.leeway, "scenes": scenes}
