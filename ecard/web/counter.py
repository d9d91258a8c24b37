"""The counter: bank clerks, phone operators, agency officers (Art. 6, 21, 22, 26)."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint

from ecard.domain.actors import Actor
from ecard.services.cancellation import (
    cancellation_proposals,
    confirm_cancellation,
    propose_cancellation,
    reject_cancellation,
)
from ecard.services.lookup import look_up_card, possible_actions, see_photo
from ecard.services.loss import report_loss as report
from ecard.services.loss import withdraw_loss_report as withdraw
from ecard.store.models import Card
from ecard.store.unit_of_work import Transaction
from ecard.web.commands import Body, command, looking, page_of, reading
from ecard.web.parts import parts
from ecard.web.presenters import present_counter_card, present_proposal
from ecard.web.schemas import (
    CancellationProposalRequest,
    CardLookup,
    CardPath,
    Empty,
    LossReport,
    LossReportWithdrawal,
    ProposalPage,
    ProposalPath,
)
from ecard.web.sessions import actor_of, signed_in

blueprint = APIBlueprint("counter", __name__, url_prefix="/api/v1/counter")


@blueprint.post("/card-lookups", summary="Find a card by document number")
def look_up(body: CardLookup) -> Response:
    """Masked without a purpose; recorded either way (Art. 16)."""

    def work(tx: Transaction, actor: Actor) -> Body:
        card = look_up_card(tx, actor, body.document_number, body.purpose)
        return {"card": _present(tx, actor, card, full=body.purpose is not None), "masked": body.purpose is None}

    return looking(work)


@blueprint.get("/cards/<card_id>/photo", summary="The holder's photo, to compare with the person at the desk")
def photo(path: CardPath) -> Response:
    """After a look-up with a purpose; on record as a look of its own."""
    with parts().uow.write() as tx:
        media_type, content = see_photo(tx, actor_of(tx, signed_in()), path.card_id)
    response = Response(content, mimetype=media_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/cards/<card_id>/loss-report", summary="Take a loss report")
def report_loss(path: CardPath, body: LossReport) -> Response:
    """At an outlet with the document seen, by phone with the caller verified (Art. 21)."""

    def work(tx: Transaction, actor: Actor) -> Body:
        facts = body.model_dump()
        return _present(tx, actor, report(tx, actor, path.card_id, **facts))

    return command(work)


@blueprint.post("/cards/<card_id>/loss-report-withdrawal", summary="Withdraw a loss report")
def withdraw_loss_report(path: CardPath, body: LossReportWithdrawal) -> Response:
    """Only at an outlet of the card's own bank, document seen, before a replacement is requested (Art. 22)."""
    return command(
        lambda tx, actor: _present(tx, actor, withdraw(tx, actor, path.card_id, document_seen=body.document_seen))
    )


@blueprint.post("/cards/<card_id>/cancellation-proposals", summary="Propose a cancellation")
def propose(path: CardPath, body: CancellationProposalRequest) -> Response:
    """First of two persons (Art. 26)."""
    staff_id = signed_in().subject_id

    def work(tx: Transaction, actor: Actor) -> Body:
        proposal = propose_cancellation(tx, actor, staff_id, path.card_id, reason=body.reason, note=body.note)
        return present_proposal(tx, proposal, staff_id)

    return command(work, 201)


@blueprint.get("/cancellation-proposals", summary="Proposals of cancellation")
def proposals(query: ProposalPage) -> Response:
    """Newest first."""

    def read(tx: Transaction, _actor: Actor) -> Body:
        rows = cancellation_proposals(tx, only_open=query.state == "open", before=query.cursor, limit=query.limit)
        items = [present_proposal(tx, row, signed_in().subject_id) for row in rows]
        return page_of(items, rows[-1].id if rows else None, query.limit)

    return reading(read)


@blueprint.post("/cancellation-proposals/<proposal_id>/confirmation", summary="Confirm a cancellation")
def confirm(path: ProposalPath, body: Empty) -> Response:  # noqa: ARG001 - declares the body
    """Second person; the card is cancelled for ever (Art. 26)."""
    staff_id = signed_in().subject_id
    return command(
        lambda tx, actor: present_proposal(tx, confirm_cancellation(tx, actor, staff_id, path.proposal_id), staff_id)
    )


@blueprint.post("/cancellation-proposals/<proposal_id>/rejection", summary="Reject a cancellation")
def reject(path: ProposalPath, body: Empty) -> Response:  # noqa: ARG001 - declares the body
    """Closes the proposal without effect."""
    staff_id = signed_in().subject_id
    return command(
        lambda tx, actor: present_proposal(tx, reject_cancellation(tx, actor, staff_id, path.proposal_id), staff_id)
    )


def _present(tx: Transaction, actor: Actor, card: Card, *, full: bool = False) -> Body:
    return present_counter_card(tx, card, possible_actions(tx, actor, card), full=full)
