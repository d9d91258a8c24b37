"""What a verifier remembers of all that it ever accepted, so that nothing older is believed (docs/token-format.md §3; T2a, T5)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from signing import strict_json
from signing.errors import MalformedError, TrustError
from signing.keyset import KeySet
from signing.manifest import Manifest


@dataclass(frozen=True, slots=True)
class TrustState:
    """The highest versions and the newest verified time (seconds since 1970) ever seen: what nothing new may fall behind.

    ``list_kid`` names the list key whose word the manifest's version and the time are; empty where none has spoken.
    """

    manifest_version: int = 0
    keys_version: int = 0
    time_floor: int = 0
    list_kid: str = ""

    @classmethod
    def parse(cls, data: bytes) -> TrustState:
        """Reads ``state.json``; one of before there was ``list_kid`` names no key.

        Raises:
            TrustError: ``folder_unreadable``.
        """
        try:
            members = {"list_kid": "", **strict_json.parse_object(data)}
            return cls(
                manifest_version=strict_json.integer(members, "manifest_version"),
                keys_version=strict_json.integer(members, "keys_version"),
                time_floor=strict_json.integer(members, "time_floor"),
                list_kid=strict_json.text(members, "list_kid"),
            )
        except MalformedError as error:
            raise TrustError("folder_unreadable", f"state.json: {error}") from error

    def write(self) -> bytes:
        """``state.json``."""
        return strict_json.write(asdict(self))

    def is_void(self, keys: KeySet) -> bool:
        """T2a: whether ``keys`` is newer and takes its word from the key that this state rests on."""
        if not self.list_kid or keys.version <= self.keys_version:
            return False
        key = keys.list_keys.get(self.list_kid)
        return key is None or key.revoked_at is not None

    def reset(self, keys: KeySet) -> TrustState:
        """T2a: what is left once the key is void: only what the root said."""
        return TrustState(keys_version=self.keys_version, time_floor=keys.issued_at)

    def raised(self, keys: KeySet, manifest: Manifest) -> TrustState:
        """T5: the state once ``keys`` and ``manifest`` are accepted.

        The key stays the one before while that one's time is ahead of this manifest's: else a key that was stolen could push the
        time into the future, and the next honest manifest would hide whose word that was from T2a.
        """
        is_newest = manifest.issued_at >= self.time_floor or not self.list_kid
        return replace(
            self,
            manifest_version=max(self.manifest_version, manifest.version),
            keys_version=max(self.keys_version, keys.version),
            time_floor=max(self.time_floor, keys.issued_at, manifest.issued_at),
            list_kid=manifest.kid if is_newest else self.list_kid,
        )


NOTHING_SEEN = TrustState()
