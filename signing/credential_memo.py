"""Credentials whose issuer signature was found to hold, so that a phone seen again costs one verification instead of two.

What is kept is a pure function of the credential's bytes and the key: that the signature holds, what was read, and the holder's point.
Whether it still counts (windows, revocation, times) is judged each time anew. A stranger cannot fill the memo: only what an issuer
has signed is kept.
"""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from signing.claims import UnverifiedCode
from signing.keys import PublicKey

MAX_KNOWN_CREDENTIALS = 4096
"""As many as one gate meets in a day, in some 10 MB."""


class KnownCredential(NamedTuple):
    """A credential whose signature holds under ``key``: as it reads, and the point of its holder's key."""

    code: UnverifiedCode
    key: PublicKey
    holder: ec.EllipticCurvePublicKey


class CredentialMemo:
    """Known credentials by their bytes, at most ``capacity`` of them; what came first leaves first."""

    def __init__(self, capacity: int = MAX_KNOWN_CREDENTIALS) -> None:
        self._capacity = capacity
        self._known: dict[bytes, KnownCredential] = {}
        self._lock = Lock()
        self.get = self._known.get
        """The known credential of these bytes, or None."""

    def keep(self, credential: bytes, known: KnownCredential) -> None:
        """Remembers ``known``, which may take the place of the same credential under another key."""
        with self._lock:
            self._known[credential] = known
            if len(self._known) > self._capacity:
                del self._known[next(iter(self._known))]

    def __len__(self) -> int:
        return len(self._known)
