"""Puts the built pages into the wheel, and builds them first if need be: an installation needs no Node.

An editable installation gets none: there the server reads static/dist, which `make build` keeps fresh.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesBuildHook(BuildHookInterface[Any]):
    """Called by hatchling for the wheel alone."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build static/dist and name it as `ecard/web/pages`."""
        if version == "editable":
            return
        root = Path(self.root)
        subprocess.run([sys.executable, str(root / ".setup" / "pages.py"), "build"], check=True)
        build_data["force_include"][str(root / "static" / "dist")] = "ecard/web/pages"
