"""Why a request is refused.

Every refusal has a stable ``code``; `ecard.web.problems` turns codes into HTTP answers and their wording, in one table.
"""

from __future__ import annotations


class RefusedError(Exception):
    """A rule of the card forbids what was asked.

    ``code`` is stable and safe to show; ``facts`` are numbers or names that the wording may mention, never personal data.
    ``keep`` says that what the transaction has written so far must be kept although it is refused: a counted wrong try.
    """

    def __init__(self, code: str, *, keep: bool = False, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.keep = keep
        self.facts = facts
