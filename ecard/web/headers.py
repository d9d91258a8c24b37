"""Security headers on every answer; a content security policy without ``unsafe-*``.

Only the verifier page may compile WebAssembly (its QR reader), by ``'wasm-unsafe-eval'``, which does not allow evaluating scripts: see
decision record 0005.
"""

from __future__ import annotations

from flask import Flask, Response, request

from ecard.web.parts import parts
from ecard.web.trust import stream_origin

_API = "default-src 'none'; frame-ancestors 'none'"
_PAGE = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'{stream}; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PERMISSIONS = "camera=({camera}), microphone=(), geolocation=(), payment=(), usb=(), screen-wake-lock=(self)"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def add_headers(response: Response) -> Response:
    """Set what the view has not set."""
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if response.mimetype == "text/html":
        verifier = request.path.startswith("/verifier")
        policy = _PAGE.format(
            wasm=" 'wasm-unsafe-eval'" if verifier else "",
            stream=f" {stream_origin(parts().settings)}" if verifier else "",
        )
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS.format(camera="self" if verifier else ""))
    else:
        response.headers.setdefault("Content-Security-Policy", _API)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def register_headers(app: Flask) -> None:
    """Install for the whole application."""
    app.after_request(add_headers)
