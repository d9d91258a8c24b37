"""Trust material for verifiers, as published; everybody may read it (token format, section 2)."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64decode
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ecard.config import Settings
from ecard.domain.errors import RefusedError
from ecard.services.publish import KEYS, MANIFEST, OCTETS, changes_name, list_name, status_list_name
from ecard.store.models import Publication
from ecard.web.parts import parts

blueprint = Blueprint("trust", __name__)


@blueprint.get("/trust/root.json")
def root() -> ResponseReturnValue:
    """The root file. Its authenticity must come from elsewhere: compare the fingerprint with the printed one."""
    return _conditional(parts().root_file, "application/json", None)


@blueprint.get("/trust/keys")
def keys() -> ResponseReturnValue:
    """The key set."""
    return _publication(KEYS)


@blueprint.get("/trust/manifest")
def manifest() -> ResponseReturnValue:
    """The manifest."""
    return _publication(MANIFEST)


@blueprint.get("/trust/status/<int:shard>/list")
def shard_list(shard: int) -> ResponseReturnValue:
    """A shard's list."""
    return _publication(list_name(shard), missing="trust_not_found")


@blueprint.get("/trust/status/<int:shard>/changes")
def changes(shard: int) -> ResponseReturnValue:
    """A shard's changes; byte ranges bring what is new."""
    return _publication(changes_name(shard), missing="trust_not_found")


@blueprint.get("/trust/status/<int:shard>")
def status_list(shard: int) -> ResponseReturnValue:
    """A shard as a Token Status List, for software that knows that standard alone."""
    return _publication(status_list_name(shard), missing="trust_not_found")


@blueprint.get("/trust/events")
def events() -> ResponseReturnValue:
    """The stream is a process of its own; a reverse proxy routes this path to it, else the client is sent there."""
    settings = parts().settings
    return redirect(settings.stream_url or f"{stream_origin(settings)}/trust/events", 307)


@blueprint.get("/.well-known/jwks.json")
def jwks() -> ResponseReturnValue:
    """The code keys that are not revoked as a JWK set (RFC 7517), for any JOSE library."""
    with parts().uow.read() as tx:
        row = tx.db.get(Publication, KEYS)
        if row is None:
            raise RefusedError("trust_not_ready")
        entries = _payload(row.body)["keys"]
    public = [
        {name: entry[name] for name in ("kty", "crv", "x", "y", "kid", "alg", "use")}
        for entry in entries
        if entry["purpose"] == "code" and "revoked" not in entry
    ]
    return _conditional(json.dumps({"keys": public}).encode(), "application/jwk-set+json", None)


def stream_origin(settings: Settings) -> str:
    """The origin of the stream process, as the client of this request reaches it."""
    if settings.stream_url:
        split = urlsplit(settings.stream_url)
        return f"{split.scheme}://{split.netloc}"
    host = urlsplit(request.host_url).hostname or "localhost"
    bracketed = f"[{host}]" if ":" in host else host
    return f"{request.scheme}://{bracketed}:{settings.events_port}"


def _payload(document: bytes) -> dict[str, list[dict[str, str]]]:
    payload = json.loads(document)["payload"]
    content: dict[str, list[dict[str, str]]] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return content


def _publication(name: str, missing: str = "trust_not_ready") -> ResponseReturnValue:
    with parts().uow.read() as tx:
        row = tx.db.execute(select(Publication.digest, Publication.media_type).where(Publication.name == name)).first()
        if row is None:
            raise RefusedError(missing, retry_after=5)
        etag = b64encode(row.digest[:18]).decode()
        is_known = request.if_none_match.contains(etag)  # then the body is not even read
        body = b"" if is_known else tx.db.scalars(select(Publication.body).where(Publication.name == name)).one()
    return _conditional(body, row.media_type, etag)


def _conditional(body: bytes, media_type: str, etag: str | None) -> Response:
    """The document, 304 if the client has it (RFC 9110 §13), or the part of it that was asked for (§14).

    It is revalidated each time, so that a proxy never serves an old list.
    """
    response = Response(body, mimetype=media_type)
    if etag is None:
        response.add_etag()
    else:
        response.set_etag(etag)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    if media_type == OCTETS:
        response.accept_ranges = "bytes"
        response.make_conditional(request, accept_ranges=_wants_one_range(), complete_length=len(body))
    else:
        response.make_conditional(request)
    return response


def _wants_one_range() -> bool:
    """Whether the client asks for one range of bytes; anything else in that header is as good as nothing (RFC 9110 §14.2)."""
    wanted = request.range
    return wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1
