"""The auditor reads the record, and has it verified (Art. 30–32)."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint

from ecard.domain.actors import Actor
from ecard.services.oversight import audit_entries, verify_audit
from ecard.store.unit_of_work import Transaction
from ecard.web.commands import Body, page_of, reading
from ecard.web.presenters import present_audit_entry
from ecard.web.schemas import Page

blueprint = APIBlueprint("auditor", __name__, url_prefix="/api/v1/audit")


@blueprint.get("/entries", summary="Entries of the record")
def entries(query: Page) -> Response:
    """Newest first."""

    def read(tx: Transaction, _actor: Actor) -> Body:
        rows = audit_entries(tx, before=query.cursor, limit=query.limit)
        return page_of([present_audit_entry(row) for row in rows], rows[-1].seq if rows else None, query.limit)

    return reading(read)


@blueprint.get("/verification", summary="Is the record whole?")
def verification() -> Response:
    """Walks the whole chain and says where it is broken, if it is."""

    def read(tx: Transaction, _actor: Actor) -> Body:
        found = verify_audit(tx)
        return {
            "ok": found.ok,
            "entries": found.entries,
            "fault": found.fault,
            "first_bad": found.first_bad,
            "head": found.head,
        }

    return reading(read)
