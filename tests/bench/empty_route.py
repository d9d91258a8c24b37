"""The reference of every HTTP figure: Flask with one empty route, on Granian set as `ecard serve` sets it.

``python -m tests.bench.empty_route PORT THREADS``
"""

from __future__ import annotations

import sys

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels


def create_app() -> Flask:
    """Answers POST /empty with nothing."""
    app = Flask(__name__)
    app.post("/empty")(lambda: "")
    return app


def main(port: int, threads: int) -> None:
    """Serve until a signal comes."""
    Granian(
        "tests.bench.empty_route:create_app",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        factory=True,
        log_access=False,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
