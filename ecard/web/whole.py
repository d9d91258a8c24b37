"""Bodies in one piece, in both directions.

Whenever a body is passed on piece by piece, the thread gives up the interpreter and waits to get it back: once to see that nothing
follows a request of 20 bytes, twice to send an answer of 500. On the busiest path that took longer than the signature.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, TYPE_CHECKING

from flask import Flask, Request, Response
from werkzeug.utils import cached_property
from werkzeug.wsgi import get_input_stream

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class WholeRequest(Request):
    """Asks its server once for a body whose length was announced, for the server ends it there; others are bounded as ever."""

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body.

        Raises:
            werkzeug.exceptions.RequestEntityTooLarge: more than ``MAX_CONTENT_LENGTH``, announced or, later, read.
        """
        bound, announced = self.max_content_length, self.content_length
        fits = bound is not None and announced is not None and announced <= bound
        return get_input_stream(self.environ, max_content_length=None if fits else bound)


class WholeResponse(Response):
    """Hands the server a list where it would hand it an iterator over one; files are streamed as ever."""

    def get_app_iter(self, environ: WSGIEnvironment) -> Iterable[bytes]:
        """What the server is to send."""
        pieces = super().get_app_iter(environ)
        if not self.is_sequence:
            return pieces
        whole = list(pieces)
        self.close()
        return whole


def register_whole_bodies(app: Flask) -> None:
    """Use both for the whole application."""
    app.request_class = WholeRequest
    app.response_class = WholeResponse
