"""For whoever runs the service: alive, ready, metrics."""

from __future__ import annotations

import ipaddress

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ecard.services.health import readiness
from ecard.web.commands import json_response
from ecard.web.parts import parts

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return json_response({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Whether the service can be relied on, part by part; 503 where the truth (database, publications) is missing."""
    found = readiness(parts().uow, parts().redis, parts().code_keys)
    return json_response(found.to_json(), 200 if found.is_ready else 503)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus metrics, for this machine only."""
    if _is_forwarded() or not _is_local():
        abort(404)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _is_forwarded() -> bool:
    """Whether a proxy, which may well stand on this machine, asks for somebody else."""
    return "X-Forwarded-For" in request.headers or "Forwarded" in request.headers


def _is_local() -> bool:
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
