"""What the server imports: factories, so that each of its processes puts its own application together."""

from __future__ import annotations

from flask import Flask

from ecard.app import configure_logging, create_app
from ecard.config import Settings
from ecard.stream import StreamApp, create_stream


def web() -> Flask:
    """The web application, with logging."""
    settings = Settings()  # type: ignore[call-arg]
    configure_logging(settings.log_level)
    return create_app(settings)


def stream() -> StreamApp:
    """The stream application."""
    return create_stream()
