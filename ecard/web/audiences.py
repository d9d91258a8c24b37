"""What this endpoint may be called in a statement that somebody signed for it."""

from __future__ import annotations

from flask import request

from ecard.web.parts import parts


def own_names() -> set[str]:
    """The request's path, and its URL as browsers reach it."""
    origin = parts().settings.public_url or request.host_url
    return {request.path, origin.rstrip("/") + request.path}
