"""Keeps the trust material of a running gate fresh: over the stream while there is one, by looking while there is not.

The network is never needed. Without it the gate goes on with what its folder holds, for as long as the policy lets a list age, and looks
again at growing pauses. Without a server it follows the folder alone, which somebody else may fill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event
from typing import Protocol

from signing.errors import MalformedError, SyncError, TrustError
from signing.gate.backoff import Backoff
from signing.root import RootFile
from signing.stream import TrustEvent, TrustStream, follow_event, open_stream
from signing.sync import sync
from signing.trust import TrustBundle
from signing.trust_folder import MANIFEST

LOOK_AT_FOLDER = 5.0
"""Seconds between two looks at the folder, where there is no server."""

_FAILURES = (SyncError, TrustError, MalformedError, OSError)


class Source(Protocol):
    """Where trust material comes from."""

    def sync(self, now: int) -> TrustBundle:
        """Brings the folder up to what is published.

        Raises:
            SyncError, TrustError: the folder holds what it held.
        """

    def listen(self, since: int) -> AbstractContextManager[Iterable[TrustEvent]]:
        """The events since a manifest's version.

        Raises:
            SyncError: there is no stream.
        """


class Issuer:
    """A source that is the issuer's server."""

    def __init__(self, server: str, root: RootFile, folder: Path) -> None:
        self._server, self._root, self._folder = server, root, folder
        self._stream: TrustStream | None = None

    def sync(self, now: int) -> TrustBundle:
        """As the protocol says."""
        return sync(self._server, self._root, self._folder, now=now).bundle

    @contextmanager
    def listen(self, since: int) -> Iterator[Iterable[TrustEvent]]:
        """As the protocol says."""
        with open_stream(self._server, since=since) as stream:
            self._stream = stream
            try:
                yield stream
            finally:
                self._stream = None

    def hang_up(self) -> None:
        """Ends the stream, if one is open, from another thread."""
        stream = self._stream
        if stream is not None:
            stream.close()


class Keeper:
    """Brings new trust material to ``use`` until the process stops.

    Args:
        folder: the trust folder.
        source: where new material comes from; None to follow the folder alone.
        clock: seconds since 1970.
        use: called with each new bundle.
        trouble: told in a line when something begins to fail, and when it goes on.
        reaching: the pauses while the server cannot be reached.
        listening: the pauses between looks while there is no stream.
    """

    def __init__(
        self,
        folder: Path,
        source: Source | None,
        clock: Callable[[], int],
        use: Callable[[TrustBundle], None],
        trouble: Callable[[str], None],
        *,
        reaching: Backoff | None = None,
        listening: Backoff | None = None,
    ) -> None:
        self._folder, self._source, self._clock = folder, source, clock
        self._use, self._trouble = use, trouble
        self._reaching, self._listening = reaching or Backoff(2.0, 300.0), listening or Backoff(2.0, 60.0)
        self._held: TrustBundle | None = None
        self._seen = (0, 0)
        self._said = ""
        self.is_connected = False
        self.failures = 0
        self.heard_at: int | None = None

    def start_from_folder(self) -> None:
        """Takes what the folder holds, however old: a gate opens before any network is there."""
        self._seen = self._stamp()
        try:
            self._take(TrustBundle.load(self._folder))
            self._say("")
        except TrustError as error:
            self._say(f"there is no trust material that can be used: {error}")

    def run(self, stop: Event) -> None:
        """Keeps on until ``stop`` is set."""
        while not stop.is_set():
            stop.wait(self.look() if self._source is None else self.turn(self._source, stop))

    def look(self) -> float:
        """Takes what somebody else put into the folder; the seconds until the next look."""
        if self._stamp() != self._seen:
            self.start_from_folder()
        return LOOK_AT_FOLDER

    def turn(self, source: Source, stop: Event) -> float:
        """Syncs, then listens for as long as the stream lasts; the seconds until the next turn."""
        try:
            self._take(source.sync(self._clock()))
        except _FAILURES as error:
            self.failures += 1
            self._say(f"not in touch with the issuer, the gate goes on with what it has: {error}")
            return self._reaching.failed()
        self._heard()
        self._reaching.went_well()
        try:
            with source.listen(self._held.manifest.version if self._held else 0) as events:
                self.is_connected = True
                self._follow(source, events, stop)
        except _FAILURES:
            self.failures += (
                1  # without a stream the gate looks by itself, at least once a minute: no trouble worth a line
            )
        finally:
            self.is_connected = False
        return self._listening.failed()

    def _follow(self, source: Source, events: Iterable[TrustEvent], stop: Event) -> None:
        for event in events:
            if stop.is_set():
                return
            self._take_event(source, event)
            self._heard()
            self._listening.went_well()

    def _take_event(self, source: Source, event: TrustEvent) -> None:
        now = self._clock()
        try:
            newer = follow_event(self._held, event, now) if self._held else None
        except TrustError as error:
            if error.code == "manifest_rollback":  # the stream may be a moment behind what was fetched: nothing new
                return
            raise
        if newer is None:  # a key set, or changes that were missed: fetched, while the stream waits
            self._take(source.sync(now))
        else:
            self._take(newer)
            self._save(newer)

    def _take(self, bundle: TrustBundle) -> None:
        """Uses ``bundle``, unless it is older than what is held: the folder can be, where it could not be written."""
        held = self._held
        if held is not None and _age(bundle) < _age(held):
            return
        self._held = bundle
        self._use(bundle)

    def _save(self, bundle: TrustBundle) -> None:
        try:
            bundle.save(self._folder)
        except OSError as error:
            self._say(f"the trust folder cannot be written, what is new is lost at a restart: {error}")

    def _heard(self) -> None:
        self.heard_at = self._clock()
        self._say("")

    def _say(self, trouble: str) -> None:
        """Tells what changed, once: a network that is away for days is one line, not thousands."""
        kind, before = trouble.partition(":")[0], self._said
        self._said = kind
        if kind and kind != before:
            self._trouble(trouble)
        elif before and not kind:
            self._trouble("trust material is kept up again")

    def _stamp(self) -> tuple[int, int]:
        try:
            found = (self._folder / MANIFEST).stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino


def _age(bundle: TrustBundle) -> tuple[int, int]:
    """What grows with each bundle: a newer key set may begin the manifests anew (T2a)."""
    return bundle.keys.version, bundle.manifest.version
