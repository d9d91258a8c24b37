"""A connected verifier: it holds a trust bundle and lays over it whatever the stream brings (docs/token-format.md §2.6)."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ecard.config import Settings
from signing import Policy, RootFile, TrustBundle, Verdict, base64url, sync, verify
from tests.provision.redis import LOOPBACK

_PATIENCE = 30.0
_POLICY = Policy.preset("counter")


class Listener:
    """Judges codes by the newest manifest that came."""

    def __init__(self, bundle: TrustBundle, stream: http.client.HTTPResponse) -> None:
        self.bundle = bundle
        self._stream = stream

    def judge(self, code: str) -> Verdict:
        """The verdict without asking anybody."""
        return verify(code, trust=self.bundle, policy=_POLICY, now=int(time.time()))

    def hear(self) -> None:
        """Wait for the next manifest and accept it with its deltas."""
        message = json.loads(self._next_data())
        bundle = TrustBundle.accept(
            self.bundle.root,
            keys=self.bundle.keys.data,
            manifest=message["manifest"].encode(),
            held=self.bundle,
            now=int(time.time()),
        )
        for shard in bundle.missing_deltas():
            bundle = bundle.with_delta(shard, base64url.decode(message["deltas"][str(shard)]))
        self.bundle = bundle

    def _next_data(self) -> bytes:
        while line := self._stream.readline():
            if line.startswith(b"data: "):
                return line.removeprefix(b"data: ")
        raise AssertionError("the stream ended")


@contextmanager
def listening(settings: Settings, folder: Path) -> Iterator[Listener]:
    """A verifier that was synchronized into ``folder`` and then connected to the stream."""
    root = RootFile.parse((settings.keys / "root.json").read_bytes())
    bundle = sync.sync(f"http://{LOOPBACK}:{settings.port}", root, folder).bundle
    with closing(http.client.HTTPConnection(LOOPBACK, settings.events_port, timeout=_PATIENCE)) as connection:
        connection.request("GET", "/trust/events")
        listener = Listener(bundle, connection.getresponse())
        listener.hear()
        yield listener
