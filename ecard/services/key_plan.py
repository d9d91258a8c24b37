"""What the next key set says: pure rules over the one before. No file, no private key, no clock.

The windows follow from how long others hold on to what they have. A gate may judge by a list of seven days ago, so a new key begins seven
days after the set that names it was published. A credential lives seven days at most, and counts if its key's window held its `iat`
(token format, step 6), so an ended key stays in the set a while longer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ecard.domain.policies import MANIFEST_LIFETIME, MAX_TOKEN_LIFETIME
from ecard.domain.scenes import SCENES
from signing import Scene, base64url, describe_key_set, strict_json
from signing.keyset import SEAL, IssuerKey, KeySet, SealKey, keys_in_use

Entry = Mapping[str, object]

LEAD = MANIFEST_LIFETIME
"""How long before its first signature a new key is announced: no verifier judges by anything older than the longest list age."""
OVERLAP = MAX_TOKEN_LIFETIME
"""How long the old key may still sign, should the new one not have arrived on some machine."""
KEY_LIFETIME = SET_LIFETIME = timedelta(days=365)
_KEPT_AFTER_END = timedelta(days=30)
_DAY = 86_400
CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Use:
    """What a key is for. ``scene`` is the sector's, of a ``seal`` key only."""

    purpose: str
    scene: str | None = None

    def __str__(self) -> str:
        return f"{self.purpose} ({self.scene})" if self.scene else self.purpose


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when a key signs, in seconds since 1970."""

    not_before: int
    expires_at: int

    @classmethod
    def at_once(cls, now: datetime) -> Window:
        """From now on for the usual time; a little earlier, for machines whose clocks are behind this one's."""
        return cls(seconds(now - CLOCKS_DIFFER), seconds(now + KEY_LIFETIME))

    @classmethod
    def starting(cls, begin: datetime, *, days: int, now: datetime) -> Window:
        """From ``begin`` on, for so many days that are still to come."""
        return cls(seconds(begin), max(seconds(begin), seconds(now)) + days * _DAY)


@dataclass(frozen=True, slots=True)
class Plan:
    """A key set that is being thought out: the entries of its ``keys``, in order."""

    issuer: str
    version: int
    entries: tuple[Entry, ...] = ()

    @classmethod
    def after(cls, keys: KeySet, version: int, now: datetime) -> Plan:
        """What ``keys`` says, without the keys whose end nobody can remember any more."""
        oldest = seconds(now - _KEPT_AFTER_END)
        entries = json.loads(base64url.decode(json.loads(keys.data)["payload"]))["keys"]
        return cls(keys.issuer, version, tuple(entry for entry in entries if not _ended_before(entry, oldest)))

    def with_key(self, entry: Entry) -> Plan:
        """With one more key, from `signing.describe_key` or `signing.describe_seal_key`."""
        return replace(self, entries=(*self.entries, entry))

    def ending(self, kid: str, at: int) -> Plan:
        """With the key's end at ``at``."""
        return self._changing(kid, exp=at)

    def revoking(self, kid: str, at: int) -> Plan:
        """With the key revoked since ``at``."""
        return self._changing(kid, revoked=at)

    def payload(self, now: datetime) -> dict[str, object]:
        """The payload to be signed: renewed expiry, and the scenes of this release."""
        return describe_key_set(
            issuer=self.issuer,
            version=self.version,
            issued_at=seconds(now),
            expires_at=seconds(now + SET_LIFETIME),
            keys=self.entries,
            scenes=release_scenes(),
        )

    def keys(self, now: datetime) -> KeySet:
        """How a verifier would read it."""
        return KeySet.parse_unverified(strict_json.write(self.payload(now)))

    def _changing(self, kid: str, **members: object) -> Plan:
        changed = tuple({**entry, **members} if entry.get("kid") == kid else entry for entry in self.entries)
        return replace(self, entries=changed)


def _ended_before(entry: Entry, at: int) -> bool:
    """Of a key of a purpose that this release does not know, nothing is assumed."""
    end = entry.get("exp")
    return isinstance(end, int) and end <= at


def release_scenes() -> list[Scene]:
    """The scenes that this release knows."""
    return [Scene(rule.id, rule.name, rule.attributes) for rule in SCENES.values()]


def keys_for(keys: KeySet, use: Use) -> list[IssuerKey | SealKey]:
    """All keys of a set for one use, whatever their state."""
    return [key for key in all_keys(keys) if use_of(key) == use]


def use_of(key: IssuerKey | SealKey) -> Use:
    """What a key is for."""
    return Use(SEAL, key.scene) if isinstance(key, SealKey) else Use(key.purpose)


def all_keys(keys: KeySet) -> list[IssuerKey | SealKey]:
    """Every key of a set, by purpose and time."""
    found: list[IssuerKey | SealKey] = [*keys.code_keys.values(), *keys.list_keys.values(), *keys.seal_keys.values()]
    return sorted(found, key=lambda key: (str(use_of(key)), key.not_before, key.public.kid))


def current(keys: KeySet, use: Use, at: int) -> IssuerKey | SealKey | None:
    """The key that signs, or is sealed to, at ``at``."""
    found = keys_for(keys, use)
    return next(iter(keys_in_use(found, at)), None)


def coming(keys: KeySet, use: Use, at: int) -> list[IssuerKey | SealKey]:
    """The keys that begin after ``at``, the first to begin first."""
    later = [key for key in keys_for(keys, use) if key.revoked_at is None and key.not_before > at]
    return sorted(later, key=lambda key: key.not_before)


def gaps(keys: KeySet, uses: Iterable[Use], at: int) -> list[Use]:
    """The uses for which no key is in use at ``at``."""
    return [use for use in uses if current(keys, use, at) is None]


def seconds(time: datetime) -> int:
    """Since 1970."""
    return int(time.timestamp())


def utc(at: int) -> str:
    """A time for people and programs: RFC 3339 with its zone."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
