"""Refusals (RFC 9457)."""

from __future__ import annotations

from pydantic import Field

from ecard.web.answers.base import Answer, Time


class Fault(Answer):
    """A member that is not as it should be; its value is never repeated."""

    field: str = Field(description="where, members joined by dots", examples=["document_number"])
    fault: str = Field(description="which rule it breaks", examples=["string_too_short"])


class ProblemDocument(Answer):
    """RFC 9457. `code` is stable: decide by it; `title` and `detail` are for people, in the language of `Accept-Language`."""

    type: str = Field(description="a URI that ends in the code", examples=["urn:ecard:problem:no_card"])
    title: str = Field(examples=["没有社会保障卡"])
    status: int = Field(ge=400, le=599, examples=[404])
    detail: str = Field(description="what happened and what to do", examples=["未找到有效的社会保障卡。"])
    code: str = Field(pattern="^[a-z_]+$", description="stable; new ones may come", examples=["no_card"])
    tries_left: int | None = Field(None, ge=0, description="with `sms_code_wrong` and `sms_code_locked`")
    errors: list[Fault] | None = Field(None, description="with `request_invalid`")
    server_time: Time | None = Field(None, description="with `device_clock_wrong`: the time here; RFC 3339, UTC")
