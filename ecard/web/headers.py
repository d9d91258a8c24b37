"""Security headers on every answer; a content security policy without ``unsafe-*``.

Only the verifier's page and workers may compile WebAssembly (its QR reader), by ``'wasm-unsafe-eval'``, which does not allow evaluating
scripts: see decision record 0005. A worker obeys the policy that its own script came with, so scripts carry the page's.
"""

from __future__ import annotations

from flask import Flask, Response, request

from ecard.web.parts import parts
from ecard.web.trust import stream_origin

_PAGE = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'{stream}; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PERMISSIONS = "camera=({camera}), microphone=(), geolocation=(), payment=(), usb=(), screen-wake-lock=(self)"
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
_DATA = (("X-Content-Type-Options", "nosniff"),)
_API = (*_ALWAYS, ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"))
_RUNS = frozenset({"text/html", "text/javascript", "application/javascript"})


def add_headers(response: Response) -> Response:
    """Add them; a view chooses none of these. Trust material is data for everybody, which its own header says."""
    headers = response.headers
    if request.blueprint == "trust" and response.status_code < 400:  # fetched each minute by every gate, run by nobody
        headers.extend(_DATA)
        return response
    headers.extend(_of_page() if response.mimetype in _RUNS else _API)
    headers.add("Cross-Origin-Resource-Policy", "same-origin")
    if request.is_secure:
        headers.add("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def _of_page() -> tuple[tuple[str, str], ...]:
    verifier = request.path.startswith("/verifier")
    policy = _PAGE.format(
        wasm=" 'wasm-unsafe-eval'" if verifier else "",
        stream=f" {stream_origin(parts().settings)}" if verifier else "",
    )
    permissions = _PERMISSIONS.format(camera="self" if verifier else "")
    return (*_ALWAYS, ("Content-Security-Policy", policy), ("Permissions-Policy", permissions))


def register_headers(app: Flask) -> None:
    """Install for the whole application."""
    app.after_request(add_headers)
