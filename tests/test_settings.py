"""Settings that production must not run with."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ecard.config import Settings

PARTNER = "http://sms.example/send"


def settings(**values: Any) -> Settings:
    return Settings(**values)


@pytest.mark.parametrize("unsafe", [{"secure_cookies": False}, {"sms_url": PARTNER}, {"orders_url": PARTNER}], ids=str)
def test_production_sends_no_secret_over_a_line_that_anybody_reads(unsafe: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="https only"):
        settings(mode="production", **unsafe)
    settings(mode="demo", **unsafe)


@pytest.mark.parametrize("url", ["https://sms.example/send", "http://127.0.0.1:9000/send", ""])
def test_production_may_speak_plainly_to_its_own_machine(url: str) -> None:
    assert settings(mode="production", sms_url=url).sms_url == url
