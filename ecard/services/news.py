"""What connected verifiers are told: the newest manifest, and the changes since the one that each was told before (token format, 2.6).

Most listeners were told the one before, so an event is written once for each version that somebody comes from, and shared.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from ecard.services.publish import MANIFEST, changes_name
from ecard.store.database import Database
from ecard.store.models import Publication
from signing.statuslist import CHANGE_BYTES

_VERSIONS_KNOWN = 2000
"""More than a day's: a manifest each minute, and one after each loss."""
_MOST_WORDS = 64 * 1024
"""Bytes of changes in one event; who lacks more fetches the list, which is shorter then."""


@dataclass(frozen=True, slots=True)
class Published:
    """One publication: its manifest, and the changes of each shard since its beginning."""

    version: int
    manifest: bytes
    logs: Mapping[int, bytes] = field(repr=False)

    def continues(self, older: Published) -> bool:
        """Whether every log that both have has only grown; False after a backup was put back."""
        shared = self.logs.keys() & older.logs.keys()
        return self.version > older.version and all(self.logs[shard].startswith(older.logs[shard]) for shard in shared)


def read_published(database: Database, known: int | None) -> Published | None:
    """The newest publication; None where there is none, or where it is the one of version ``known``."""
    with database.read() as db:
        version = db.scalar(select(Publication.version).where(Publication.name == MANIFEST))
        if version is None or version == known:
            return None
        wanted = (Publication.name == MANIFEST) | Publication.name.like(changes_name("%"))
        bodies = dict(db.execute(select(Publication.name, Publication.body).where(wanted)).all())
    logs = {int(name.split("/")[1]): body for name, body in bodies.items() if name != MANIFEST}
    return Published(version, bodies[MANIFEST], logs)


class News:
    """The newest publication, and how far the logs had come at those before."""

    def __init__(self) -> None:
        self._newest: Published | None = None
        self._lengths: OrderedDict[int, Mapping[int, int]] = OrderedDict()
        self._events: dict[int | None, bytes] = {}

    @property
    def version(self) -> int | None:
        """The version of the newest manifest."""
        return None if self._newest is None else self._newest.version

    def put(self, published: Published) -> None:
        """What was published now."""
        if self._newest is not None and not published.continues(self._newest):
            self._lengths.clear()
        self._newest = published
        self._events.clear()
        self._lengths[published.version] = {shard: len(log) for shard, log in published.logs.items()}
        while len(self._lengths) > _VERSIONS_KNOWN:
            self._lengths.popitem(last=False)

    def since(self, version: int | None) -> bytes | None:
        """The event for somebody who was told ``version`` (None: nothing) before; None while nothing is published."""
        if self._newest is None:
            return None
        known = version if version in self._lengths else None
        if known not in self._events:
            told = self._lengths[self._newest.version if known is None else known]
            self._events[known] = _write(self._newest, told)
        return self._events[known]


def _write(published: Published, told: Mapping[int, int]) -> bytes:
    """A server-sent event for somebody who knows so many bytes of each log."""
    changes: dict[str, dict[str, int | str]] = {}
    room = _MOST_WORDS
    for shard, log in published.logs.items():
        first = told.get(shard, 0)
        if first < len(log) <= first + room:
            room -= len(log) - first
            words = urlsafe_b64encode(log[first:]).rstrip(b"=").decode()
            changes[str(shard)] = {"from": first // CHANGE_BYTES, "words": words}
    data = json.dumps({"manifest": published.manifest.decode(), "changes": changes}, separators=(",", ":"))
    return f"event: manifest\nid: {published.version}\ndata: {data}\n\n".encode()
