"""Puts a gate together and runs it: each reader, the keeper and the uploader in a thread of its own, until a signal or the end of input.

A part that fails in a way that nobody foresaw ends the process with a failure: the service manager starts it anew, and a gate that is
half alive helps nobody.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import monotonic, time
from typing import Protocol

from signing.gate import asking, database
from signing.gate.addresses import Address
from signing.gate.courier import Courier
from signing.gate.desk import Answer, Clock, Desk
from signing.gate.device_key import DeviceKey, Identity
from signing.gate.disclosure import reveal
from signing.gate.encryption_key import EncryptionKey
from signing.gate.health import Health
from signing.gate.issuer_api import IssuerApi
from signing.gate.keeper import Issuer, Keeper
from signing.gate.online import Asker, Online
from signing.gate.output import Form, Hook, Members, Output
from signing.gate.reader import Reader
from signing.gate.replay import SqliteReplayMemory
from signing.gate.scan_log import DAYS_KEPT, MOST_SCANS, ScanLog
from signing.gate.sectors import Sectors
from signing.gate.session import Session
from signing.gate.uploader import Uploader
from signing.policy import Policy
from signing.root import RootFile
from signing.trust import TrustBundle

DONE, FAILED = 0, 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What a gate is told.

    ``server`` and ``root`` are None for one that follows its folder alone, ``identity`` for one that speaks for nobody to the issuer;
    ``reveal``: who the holder is goes to standard output and over the network too.
    """

    trust: Path
    policy: Policy
    server: str | None = None
    root: RootFile | None = None
    stdin: bool = False
    serial: Sequence[str] = ()
    tcp: Sequence[Address] = ()
    http: Sequence[Address] = ()
    origins: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    output: Form = "line"
    hook: str | None = None
    keep: frozenset[str] = frozenset()
    most_scans: int = MOST_SCANS
    days: int = DAYS_KEPT
    identity: Identity | None = None
    key: DeviceKey | None = None
    encryption_key: EncryptionKey | None = None
    asker: Asker | None = None
    reveal: bool = False


class Part(Protocol):
    """Something that runs in a thread until it is stopped."""

    def run(self, stop: Event) -> None:
        """Runs until ``stop`` is set."""


def say(line: str) -> None:
    """A line for whoever looks after the gate, on standard error."""
    sys.stderr.write(f"gate: {line}\n")
    sys.stderr.flush()


def wall_clock() -> int:
    """Seconds since 1970."""
    return int(time())


class Gate:
    """A gate, put together. Ports are bound and files opened at once, so that what cannot work is a fault at the start.

    Raises:
        OSError, sqlite3.Error, ValueError: something named in ``settings`` cannot be used.
        signing.gate.database.DatabaseTooNewError: the folder was used by a newer release.
    """

    def __init__(self, settings: Settings, clock: Clock = wall_clock) -> None:
        self.settings, self.clock = settings, clock
        self.stop, self._has_failed = Event(), False
        path = _database(settings.trust)
        self.log = ScanLog(path, most=settings.most_scans, days=settings.days, extras=settings.keep)
        self.replay = SqliteReplayMemory(path, clock(), say)
        self.sectors = Sectors(settings.trust, say)
        self._no_asking = asking.obstacle(settings.policy, settings.identity, settings.asker)
        self._notes = asking.Notes(self.log, clock, say)
        self._online = self._open_online()
        self.desk = Desk(
            settings.policy,
            clock,
            replay=self.replay,
            log=self.log,
            trouble=say,
            online=self._online,
            sealed=self.sectors.state,
        )
        self.members: Members = self.reveal if settings.reveal else Answer.to_json
        self.output = Output(settings.output, sys.stdout, self.members)
        self.hook = Hook(settings.hook, say) if settings.hook else None
        self._issuer = _issuer(settings)
        self.keeper = Keeper(settings.trust, self._issuer, clock, self._use, say)
        self.readers: list[Reader] = []
        self.health = Health(
            self.desk,
            self.keeper,
            self.replay,
            self.log,
            self.readers,
            self.sectors,
            lambda: asking.asking_facts(self._online, self._no_asking),
        )
        self.readers += _open_readers(self)

    def run(self) -> int:
        """Runs until `stop` is set or there is nothing more to read; the exit status."""
        self._notes(self._no_asking or "untried")
        self._say_how_it_asks()
        self.sectors.forget_ended(self.clock())
        self.keeper.start_from_folder()
        self.output.challenge(self.desk.shown_challenge())
        reading = [self._start(reader.name, reader) for reader in self.readers]
        self._start("keeper", self.keeper)
        uploading = [self._start(name, part) for name, part in self._issuer_parts()]
        say(f"reading {', '.join(reader.name for reader in self.readers)}")
        while not self.stop.is_set() and any(thread.is_alive() for thread in reading):
            self.stop.wait(_TICK)
            self.output.challenge(self.desk.shown_challenge())
        self.stop.set()
        if self._issuer is not None:
            self._issuer.hang_up()
        end = monotonic() + _PATIENCE
        for thread in (*reading, *uploading):
            thread.join(max(0.0, end - monotonic()))
        self.replay.close()
        self.log.close()
        return FAILED if self._has_failed else DONE

    def judge(self, text: str, source: str, challenge: int | None = None) -> Answer:
        """Judges a text, says so, and runs the hook."""
        answer = self.desk.judge(text, source, challenge=challenge)
        try:
            self.output.answer(answer)
        except OSError as error:  # whoever read the output is gone: without it nobody hears what a gate decides
            self._fail(f"the output cannot be written, the gate ends: {error}")
        if self.hook is not None:
            self.hook.run(answer)
        return answer

    def reveal(self, answer: Answer) -> dict[str, object]:
        """An answer with what it tells of the person, for whoever asked for that."""
        return reveal(answer, self.sectors)

    def _use(self, bundle: TrustBundle) -> None:
        self.desk.trust = bundle
        self.sectors.forget_revoked(bundle.keys)
        behind = bundle.state.time_floor - self.clock()
        if behind > self.settings.policy.leeway:
            say(f"this machine's clock is at least {behind} s behind: set it, until then no code is let in")

    def _issuer_parts(self) -> Iterator[tuple[str, Part]]:
        """What speaks to the issuer as this gate; nothing where it is not enrolled."""
        settings = self.settings
        if settings.identity is None or settings.key is None:
            return
        session = Session(IssuerApi(settings.identity.server), settings.key, settings.identity)
        yield "uploader", Uploader(self.log, session, self.clock, say)
        if self._online is not None:
            yield "questions", self._online
        if settings.encryption_key is not None:
            own, identity = settings.encryption_key, settings.identity
            courier = Courier(session, own, identity, self.sectors, self.clock, folder=settings.trust, trouble=say)
            self.sectors.missed = courier.hurry
            yield "courier", courier

    def _open_online(self) -> Online | None:
        settings = self.settings
        if self._no_asking or settings.identity is None or settings.key is None or settings.asker is None:
            return None
        line = asking.open_line(settings.policy, settings.key, settings.identity)
        return Online(settings.policy.online, line, settings.asker, self.clock, self._notes)

    def _say_how_it_asks(self) -> None:
        line = asking.describe(self.settings.policy, self._no_asking, self.settings.asker)
        if line is not None:
            say(line)

    def _start(self, name: str, part: Part) -> Thread:
        thread = Thread(target=self._guarded, args=(name, part), name=name, daemon=True)
        thread.start()
        return thread

    def _guarded(self, name: str, part: Part) -> None:
        try:
            part.run(self.stop)
        except Exception:  # noqa: BLE001 - whatever it was, the whole gate ends with it, and says so
            if not self.stop.is_set():
                self._fail(f"{name} failed, the gate ends\n{traceback.format_exc()}")

    def _fail(self, line: str) -> None:
        say(line)
        self._has_failed = True
        self.stop.set()


def _issuer(settings: Settings) -> Issuer | None:
    if settings.server is None or settings.root is None:
        return None
    return Issuer(settings.server, settings.root, settings.trust)


def _database(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / database.FILE
    aside = database.prepare(path)
    if aside is not None:
        say(f"the gate's database was broken and is begun anew; what there was of it is {aside}")
    return path


def _open_readers(gate: Gate) -> Iterator[Reader]:
    """The readers that the settings name; modules that not every system has are read in only for what needs them."""
    settings = gate.settings
    if settings.stdin:
        from signing.gate.standard_input import StandardInput  # noqa: PLC0415

        yield StandardInput(gate.judge)
    if settings.serial:
        from signing.gate.serial_port import SerialPort  # noqa: PLC0415

        yield from (SerialPort(port, gate.judge, say) for port in settings.serial)
    if settings.tcp:
        from signing.gate.tcp_port import TcpPort  # noqa: PLC0415

        yield from (TcpPort(address, gate.judge, gate.members) for address in settings.tcp)
    if settings.http:
        from signing.gate.http_bridge import HttpBridge, Services  # noqa: PLC0415

        services = Services(
            gate.judge, gate.reveal, gate.desk.hand_out_challenge, gate.health.facts, gate.health.metrics
        )
        yield from (
            HttpBridge(
                address, services, origins=settings.origins, hosts=settings.hosts, reveals_to_all=settings.reveal
            )
            for address in settings.http
        )


_TICK = 0.5
_PATIENCE = 3.0
