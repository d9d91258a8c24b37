"""JSON over HTTPS to a partner, with a time-out and a bearer token from a file."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TIMEOUT = 5.0
_OK = range(200, 300)


class GatewayError(Exception):
    """The partner did not take the message; ``reason`` is safe to log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """A redirected POST would carry the token elsewhere."""


@dataclass(frozen=True, slots=True)
class JsonPoster:
    """Posts messages to one URL. The token file is read at each call, so that it can be renewed without a restart."""

    url: str
    token_file: Path | None = None

    def post(self, message: dict[str, Any], *, idempotency_key: str | None = None) -> None:
        """Send one message.

        Raises:
            GatewayError: unreachable, slow, answered with anything but 2xx, or a token file that cannot be read.
        """
        try:
            request = self._request(message, idempotency_key)
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=_TIMEOUT) as answer:
                if answer.status not in _OK:
                    raise GatewayError(f"status {answer.status}")
        except urllib.error.HTTPError as error:
            raise GatewayError(f"status {error.code}") from error
        except (OSError, ValueError) as error:
            raise GatewayError(type(error).__name__) from error

    def _request(self, message: dict[str, Any], idempotency_key: str | None) -> urllib.request.Request:
        headers = {"Content-Type": "application/json"}
        if self.token_file is not None:
            headers["Authorization"] = f"Bearer {self.token_file.read_text().strip()}"
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        return urllib.request.Request(self.url, json.dumps(message).encode(), headers, method="POST")  # noqa: S310 - scheme checked in config
