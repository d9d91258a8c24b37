"""Which key signs now, found anew by time and whenever ``keys.json`` changes: a rotation or a revocation needs no restart.

A process holds the keys of one purpose. It signs with the newest whose window is open and which is not revoked. Where that one's sealed
file is not on this machine, an older key may stand in while its own window lasts, and the log, `/readyz` and ``ecard keys status`` say so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal

import structlog

from ecard.domain.errors import RefusedError
from ecard.keystore import KeyStore, KeyStoreError
from ecard.services.key_folder import KEY_SET_FILE, KeyFolder
from signing import Signer, TrustError
from signing.keyset import IssuerKey, KeySet, keys_in_use

_LOOK_SECONDS = 1.0
_MAKESHIFT_SECONDS = 5
_RETRY_SECONDS = 30
SignerAt = Callable[[int], Signer]
"""Gives the key that signs at a time, in seconds since 1970."""
SignerFor = Callable[[int, int], Signer]
"""Gives the key that signs at a time what is dated another: codes count if their key's window holds their `iat`."""
KeyState = Literal["ok", "standing_in", "none", "key_set_refused"]

_log = structlog.get_logger()


class NoSigningKeyError(KeyStoreError):
    """No key of the purpose can sign at this time; the message says why and what to do."""


class KeysInForce:
    """``keys.json`` as it stands: its date is looked at once a second at most, and the file read when that changed. Thread-safe.

    What this machine may sign with. What verifiers have been given of it is another question, and the database's: `SealKeys`.
    """

    def __init__(self, folder: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._folder = KeyFolder(folder)
        self._path = folder / KEY_SET_FILE
        self._monotonic = monotonic
        self._lock = Lock()
        self._look_at = float("-inf")
        self._seen: tuple[int, int, int] | None = None
        self._held: KeySet | None = None
        self._problem = ""

    @property
    def problem(self) -> str:
        """Why the file that is there is not the set in use; empty if it is."""
        return self._problem

    def current(self) -> KeySet:
        """The newest key set that was acceptable.

        Raises:
            KeyStoreError: none ever was, because a file is missing.
            TrustError: none ever was, because the root did not sign it.
        """
        held = self._held
        if held is not None and self._monotonic() < self._look_at:
            return held
        with self._lock:
            self._look_at = self._monotonic() + _LOOK_SECONDS
            return self._look()

    def _look(self) -> KeySet:
        held = self._held
        seen = _stamp(self._path)
        if held is not None and seen == self._seen:
            return held
        try:
            fresh = _not_older(self._folder.key_set(), held)
        except (KeyStoreError, TrustError, OSError) as error:
            if held is None:
                raise
            self._refuse(str(error))
            self._seen = seen
            return held
        self._held, self._seen, self._problem = fresh, seen, ""
        if held is not None:
            _log.warning("key_set_changed", version=fresh.version, before=held.version)
        return fresh

    def _refuse(self, problem: str) -> None:
        self._problem = problem
        _log.error("key_set_refused", problem=problem, consequence="this process goes on with the key set it has")


@dataclass(frozen=True, slots=True)
class _Choice:
    """Who signs from ``since`` until ``until``, under one key set; ``problem`` is why it is not whom the set means.

    ``is_due``: whether the set means anybody.
    """

    keys: KeySet
    signer: Signer | None
    since: int
    until: int
    problem: str
    is_due: bool = True


class KeyRing:
    """The private keys of one purpose (``code`` or ``list``). Thread-safe."""

    def __init__(self, store: KeyStore, in_force: KeysInForce, purpose: str) -> None:
        self._store = store
        self._in_force = in_force
        self._purpose = purpose
        self._open: dict[str, Signer] = {}
        self._choice: _Choice | None = None
        self._told = ""
        self._lock = Lock()

    @property
    def key_set(self) -> KeySet:
        """The key set that the choice is made from; raises as `KeysInForce.current`."""
        return self._in_force.current()

    def signer(self, now: int) -> Signer:
        """The key that signs at ``now`` (seconds since 1970).

        Raises:
            NoSigningKeyError: none can.
        """
        return self.key_set_and_signer(now)[1]

    def key_set_and_signer(self, now: int) -> tuple[KeySet, Signer]:
        """The key that signs at ``now``, and the very key set that says so: a new one may come between two questions.

        Raises:
            NoSigningKeyError: none can.
        """
        choice = self._current_choice(now)
        if choice.signer is None:
            raise NoSigningKeyError(choice.problem)
        return choice.keys, choice.signer

    def signer_for(self, now: int, issued_at: int) -> Signer:
        """The key that signs at ``now`` what says that it was issued at ``issued_at``, a little earlier or some hours later.

        That of ``now`` where its window holds both, because verifiers surely know it; else the newest key here whose window holds
        ``issued_at``: whatever another signs is `key_not_valid` wherever it is shown (token format, step 6).

        Raises:
            NoSigningKeyError: none can.
        """
        keys, signer = self.key_set_and_signer(now)
        candidates = self._candidates(keys)
        signing = candidates[signer.kid]
        for key in (signing, *keys_in_use(candidates.values(), issued_at)):
            if key.is_in_use(issued_at):
                try:
                    return self._opened(key)
                except (KeyStoreError, OSError):
                    continue
        raise NoSigningKeyError(f"no {self._purpose} key that is here signs what begins at {issued_at}")

    def key_is_missing(self, now: int) -> bool:
        """Whether the set has a key for ``now``, and none of those that may sign is on this machine."""
        choice = self._current_choice(now)
        return choice.signer is None and choice.is_due

    def state(self, now: int) -> KeyState:
        """For the probe: ``ok``, an older key ``standing_in`` for one that is not on this machine, or worse."""
        choice = self._current_choice(now)
        if choice.signer is None:
            return "none"
        if self._in_force.problem:
            return "key_set_refused"
        return "standing_in" if choice.problem else "ok"

    def _current_choice(self, now: int) -> _Choice:
        keys, choice = self._in_force.current(), self._choice
        if choice is not None and choice.keys is keys and choice.since <= now < choice.until:
            return choice
        with self._lock:
            self._choice = choice = self._choose(keys, now)
            self._tell(choice)
        return choice

    def _choose(self, keys: KeySet, now: int) -> _Choice:
        candidates = list(self._candidates(keys).values())
        in_use = keys_in_use(candidates, now)
        self._open = {key.public.kid: self._open[key.public.kid] for key in in_use if key.public.kid in self._open}
        problem = (
            "" if in_use else f"no {self._purpose} key is in its window and not revoked; `ecard keys status` says more"
        )
        for key in in_use:
            try:
                return _Choice(keys, self._opened(key), now, _next_change(candidates, now, bool(problem)), problem)
            except (KeyStoreError, OSError) as error:
                problem = problem or str(error)
        return _Choice(keys, None, now, now + 1, problem, is_due=bool(in_use))

    def _candidates(self, keys: KeySet) -> Mapping[str, IssuerKey]:
        return keys.code_keys if self._purpose == "code" else keys.list_keys

    def _opened(self, key: IssuerKey) -> Signer:
        kid = key.public.kid
        if kid not in self._open:
            self._open[kid] = self._store.issuer_signer(self._purpose, kid)
        return self._open[kid]

    def _tell(self, choice: _Choice) -> None:
        """Once for each news, loudly where it is bad."""
        kid = choice.signer.kid if choice.signer else None
        news = f"{kid} {choice.problem}"
        if news == self._told:
            return
        is_first, self._told = not self._told, news
        if choice.problem:
            consequence = (
                f"{kid} stands in while its window lasts" if kid else f"nothing can be signed by a {self._purpose} key"
            )
            _log.error("signing_key_missing", purpose=self._purpose, problem=choice.problem, consequence=consequence)
        elif not is_first:
            _log.warning("signing_key_changed", purpose=self._purpose, kid=kid)


def signer_or_refusal(signer: SignerAt, now: int) -> Signer:
    """The key that signs codes and credentials at ``now`` (seconds since 1970).

    Raises:
        RefusedError: ``codes_unavailable``: none can.
    """
    try:
        return signer(now)
    except NoSigningKeyError as error:
        raise RefusedError("codes_unavailable", retry_after=_RETRY_SECONDS) from error


def open_ring(store: KeyStore, purpose: str, in_force: KeysInForce | None = None) -> KeyRing:
    """The ring of a purpose over the key set in the same folder."""
    return KeyRing(store, in_force or KeysInForce(store.folder), purpose)


def _next_change(keys: list[IssuerKey], now: int, is_makeshift: bool) -> int:
    """When to choose again: at the next edge of a window; soon, where the right key's file may arrive any moment."""
    if is_makeshift:
        return now + _MAKESHIFT_SECONDS
    return min(edge for key in keys for edge in (key.not_before, key.expires_at) if edge > now)


def _not_older(fresh: KeySet, held: KeySet | None) -> KeySet:
    if held is not None and fresh.version < held.version:
        raise TrustError("keys_rollback", f"key set {fresh.version} is older than {held.version}")
    return fresh


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a third of the time, once a second on the busiest path
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
