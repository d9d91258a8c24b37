"""A connected verifier: it holds a trust bundle and lays over it whatever the stream brings (docs/token-format.md §2.6)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecard.config import Settings
from signing import Policy, RootFile, TrustBundle, Verdict, sync, verify
from signing.stream import TrustEvent, follow_event, open_stream
from tests.provision.redis import LOOPBACK

_POLICY = Policy.preset("counter")


class Listener:
    """Judges codes by the newest manifest that came."""

    def __init__(self, bundle: TrustBundle, events: Iterator[TrustEvent]) -> None:
        self.bundle = bundle
        self._events = events

    def judge(self, code: str) -> Verdict:
        """The verdict without asking anybody."""
        return verify(code, trust=self.bundle, policy=_POLICY, now=int(time.time()))

    def hear(self) -> None:
        """Wait for the next manifest and follow it."""
        followed = follow_event(self.bundle, next(self._events), int(time.time()))
        assert followed is not None, "the stream told too little"
        self.bundle = followed


@contextmanager
def listening(settings: Settings, folder: Path) -> Iterator[Listener]:
    """A verifier that was synchronized into ``folder`` and then connected to the stream, where the service sends it."""
    root = RootFile.parse((settings.keys / "root.json").read_bytes())
    url = f"http://{LOOPBACK}:{settings.port}"
    bundle = sync.sync(url, root, folder).bundle
    with open_stream(url, since=bundle.manifest.version) as stream:
        listener = Listener(bundle, iter(stream))
        listener.hear()
        yield listener
