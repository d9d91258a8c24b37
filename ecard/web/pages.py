"""The built browser apps: HTML revalidated, hashed assets kept for a year."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, request, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from ecard.web.problems import http_problem

APPS = ("citizen", "verifier", "counter", "demo", "docs")
_YEAR = 31_536_000
_IN_WHEEL = Path(__file__).parent / "pages"
_IN_CHECKOUT = Path(__file__).parents[2] / "static" / "dist"

blueprint = Blueprint("pages", __name__)


def pages_folder() -> Path:
    """Where the built pages are: in the wheel, else in the checkout."""
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The front page."""
    return _html("home")


@blueprint.get(f"/<any({', '.join(APPS)}):app>/", strict_slashes=True)
def page(app: str) -> ResponseReturnValue:
    """An app's page."""
    return _html(app)


@blueprint.get(f"/<any(home, {', '.join(APPS)}):app>/<path:name>")
def asset(app: str, name: str) -> ResponseReturnValue:
    """A file of an app; hashed ones never change, a service worker is always revalidated."""
    hashed = name.startswith("assets/")
    response = send_from_directory(pages_folder() / app, name, max_age=_YEAR if hashed else 0, conditional=True)
    if hashed:
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.app_errorhandler(NotFound)
def nothing_here(error: NotFound) -> ResponseReturnValue:
    """A person who followed a wrong address gets the front page with status 404; a program gets the problem document."""
    wants_page = (
        request.method == "GET"
        and request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    )
    if not wants_page or not (pages_folder() / "home" / "index.html").is_file():
        return http_problem(error)
    response = _html("home")
    response.status_code = 404
    return response


def _html(app: str) -> Response:
    folder = pages_folder() / app
    if not (folder / "index.html").is_file():
        abort(404)
    response = send_from_directory(folder, "index.html", max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    return response
