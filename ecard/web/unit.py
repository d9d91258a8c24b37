"""A unit's administrator and the unit's verifiers."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint

from ecard.domain.actors import Actor
from ecard.services import verifiers as service
from ecard.store.models import Verifier
from ecard.store.unit_of_work import Transaction
from ecard.web.commands import Body, command, page_of, reading
from ecard.web.presenters import present_verifier, rfc3339
from ecard.web.schemas import Empty, RegisterPage, VerifierPath, VerifierRequest

blueprint = APIBlueprint("unit", __name__, url_prefix="/api/v1/unit")


@blueprint.post("/verifiers", summary="A new verifier and its one-time enrolment code")
def create(body: VerifierRequest) -> Response:
    """The code is shown once and counts for a day."""
    return command(lambda tx, actor: _with_code(*service.create_verifier(tx, actor, body.label, body.preset)), 201)


@blueprint.get("/verifiers", summary="The unit's verifiers")
def verifiers(query: RegisterPage) -> Response:
    """Newest first."""

    def read(tx: Transaction, actor: Actor) -> Body:
        rows = service.unit_verifiers(tx, actor, before=query.cursor, limit=query.limit)
        return page_of([present_verifier(row) for row in rows], rows[-1].id if rows else None, query.limit)

    return reading(read)


@blueprint.delete("/verifiers/<verifier_id>", summary="Disable a verifier")
def disable(path: VerifierPath) -> Response:
    """Its key and its code stop counting at once."""

    def work(tx: Transaction, actor: Actor) -> Body:
        service.disable_verifier(tx, actor, path.verifier_id)
        return {}

    command(work)
    return Response(status=204)


@blueprint.post("/verifiers/<verifier_id>/enrolment-code", summary="A new enrolment code")
def renew_code(path: VerifierPath, body: Empty) -> Response:  # noqa: ARG001 - declares the body
    """For a device that was replaced or reset."""
    return command(lambda tx, actor: _with_code(*service.renew_enrolment_code(tx, actor, path.verifier_id)), 201)


def _with_code(verifier: Verifier, code: str) -> Body:
    return present_verifier(verifier) | {
        "enrolment_code": code,
        "enrolment_expires_at": rfc3339(verifier.code_expires_at),
    }
