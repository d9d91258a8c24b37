"""The issuer's interface as a gate uses it: enrolment, sessions by signed assertion, and requests under one (`signing.gate.session`)."""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import IO, NoReturn
from urllib.parse import urlsplit

from signing import strict_json
from signing.errors import MalformedError
from signing.gate.device_key import SESSIONS, DeviceKey
from signing.gate.encryption_key import EncryptionKey

TIMEOUT = 10.0
_ENROLMENT, _TIME = "/api/v1/verifiers/enrolment", "/api/v1/public/server-time"
_MAX_ANSWER = 256 * 1024


class IssuerError(Exception):
    """The issuer could not be reached, or refused. ``status``: 0 where there was no answer; ``code``: its stable code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{code} ({status})" if status else code)
        self.status, self.code = status, code

    @property
    def is_final(self) -> bool:
        """Whether the same request will be refused again, for what is in it."""
        return self.status in (400, 413, 422)


class IssuerApi:
    """Requests to one issuer.

    Args:
        server: its address, ``https``; ``http`` for a server on this machine. Unlike trust material, which is signed, what is sent and
            answered here is believed for where it comes from: enrolment code, root file, policy, session.
        timeout: how long it may stay silent, in seconds.

    Raises:
        ValueError: an address of another scheme, or of another machine without TLS.
    """

    def __init__(self, server: str, *, timeout: float = TIMEOUT) -> None:
        check_address(server)
        parts = urlsplit(server)
        if parts.scheme == "http" and not _is_this_machine(parts.hostname or ""):
            raise ValueError(f"'{server}' is another machine: without https anybody on the way could be it")
        self._server, self._timeout = server.rstrip("/"), timeout
        self._opener = urllib.request.build_opener(_NoRedirect)

    def enrol(self, key: DeviceKey, own: EncryptionKey, request: strict_json.Object) -> strict_json.Object:
        """Spends the one-time code in ``request``, from `DeviceKey.enrolment_request`, and binds the keys to it.

        The same request again, within a day, has the same answer; another one with the same code has none.

        Returns:
            The answer: ``verifier_id``, ``label``, ``preset``, ``unit``, ``root``, ``policy``.

        Raises:
            IssuerError: ``enrolment_code_wrong``, ``proof_invalid``, or no answer.
        """
        code = strict_json.text(request, "code")
        return self.ask("POST", _ENROLMENT, request, {"Idempotency-Key": digest(code, key.kid, own.kid)})

    def open_session(self, key: DeviceKey, verifier_id: str, now: int) -> tuple[str, int]:
        """An access token, and the seconds that it lives.

        A clock that is wrong by more than the issuer lets pass is no reason to lose the scans: where the assertion is refused, it is
        made once more with the issuer's own time.

        Raises:
            IssuerError: ``assertion_invalid`` – disabled, or never enrolled here –, or no answer.
        """
        try:
            answer = self.ask("POST", SESSIONS, {"assertion": key.assertion(verifier_id, now)}, {})
        except IssuerError as error:
            if error.code != "assertion_invalid":
                raise
            its_time = _integer(self.ask("GET", _TIME, None, {}), "epoch")
            answer = self.ask("POST", SESSIONS, {"assertion": key.assertion(verifier_id, its_time)}, {})
        return _text(answer, "access_token"), _integer(answer, "expires_in")

    def ask(
        self, method: str, path: str, body: Mapping[str, object] | None, headers: Mapping[str, str]
    ) -> strict_json.Object:
        """One request, and the object that it is answered with.

        Raises:
            IssuerError: refused, or no answer.
        """
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._server + path, data, method=method)  # noqa: S310 - checked above
        for name, value in {"Accept": "application/json", "Content-Type": "application/json", **headers}.items():
            request.add_header(name, value)
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                return strict_json.parse_object(response.read(_MAX_ANSWER))
        except urllib.error.HTTPError as error:
            with error:
                _refuse(error)
        except MalformedError as error:
            raise IssuerError(0, "answer_malformed") from error
        except (OSError, http.client.HTTPException) as error:
            raise IssuerError(0, f"unreachable: {error}") from error


def check_address(server: str) -> None:
    """Refuses what no server can be reached by.

    Raises:
        ValueError: no ``http`` or ``https`` address.
    """
    parts = urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"'{server}' is no http or https address")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 (the library's signature)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        """What is sent here is sent to whom it was meant for, and to nobody else."""


def _refuse(error: urllib.error.HTTPError) -> NoReturn:
    try:
        code = strict_json.text(strict_json.parse_object(error.read(_MAX_ANSWER)), "code")
    except (MalformedError, OSError, http.client.HTTPException):
        code = "unexpected"
    raise IssuerError(error.code, code) from error


def digest(*parts: str) -> str:
    """An ``Idempotency-Key`` for a request that these texts tell from every other."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


def _text(answer: strict_json.Object, name: str) -> str:
    try:
        return strict_json.text(answer, name)
    except MalformedError as error:
        raise IssuerError(0, "answer_malformed") from error


def _integer(answer: strict_json.Object, name: str) -> int:
    try:
        return strict_json.integer(answer, name)
    except MalformedError as error:
        raise IssuerError(0, "answer_malformed") from error
