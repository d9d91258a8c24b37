"""The verifiers of the simulation: real trust bundles that fetch what `signing.sync` and the stream would bring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from signing import RootFile, TrustBundle
from signing.statuslist import Shard
from tests.simulation.issuer import Issuer

HEADER_BYTES = 330
"""Of one answer on an open connection, as the service gives it: status line, type, tag, cache rules, length, date."""
_EVENT_FRAME = len('event: manifest\nid: 1795000100\ndata: {"manifest":"","changes":{}}\n\n')
_EVENT_SHARD = len('"2967":{"from":12345,"words":""},')


@dataclass(slots=True)
class Traffic:
    """What came down the line: bodies and headers in bytes, and answers."""

    bodies: int = 0
    headers: int = 0
    answers: int = 0

    def count(self, body: bytes) -> bytes:
        """One answer with ``body``."""
        self.bodies += len(body)
        self.headers += HEADER_BYTES
        self.answers += 1
        return body


@dataclass(slots=True)
class Verifier:
    """One verifier. ``visits`` are the moments at which it asks; ``refusals`` the seconds from each loss report to its refusal."""

    name: str
    visits: Iterator[int]
    traffic: Traffic = field(default_factory=Traffic)
    bundle: TrustBundle | None = None
    joined: int = 0
    asked_at: int = 0
    refusals: list[int] = field(default_factory=list)

    def visit(self, issuer: Issuer, at: int) -> None:
        """Brings the bundle up to what is published at ``at``."""
        manifest = self.traffic.count(issuer.manifest(at))
        held = self.bundle
        keys = held.keys.data if held else self.traffic.count(issuer.keys)
        bundle = TrustBundle.accept(RootFile.parse(issuer.root), keys=keys, manifest=manifest, held=held, now=at)
        for number in bundle.missing_lists():
            bundle = self._complete(issuer, bundle, number, held.shards.get(number) if held else None, at)
        self.bundle = bundle
        if held is None:
            self.joined = self.traffic.bodies

    def _complete(self, issuer: Issuer, bundle: TrustBundle, number: int, older: Shard | None, at: int) -> TrustBundle:
        if older is None:
            return bundle.with_list(number, self.traffic.count(issuer.list_of(number, at)))
        until = bundle.manifest.shards[number].changes
        return bundle.with_changes(number, older, self.traffic.count(issuer.changes_of(number, older.changes, until)))


class Listener(Verifier):
    """A verifier on the stream: joins by asking, then is told."""

    def visit(self, issuer: Issuer, at: int) -> None:
        """One event, once it has joined."""
        held = self.bundle
        if held is None:
            super().visit(issuer, at)
            return
        manifest = issuer.manifest(at)
        bundle = TrustBundle.accept(held.root, keys=held.keys.data, manifest=manifest, held=held, now=at)
        size = _EVENT_FRAME + len(manifest)
        for number in bundle.missing_lists():
            older = held.shards.get(number)
            words = issuer.changes_of(number, older.changes if older else 0, bundle.manifest.shards[number].changes)
            bundle = bundle.with_changes(number, older, words)
            size += _EVENT_SHARD + -(-len(words) * 4 // 3)
        self.bundle = bundle
        self.traffic.bodies += size
        self.traffic.answers += 1
