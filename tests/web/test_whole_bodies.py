"""Requests and answers in one piece: nothing is lost, and nothing grows without bound."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.test import create_environ, run_wsgi_app

from ecard.web.whole import register_whole_bodies

MOST = 1000


@pytest.fixture
def app() -> Flask:
    """Answers with the number of bytes that came; `/streamed` by a generator."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MOST
    register_whole_bodies(app)
    app.post("/", endpoint="count")(lambda: Response(str(len(request.get_data()))))
    app.get("/streamed", endpoint="stream")(lambda: Response(piece for piece in ("a", "b")))
    app.get("/empty", endpoint="nothing")(lambda: Response(status=204))
    return app


class Counted(io.BytesIO):
    """A server's input that counts how often it is read."""

    reads = 0

    def read(self, *size: Any) -> bytes:
        self.reads += 1
        return super().read(*size)


def post(app: Flask, body: Counted, *, length: int | None) -> tuple[str, str]:
    """Status and body, as from a server that ends the input itself, like Granian."""
    environ = create_environ("/", method="POST", input_stream=body, environ_base={"wsgi.input_terminated": True})
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    pieces, status, _headers = run_wsgi_app(app.wsgi_app, environ)
    return status[:3], b"".join(pieces).decode()


def test_a_body_of_announced_length_is_read_once(app: Flask) -> None:
    body = Counted(b"x" * MOST)
    assert (post(app, body, length=MOST), body.reads) == (("200", str(MOST)), 1)


def test_a_body_announced_too_long_is_not_read_at_all(app: Flask) -> None:
    body = Counted(b"x" * (MOST + 1))
    assert (post(app, body, length=MOST + 1)[0], body.reads) == ("413", 0)


def test_a_body_of_unannounced_length_is_read_up_to_the_bound(app: Flask) -> None:
    assert post(app, Counted(b"x" * MOST), length=None)[0] == "200"
    assert post(app, Counted(b"x" * 1_000_000), length=None)[0] == "413"


def test_an_answer_is_handed_over_as_a_list(app: Flask) -> None:
    environ = create_environ("/", method="POST", data=b"abc")
    assert app.wsgi_app(environ, lambda *_: lambda _: None) == [b"3"]


def test_what_is_streamed_stays_streamed(app: Flask) -> None:
    pieces = app.wsgi_app(create_environ("/streamed"), lambda *_: lambda _: None)
    assert not isinstance(pieces, list)
    assert list(pieces) == [b"a", b"b"]


def test_answers_without_a_body_have_none(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/empty").data == client.head("/empty").data == b""


def test_closing_is_done_once_the_answer_is_whole(app: Flask) -> None:
    closed: list[str] = []

    @app.get("/closing")
    def closing() -> Response:
        response = Response("done")
        response.call_on_close(lambda: closed.append("now"))
        return response

    assert (app.test_client().get("/closing").text, closed) == ("done", ["now"])
