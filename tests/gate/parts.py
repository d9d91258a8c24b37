"""Parts of a gate as tests put them together: on a real database, with a clock that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from signing import Policy, TrustBundle
from signing.gate.database import FILE, prepare
from signing.gate.desk import Desk
from signing.gate.replay import SqliteReplayMemory
from signing.gate.scan_log import ScanLog
from tests.vectors.bundles import a_bundle
from tests.vectors.city import NOW


@dataclass
class HandClock:
    """Seconds since 1970, until it is set to others."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Bench:
    """A desk with all that it needs in ``folder``, and what it complained of."""

    folder: Path
    policy: Policy = field(default_factory=lambda: Policy.preset("gate"))
    clock: HandClock = field(default_factory=HandClock)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path = self.folder / FILE
        prepare(self.path)
        self.log = ScanLog(self.path)
        self.replay = SqliteReplayMemory(self.path, self.clock(), self.complaints.append)
        self.desk = Desk(self.policy, self.clock, replay=self.replay, log=self.log, trouble=self.complaints.append)
        self.desk.trust = TrustBundle.from_files(a_bundle().to_files())

    def close(self) -> None:
        self.log.close()
        self.replay.close()
