"""The holder's own card."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint

from ecard.domain.actors import Actor
from ecard.services.binding import bind_card
from ecard.services.cards import card_of_account, person_of_account, photo_of
from ecard.services.loss import report_own_loss, request_replacement
from ecard.services.timeline import card_timeline
from ecard.store.unit_of_work import Transaction
from ecard.web.commands import Body, command, page_of, reading
from ecard.web.parts import parts
from ecard.web.presenters import present_own_card, present_timeline_item
from ecard.web.schemas import Binding, CardView, Empty, Page
from ecard.web.sessions import signed_in

blueprint = APIBlueprint("citizen", __name__, url_prefix="/api/v1/me")


@blueprint.post("/binding", summary="Bind the account to the card on record")
def bind(body: Binding) -> Response:
    """The phone signed in with must be the one on record; one answer for every mismatch."""
    account_id = signed_in().subject_id
    return command(
        lambda tx, actor: {
            "card": present_own_card(tx, bind_card(tx, actor, account_id, body.document_number, body.name))
        }
    )


@blueprint.get("/card", summary="The card face")
def card(query: CardView) -> Response:
    """Name and document number are masked unless ``reveal``."""
    account_id = signed_in().subject_id
    return reading(lambda tx, _actor: present_own_card(tx, card_of_account(tx, account_id), reveal=query.reveal))


@blueprint.get("/card/photo", summary="The holder's photo")
def photo() -> Response:
    """An image, kept by nobody in between."""
    with parts().uow.read() as tx:
        media_type, content = photo_of(tx, person_of_account(tx, signed_in().subject_id))
    response = Response(content, mimetype=media_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/card/timeline", summary="What happened to the card")
def timeline(query: Page) -> Response:
    """Every act and every look (Art. 20), newest first."""
    account_id = signed_in().subject_id

    def read(tx: Transaction, _actor: Actor) -> Body:
        items = card_timeline(tx, card_of_account(tx, account_id).public_id, before=query.cursor, limit=query.limit)
        return page_of([present_timeline_item(item) for item in items], items[-1].seq if items else None, query.limit)

    return reading(read)


@blueprint.post("/card/loss-report", summary="Report the card lost")
def report_loss(body: Empty) -> Response:  # noqa: ARG001 - declares the body
    """Takes effect at once (Art. 21): codes die, both accounts are suspended."""
    account_id = signed_in().subject_id
    return command(lambda tx, actor: present_own_card(tx, report_own_loss(tx, actor, account_id)))


@blueprint.post("/card/replacement-request", summary="Ask for a new card")
def request_new_card(body: Empty) -> Response:  # noqa: ARG001 - declares the body
    """From now on the loss report cannot be withdrawn (Art. 22, 23)."""
    account_id = signed_in().subject_id
    return command(lambda tx, actor: present_own_card(tx, request_replacement(tx, actor, account_id)), 202)
