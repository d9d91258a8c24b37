"""What claims are sealed to: the sector keys of the key set as verifiers have it (token format, 1.5 and 2.2).

The code process holds no private key of a sector; the public one it takes from what the root has signed, never from the database's word.
``keys.json`` would be too early: a key that is in force on this machine and not published yet is one that no hospital was given. Asking
which version is published costs one row by its key, beside the holder's details, which are read for each such code anyway.
"""

from __future__ import annotations

from threading import Lock

import structlog
from sqlalchemy import select

from ecard.domain.errors import RefusedError
from ecard.services.publish import KEYS
from ecard.store.models import Publication
from ecard.store.unit_of_work import Transaction
from signing import RootFile, TrustError
from signing.keyset import KeySet, SealKey

_log = structlog.get_logger()


class SealKeys:
    """Reads the published key set, checked against the root once a version; one instance a process."""

    def __init__(self, root: RootFile) -> None:
        self._root = root
        self._held: tuple[bytes, KeySet] | None = None
        self._lock = Lock()

    def current(self, tx: Transaction) -> KeySet | None:
        """The key set in force; None while nothing is published, or what is there is not the root's word."""
        digest = tx.db.scalar(select(Publication.digest).where(Publication.name == KEYS))
        with self._lock:
            if self._held is not None and self._held[0] == digest:
                return self._held[1]
        keys = self._accepted(tx) if digest else None
        if digest and keys:
            with self._lock:
                self._held = (digest, keys)
        return keys

    def seal_key(self, tx: Transaction, scene: str) -> SealKey:
        """The newest key in use to which claims of the scene are sealed.

        Raises:
            RefusedError: ``scene_unavailable``: verifiers know none, or do not know the scene.
        """
        keys, now = self.current(tx), int(tx.now.timestamp())
        if keys is None or scene not in keys.scenes or keys.expires_at <= now:
            raise RefusedError("scene_unavailable")
        in_use = [key for key in keys.seal_keys.values() if key.scene == scene and key.is_in_use(now)]
        if not in_use:
            raise RefusedError("scene_unavailable")
        return max(in_use, key=lambda key: (key.not_before, key.public.kid))

    def _accepted(self, tx: Transaction) -> KeySet | None:
        body = tx.db.scalar(select(Publication.body).where(Publication.name == KEYS))
        try:
            return KeySet.accept(body or b"", self._root)
        except TrustError as error:
            _log.error("published_keys_refused", code=error.code)
            return None
