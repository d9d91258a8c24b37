"""Verifier devices: enrolment, sessions by signed assertion, online verification."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from flask import Response
from flask_jwt_extended import create_access_token
from flask_openapi3 import APIBlueprint

from ecard.domain.actors import Actor, Role
from ecard.domain.errors import RefusedError
from ecard.services import scans
from ecard.services.scans import ScanReport
from ecard.services.sector_keys import sector_keys_of
from ecard.services.sessions import open_session
from ecard.services.verifier_proof import (
    check_assertion,
    check_encryption_key,
    check_enrolment_proof,
    claimed_verifier,
    read_encryption_key,
)
from ecard.services.verifiers import enrol_verifier, enrolled_verifier, set_encryption_key, verifier_of
from ecard.store.models import Session
from ecard.store.unit_of_work import Transaction
from ecard.web.audiences import own_names
from ecard.web.commands import Body, anonymous_command, command, json_response, reading, session_command
from ecard.web.idempotency import presented
from ecard.web.parts import parts
from ecard.web.presenters import present_sector_key, present_unit
from ecard.web.schemas import (
    EncryptionKey,
    Enrolment,
    OnlineVerification,
    ScanReported,
    ScansReported,
    VerifierAssertion,
)
from ecard.web.sessions import ACCESS_SECONDS
from signing.policy import PRESETS

blueprint = APIBlueprint("verifier", __name__, url_prefix="/api/v1")


@blueprint.post("/verifiers/enrolment", summary="Enrol a verifier device")
def enrol(body: Enrolment) -> Response:
    """Spends the one-time code and binds the device's key; answers with the root file to pin and the site's policy."""
    offered = body.encryption_key
    point = None if offered is None else read_encryption_key(offered).key.public_bytes_raw()

    def work(tx: Transaction) -> Body:
        now = int(tx.now.timestamp())
        key = check_enrolment_proof(body.proof, body.public_key, body.code, now=now, encryption_key=offered)
        verifier = enrol_verifier(tx, body.code, key, point)
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
        if parts().used.was_used(hashlib.sha256(f"{verifier.public_id}:{number}".encode()).digest(), expires + 300):
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


@blueprint.get("/verifier/sector-keys", summary="Keys to sealed claims")
def sector_keys() -> Response:
    """The private keys of the unit's sector, each wrapped to the verifier's own `encryption_key`: single-shot HPKE in base mode
    (RFC 9180), DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM; `info` is `ecard sector key 1`, a zero byte and the verifier's id.
    Unwrapped, 32 bytes: the X25519 key named by `kid`, which opens the `sealed` claims of codes of that scene (token format 1.5), also
    offline. A key that begins later is there early; ask again once a day. Empty for units of other kinds, and for some seconds after
    enrolment.
    """

    def read(tx: Transaction, actor: Actor) -> Body:
        return {"items": [present_sector_key(row) for row in sector_keys_of(tx, actor)], "next": None}

    return reading(read)


@blueprint.post("/verifier/encryption-key", summary="The key that sector keys are wrapped to")
def replace_encryption_key(body: EncryptionKey) -> Response:
    """For a verifier that enrolled without one, or made a new one: what was wrapped to the old one is taken back, and wrapped anew."""

    def work(tx: Transaction, actor: Actor) -> Body:
        verifier = verifier_of(tx, actor)
        key = check_encryption_key(body.proof, body.encryption_key, verifier, now=int(tx.now.timestamp()))
        set_encryption_key(tx, actor, key.key.public_bytes_raw())
        return {"kid": key.kid}

    return command(work)


def _report(scan: ScanReported) -> ScanReport:
    return ScanReport(
        scan.id,
        datetime.fromtimestamp(scan.at, UTC),
        scan.outcome,
        scan.code,
        None if scan.token_id is None else bytes.fromhex(scan.token_id),
        scan.code_time,
        scan.shard,
        scan.index,
    )


@blueprint.post("/verifier/scans", summary="Hand in scans made without the server")
def take_scans(body: ScansReported) -> Response:
    """What the verifier judged by itself, at most 500 at a time. A scan counts once, however often it is sent."""

    def work(tx: Transaction, actor: Actor) -> Body:
        taken = scans.take_scans(tx, actor, [_report(scan) for scan in body.scans], parts().indices)
        return {"taken": taken.taken, "known": taken.known}

    return command(work)


def _answer(_tx: Transaction, session: Session) -> Response:
    claims = {"sid": session.id, "role": session.role}
    token = create_access_token(str(session.subject_id), additional_claims=claims)
    return json_response({"access_token": token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS}, 201)


def _policy(preset: str) -> Body:
    policy = PRESETS[preset]
    scenes = None if policy.scenes is None else sorted(policy.scenes)
    return {"preset": preset, "max_list_age": policy.max_list_age, "leeway": policy.leeway, "scenes": scenes}
