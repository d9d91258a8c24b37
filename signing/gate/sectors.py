"""The sector's keys in a running gate: which are held, whether they open a code's sealed claims, and their files.

What they open is told to whom asked for it and to nobody else: a verdict carries a word about it, never a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Literal

from signing import strict_json
from signing.claims import Claims
from signing.errors import MalformedError, SealError
from signing.gate.encryption_key import EncryptionKey
from signing.gate.private_files import IdentityError, read_private, write_private
from signing.gate.sector_keys import SectorKey, files_in, remove_all_but
from signing.keyset import KeySet
from signing.seal import SealedClaims, open_sealed
from signing.verdict import Verdict

SealedState = Literal["held", "key_missing", "not_ours", "unreadable"]
"""Of sealed claims: their key is here; it is not, or not yet; the issuer gives this gate none of that scene; not sealed as is right."""

SCENES = "sectors.json"


class Sectors:
    """The keys of one gate; safe to use from several threads.

    Args:
        folder: the gate's folder, of which the keys are read at once.
        trouble: told in a line of what went wrong and was lived with.
        missed: told when a code names a key that is not held and may come.
    """

    def __init__(
        self, folder: Path, trouble: Callable[[str], None], *, missed: Callable[[], None] = lambda: None
    ) -> None:
        self._folder, self._trouble, self.missed = folder, trouble, missed
        self._lock = Lock()
        self._revoked: frozenset[str] = frozenset()
        self._keys = {key.kid: key for key in self._load()}
        self.scenes = self._load_scenes()

    @property
    def held(self) -> list[SectorKey]:
        """The keys that are held, the one that ends first first."""
        return sorted(self._keys.values(), key=lambda key: (key.expires_at, key.kid))

    def state(self, verdict: Verdict) -> SealedState | None:
        """What can be done about the sealed claims of a valid code; None where it has none, or is not valid."""
        sealed = _sealed_in(verdict.claims)
        if verdict.outcome != "valid" or verdict.claims is None or sealed is None:
            return None
        key = self._keys.get(sealed[:4].hex())
        if key is not None:
            return "held" if key.scene == verdict.claims.scene.name else "unreadable"
        if self.scenes is not None and verdict.claims.scene.name not in self.scenes:
            return "not_ours"
        self.missed()
        return "key_missing"

    def open(self, claims: Claims) -> SealedClaims | SealedState:
        """The sealed claims of a code, or why there are none to tell."""
        sealed, scene = _sealed_in(claims) or b"", claims.scene.name
        keys = {kid: key.private for kid, key in self._keys.items() if key.scene == scene}
        try:
            return open_sealed(sealed, keys, scene)
        except SealError as error:
            return "key_missing" if error.code == "sealed_key_missing" else "unreadable"

    def accept(self, items: Iterable[strict_json.Object], own: EncryptionKey, verifier_id: str, now: int) -> None:
        """Takes all that the issuer gave: what it does not name any more is gone. What cannot be unwrapped is left out, and said."""
        named = list(items)
        kept = [key for item in named if (key := self._unwrap(item, own, verifier_id)) is not None]
        with self._lock:
            self.scenes = sorted({scene for item in named if isinstance(scene := item.get("scene"), str)})
            self._replace({key.kid: key for key in kept if key.is_of_use(now) and key.kid not in self._revoked})
            self._try(lambda: write_private(self._folder / SCENES, strict_json.write({"scenes": self.scenes})))

    def forget_ended(self, now: int) -> None:
        """Removes keys of which nothing that was sealed to them can be shown any more."""
        self._keep_those(lambda key: key.is_of_use(now))

    def forget_revoked(self, keys: KeySet) -> None:
        """Removes at once what the key set says is revoked, and takes it no more."""
        self._revoked = frozenset(kid for kid, key in keys.seal_keys.items() if key.revoked_at is not None)
        self._keep_those(lambda key: key.kid not in self._revoked)

    @staticmethod
    def clear(folder: Path) -> None:
        """Removes all that ``folder`` keeps of an enrolment's sector.

        Raises:
            OSError: something cannot be removed.
        """
        remove_all_but(folder, ())
        (folder / SCENES).unlink(missing_ok=True)

    def _keep_those(self, is_kept: Callable[[SectorKey], bool]) -> None:
        with self._lock:
            kept = {kid: key for kid, key in self._keys.items() if is_kept(key)}
            if len(kept) < len(self._keys):
                self._replace(kept)

    def _replace(self, keys: dict[str, SectorKey]) -> None:
        before, self._keys = self._keys, keys
        self._try(lambda: remove_all_but(self._folder, keys))
        for key in keys.values():
            if before.get(key.kid) != key:
                self._try(partial(key.save, self._folder))

    def _unwrap(self, item: strict_json.Object, own: EncryptionKey, verifier_id: str) -> SectorKey | None:
        try:
            return SectorKey.unwrap(item, own, verifier_id)
        except (SealError, MalformedError) as error:
            self._trouble(f"a sector key cannot be used: {error}")
            return None

    def _load(self) -> Iterable[SectorKey]:
        for path in files_in(self._folder):
            try:
                yield SectorKey.load(path)
            except (IdentityError, MalformedError, OSError) as error:
                self._trouble(f"{path.name} is not used, it is fetched anew: {error}")

    def _load_scenes(self) -> list[str] | None:
        try:
            data = read_private(self._folder / SCENES)
            found = None if data is None else strict_json.array(strict_json.parse_object(data), "scenes")
        except (IdentityError, MalformedError, OSError):
            return None
        return None if found is None else [str(scene) for scene in found]

    def _try(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            self._trouble(f"what the folder keeps of sector keys cannot be written: {error}")


def _sealed_in(claims: Claims | None) -> bytes | None:
    value = None if claims is None else claims.attributes.get("sealed")
    return value if isinstance(value, bytes) else None
