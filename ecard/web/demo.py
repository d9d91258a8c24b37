"""The demo's own pages: who to be, the SMS inbox, one-time passwords. Registered in demo mode only."""

from __future__ import annotations

from flask import Blueprint, Response, request

from ecard.demo.personas import demo_messages, personas
from ecard.web.commands import json_response
from ecard.web.parts import parts
from ecard.web.presenters import rfc3339

blueprint = Blueprint("demo", __name__)


@blueprint.get("/demo/api/mode")
def mode() -> Response:
    """That this is the demo."""
    return json_response({"demo": True})


@blueprint.get("/demo/api/personas")
def who_to_be() -> Response:
    """Everybody one can be, with what one needs to sign in."""
    with parts().uow.read() as tx:
        return json_response({"items": personas(tx)})


@blueprint.get("/demo/api/inbox")
def inbox() -> Response:
    """The latest messages, of one phone or of all."""
    with parts().uow.read() as tx:
        rows = demo_messages(tx, request.args.get("phone"))
        items = [{"at": rfc3339(row.at), "phone": row.phone, "text": row.text} for row in rows]
    return json_response({"items": items})
