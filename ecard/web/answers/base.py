"""What all answers are made of, and the examples that several of them show."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

EXAMPLE_CARD = "5f0c2b7d9e1a4c3b8d6e7f8091a2b3c4"
EXAMPLE_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"  # noqa: S105 - an example, nobody's

PublicId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Time = Annotated[datetime, Field(description="RFC 3339, UTC", examples=["2026-11-23T08:00:00Z"])]
Cursor = Annotated[
    int | None, Field(description="`cursor` of the page after; null on the last page", examples=[None, 41])
]


class Answer(BaseModel):
    """Base of all answers."""
