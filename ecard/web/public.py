"""What everybody may read without a session (Art. 6, 18)."""

from __future__ import annotations

import time

from flask import Blueprint, Response, current_app
from flask_openapi3 import APIBlueprint

from ecard.services.register import published_banks
from ecard.web.commands import json_response
from ecard.web.contract import contract
from ecard.web.parts import parts
from ecard.web.presenters import present_bank, present_outlet

blueprint = APIBlueprint("public", __name__, url_prefix="/api/v1/public")


plain = Blueprint("contract", __name__)


@blueprint.get("/banks", summary="Partner banks and their outlets")
def banks() -> Response:
    """The list published under Art. 6."""
    with parts().uow.read() as tx:
        items = [
            present_bank(bank) | {"outlets": [present_outlet(outlet) for outlet in bank.outlets]}
            for bank in published_banks(tx)
        ]
    return json_response({"items": items, "next": None})


@plain.get("/openapi.json")
def openapi() -> Response:
    """This contract as OpenAPI 3.1."""
    return json_response(contract(current_app))


@blueprint.get("/server-time", summary="The time here")
def server_time() -> Response:
    """For clients whose clock may be wrong."""
    now = time.time()
    return json_response(
        {"now": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)), "epoch": int(now), "epoch_ms": int(now * 1000)}
    )
