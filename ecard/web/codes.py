"""Codes for the screen: the busiest endpoint."""

from __future__ import annotations

import time
from functools import lru_cache

from flask import Response, request
from flask_openapi3 import APIBlueprint

from ecard.services.codes import IssuedCode
from ecard.services.qr_image import code_image
from ecard.web.commands import json_response
from ecard.web.parts import parts
from ecard.web.schemas import CodeRequest
from ecard.web.sessions import signed_in

blueprint = APIBlueprint("codes", __name__, url_prefix="/api/v1")

_PICTURE = "image/png"


@blueprint.post("/codes", summary="A code for one scene, alive for a minute")
def issue(body: CodeRequest) -> Response:
    """Digits for a QR picture, or a JWT (Art. 35); with `Accept: image/png` the picture itself, for mini-programs and print."""
    code = parts().codes.issue(signed_in().subject_id, body.scene, body.form)
    return _as_picture(code) if _PICTURE in request.headers.get("Accept", "") else _as_json(code, body)


def _as_json(code: IssuedCode, asked: CodeRequest) -> Response:
    answer = {
        "text": code.text,
        "scene": asked.scene,
        "form": asked.form.value,
        "issued_at": _rfc3339(code.issued_at),
        "expires_at": _rfc3339(code.expires_at),
        "server_time": _rfc3339(int(time.time())),
    }
    return json_response(answer, 201)


def _as_picture(code: IssuedCode) -> Response:
    headers = {"Cache-Control": "no-store", "Ecard-Expires-At": _rfc3339(code.expires_at)}
    return Response(code_image(code.text), 201, headers, mimetype=_PICTURE)


@lru_cache(maxsize=256)  # within a second, all requests write the same few times
def _rfc3339(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
