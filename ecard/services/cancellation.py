"""Cancellation (Art. 26): one officer proposes with a reason, another confirms; a cancelled card never comes back."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ecard.domain.actors import Actor
from ecard.domain.cards import CardEvent, Condition, decide
from ecard.domain.errors import RefusedError
from ecard.domain.policies import PROPOSAL_LIFETIME
from ecard.services.cards import card_by_public_id
from ecard.services.transitions import change_card
from ecard.store.models import CancellationProposal
from ecard.store.unit_of_work import Transaction


class CancellationReason(StrEnum):
    """The two of Art. 26."""

    DEATH = "death"
    ENTITLEMENT_LOST = "entitlement_lost"


class ProposalState(StrEnum):
    """Where a proposal stands; ``expired`` is an open one past its time."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    EXPIRED = "expired"


def propose_cancellation(
    tx: Transaction, actor: Actor, staff_id: int, card_id: str, *, reason: CancellationReason, note: str
) -> CancellationProposal:
    """First half: on record, without effect yet.

    Raises:
        RefusedError: ``proposal_exists`` while another is open; the table's refusals.
    """
    card = card_by_public_id(tx, card_id, lock=True)
    decide(CardEvent.CANCEL, card.status, actor, on=tx.today, fulfilled={Condition.SECOND_PERSON})
    _close_expired(tx, card.id)
    proposal = CancellationProposal(
        card=card,
        reason=reason.value,
        note_sealed=tx.vault.seal(note.encode(), f"proposal-note:{card.id}"),
        state=ProposalState.OPEN.value,
        proposed_by=staff_id,
        proposed_at=tx.now,
        expires_at=tx.now + PROPOSAL_LIFETIME,
    )
    tx.db.add(proposal)
    tx.db.flush()
    tx.record(actor, "cancellation_proposed", f"card:{card_id}", proposal=proposal.public_id, reason=reason.value)
    return proposal


def confirm_cancellation(tx: Transaction, actor: Actor, staff_id: int, proposal_id: str) -> CancellationProposal:
    """Second half, by another person: the card is cancelled.

    Raises:
        RefusedError: ``same_person``, ``proposal_closed``, ``proposal_not_found``; the table's refusals.
    """
    proposal = _open_proposal(tx, proposal_id)
    if proposal.proposed_by == staff_id:
        raise RefusedError("same_person")
    card = card_by_public_id(tx, proposal.card.public_id, lock=True)
    _decide(tx, proposal, ProposalState.CONFIRMED, staff_id)
    change_card(
        tx,
        card,
        CardEvent.CANCEL,
        actor,
        {Condition.SECOND_PERSON},
        reason=proposal.reason,
        proposal=proposal.public_id,
    )
    return proposal


def reject_cancellation(tx: Transaction, actor: Actor, staff_id: int, proposal_id: str) -> CancellationProposal:
    """The proposal is closed without effect; the proposer may withdraw his own in the same way."""
    proposal = _open_proposal(tx, proposal_id)
    _decide(tx, proposal, ProposalState.REJECTED, staff_id)
    tx.record(actor, "cancellation_rejected", f"card:{proposal.card.public_id}", proposal=proposal.public_id)
    return proposal


def cancellation_proposals(
    tx: Transaction, *, only_open: bool, before: int | None, limit: int
) -> list[CancellationProposal]:
    """Proposals, newest first; ``before`` is the last id of the page before."""
    query = (
        select(CancellationProposal)
        .options(joinedload(CancellationProposal.card))
        .order_by(CancellationProposal.id.desc())
    )
    if only_open:
        query = query.where(
            CancellationProposal.state == ProposalState.OPEN.value, CancellationProposal.expires_at > tx.now
        )
    if before is not None:
        query = query.where(CancellationProposal.id < before)
    return list(tx.db.scalars(query.limit(limit)))


def proposal_state(proposal: CancellationProposal, tx: Transaction) -> ProposalState:
    """The state as of now."""
    state = ProposalState(proposal.state)
    return ProposalState.EXPIRED if state is ProposalState.OPEN and proposal.expires_at <= tx.now else state


def proposal_note(proposal: CancellationProposal, tx: Transaction) -> str:
    """The note, opened."""
    return tx.vault.open(proposal.note_sealed, f"proposal-note:{proposal.card_id}").decode()


def _open_proposal(tx: Transaction, public_id: str) -> CancellationProposal:
    query = select(CancellationProposal).where(CancellationProposal.public_id == public_id).with_for_update()
    proposal = tx.db.scalars(query).one_or_none()
    if proposal is None:
        raise RefusedError("proposal_not_found")
    if proposal_state(proposal, tx) is not ProposalState.OPEN:
        raise RefusedError("proposal_closed")
    return proposal


def _close_expired(tx: Transaction, card_id: int) -> None:
    query = select(CancellationProposal).where(
        CancellationProposal.card_id == card_id, CancellationProposal.state == ProposalState.OPEN.value
    )
    for proposal in tx.db.scalars(query):
        if proposal.expires_at > tx.now:
            raise RefusedError("proposal_exists")
        proposal.state = ProposalState.EXPIRED.value
    tx.db.flush()


def _decide(tx: Transaction, proposal: CancellationProposal, state: ProposalState, staff_id: int) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state.value, staff_id, tx.now
