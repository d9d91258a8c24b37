"""What the server imports: factories, so that each of its processes puts its own application together."""

from __future__ import annotations

from multiprocessing import parent_process

from flask import Flask

from ecard.app import configure_logging, create_app
from ecard.config import Settings
from ecard.stream import StreamApp, create_stream
from ecard.tether import end_with


def web() -> Flask:
    """The web application, with logging."""
    _end_with_server()
    settings = Settings()  # type: ignore[call-arg]
    configure_logging(settings.log_level)
    return create_app(settings)


def stream() -> StreamApp:
    """The stream application."""
    _end_with_server()
    return create_stream()


def _end_with_server() -> None:
    """A server that was killed must not leave a process behind that goes on answering at its port."""
    server = parent_process()
    if server is not None and server.pid is not None:
        end_with(server.pid)
