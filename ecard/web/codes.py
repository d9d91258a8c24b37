"""Codes for the screen: the busiest endpoint."""

from __future__ import annotations

import time
from functools import lru_cache

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from ecard.web.commands import json_response
from ecard.web.parts import parts
from ecard.web.schemas import CodeRequest
from ecard.web.sessions import signed_in

blueprint = APIBlueprint(
    "codes", __name__, url_prefix="/api/v1", abp_tags=[Tag(name="codes", description="codes for the screen")]
)


@blueprint.post("/codes", summary="A code for one scene, alive for a minute")
def issue(body: CodeRequest) -> Response:
    """Digits for a QR picture, or a JWT (Art. 35)."""
    code = parts().codes.issue(signed_in().subject_id, body.scene, body.form)
    answer = {
        "text": code.text,
        "scene": body.scene,
        "form": body.form.value,
        "issued_at": _rfc3339(code.issued_at),
        "expires_at": _rfc3339(code.expires_at),
        "server_time": _rfc3339(int(time.time())),
    }
    return json_response(answer, 201)


@lru_cache(maxsize=256)  # within a second, all requests write the same few times
def _rfc3339(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
