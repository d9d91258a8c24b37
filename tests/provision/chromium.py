"""A Chromium for the tests in a browser."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.provision.missing import Missing

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ON_A_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

# No talk of its own with the network; and no sandbox for root, who cannot have one.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]


def find_chromium() -> Path:
    """The installed program, for Playwright's `executable_path`; start it with the arguments QUIET."""
    for name in (*_NAMES, _ON_A_MAC):
        if found := shutil.which(name):
            return Path(found)
    raise Missing("a Chromium", install="apt-get install chromium fonts-noto-cjk")
