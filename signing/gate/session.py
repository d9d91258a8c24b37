"""A gate's session at the issuer, and what it asks there: scans handed in, sector keys, a code verified online."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from signing import strict_json
from signing.errors import MalformedError
from signing.gate.device_key import DeviceKey, Identity
from signing.gate.encryption_key import EncryptionKey
from signing.gate.issuer_api import IssuerApi, IssuerError, digest
from signing.gate.scan_log import Scan

_SCANS, _VERIFICATIONS = "/api/v1/verifier/scans", "/api/v1/verifications"
_SECTOR_KEYS, _ENCRYPTION_KEY = "/api/v1/verifier/sector-keys", "/api/v1/verifier/encryption-key"
_EXPIRES_BEFORE = 30
_SESSION_ENDED = 401


class Session:
    """A session that opens itself when it is needed and again when it has ended; safe to use from several threads."""

    def __init__(
        self, api: IssuerApi, key: DeviceKey, identity: Identity, *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._api, self._key, self._identity, self._ticks = api, key, identity, ticks
        self._token, self._until = "", 0.0
        self._lock = Lock()

    def open(self, now: int) -> None:
        """Opens it, if it is not.

        Raises:
            IssuerError: refused, or no answer.
        """
        self._current(now)

    def upload(self, scans: Sequence[Scan], now: int) -> None:
        """Hands in scans; the same ones again have no further effect.

        Raises:
            IssuerError: refused, or no answer.
        """
        body = {"scans": [scan.to_json() for scan in scans]}
        self._ask(now, "POST", _SCANS, body, digest(*(scan.id for scan in scans)))

    def offer_encryption_key(self, own: EncryptionKey, now: int) -> None:
        """Has sector keys wrapped to ``own`` from now on; the same one again has no further effect.

        Raises:
            IssuerError: ``proof_invalid`` – a clock that is minutes wrong –, refused, or no answer.
        """
        jwk = own.public_jwk()
        proof = self._key.encryption_key_proof(self._identity.verifier_id, now, jwk)
        self._ask(now, "POST", _ENCRYPTION_KEY, {"encryption_key": jwk, "proof": proof}, digest(proof))

    def sector_keys(self, now: int) -> list[strict_json.Object]:
        """The keys of the gate's sector, each wrapped to its own; none for units that are of no sector.

        Raises:
            IssuerError: refused, or no answer.
        """
        answer = self._ask(now, "GET", _SECTOR_KEYS, None)
        try:
            return [strict_json.as_object(item, "items") for item in strict_json.array(answer, "items")]
        except MalformedError as error:
            raise IssuerError(0, "answer_malformed") from error

    def verify(self, question: Mapping[str, object], now: int) -> strict_json.Object:
        """The issuer's answer to a code: ``verdict``, and of a valid one ``holder``. It counts as used there.

        Raises:
            IssuerError: refused, or no answer.
        """
        return self._ask(now, "POST", _VERIFICATIONS, question, secrets.token_hex(16))

    def _ask(
        self, now: int, method: str, path: str, body: Mapping[str, object] | None, once: str | None = None
    ) -> strict_json.Object:
        named = {} if once is None else {"Idempotency-Key": once}
        token = self._current(now)
        try:
            return self._api.ask(method, path, body, {"Authorization": f"Bearer {token}", **named})
        except IssuerError as error:
            if error.status != _SESSION_ENDED:
                raise
        self._forget(token)
        return self._api.ask(method, path, body, {"Authorization": f"Bearer {self._current(now)}", **named})

    def _current(self, now: int) -> str:
        with self._lock:
            if self._ticks() >= self._until:
                self._token, seconds = self._api.open_session(self._key, self._identity.verifier_id, now)
                self._until = self._ticks() + max(0, seconds - _EXPIRES_BEFORE)
            return self._token

    def _forget(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._until = 0.0
