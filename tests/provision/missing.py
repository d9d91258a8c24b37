"""What a test needs and this machine lacks."""

from __future__ import annotations


class Missing(Exception):
    """Ends the test as an error, not a skip: a suite that is green because it ran little is worse than a red one."""

    def __init__(self, what: str, *, install: str) -> None:
        super().__init__(f"the tests need {what}: install it with `{install}`")
