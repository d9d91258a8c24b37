"""Probes, and the contract itself."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ecard.web.answers.base import Answer


class Alive(Answer):
    """The process answers."""

    status: Literal["ok"] = Field(examples=["ok"])


class ReadinessInfo(Answer):
    """Part by part. Without Redis the service goes on more slowly."""

    ready: bool = Field(examples=[True])
    database: bool = Field(examples=[True])
    redis: bool = Field(examples=[True])
    manifest_age: int | None = Field(description="seconds since the last publication", examples=[20])
    code_key: Literal["ok", "standing_in", "none", "key_set_refused"] = Field(
        description="whether the key that signs codes now is here: `standing_in` an older one does, `none` no code can be shown, "
        "`key_set_refused` keys.json is not one that the root signed",
        examples=["ok"],
    )


class ContractDocument(Answer):
    """An OpenAPI 3.1 document."""

    openapi: str = Field(examples=["3.1.0"])
    info: dict[str, Any] = Field(examples=[{"title": "Electronic social-security card", "version": "1.0"}])
    servers: list[dict[str, Any]] = Field(examples=[[{"url": "/"}]])
    tags: list[dict[str, Any]] = Field(examples=[[{"name": "codes"}]])
    paths: dict[str, Any] = Field(examples=[{}])
    components: dict[str, Any] = Field(examples=[{}])
