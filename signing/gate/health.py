"""How a gate is: in one object for people and programs, and as metrics in the text format of Prometheus."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from signing.gate.desk import Desk
from signing.gate.keeper import Keeper
from signing.gate.reader import Reader
from signing.gate.replay import SqliteReplayMemory
from signing.gate.scan_log import LogCounts, ScanLog
from signing.gate.sectors import Sectors
from signing.policy import Policy
from signing.trust import TrustBundle

Facts = Mapping[str, object]


def trust_facts(trust: TrustBundle | None, policy: Policy, now: int) -> dict[str, object]:
    """What the gate can answer with at ``now``, and what it cannot, each as the code that a good code would get."""
    if trust is None:
        return {"unable": ["no_trust"]}
    age = now - trust.manifest.issued_at
    behind = trust.state.time_floor - now
    unable = {
        "clock_behind": behind > policy.leeway,
        "keys_expired": trust.keys.expires_at <= now,
        "list_expired": trust.manifest.expires_at <= now,
        "list_stale": age > policy.max_list_age,
        "list_missing": bool(trust.missing_lists()),
    }
    clock = f"at least {behind} s behind: set it" if unable["clock_behind"] else "plausible"
    return {
        "unable": [code for code, holds in unable.items() if holds],
        "clock": clock,
        "list_age": age,
        "list_version": trust.manifest.version,
        "keys_version": trust.keys.version,
        "issuer": trust.keys.issuer,
    }


def count_facts(counts: LogCounts) -> dict[str, int]:
    """The scan log's counts."""
    return {
        "scans_waiting": counts.waiting,
        "scans_accepted": counts.accepted,
        "scans_refused": counts.refused,
        "scans_lost": counts.lost,
    }


def sector_facts(sectors: Sectors) -> dict[str, object]:
    """The sector keys by name and end, never by what they are; ``sectors`` are None before the issuer was asked."""
    held = [{"kid": key.kid, "scene": key.scene, "until": key.expires_at} for key in sectors.held]
    return {"sectors": sectors.scenes, "sector_keys": held}


@dataclass(frozen=True, slots=True)
class Health:
    """Looks at the parts of a running gate."""

    desk: Desk
    keeper: Keeper
    replay: SqliteReplayMemory
    log: ScanLog
    readers: Sequence[Reader]
    sectors: Sectors
    online: Callable[[], str]

    def facts(self) -> tuple[bool, Facts]:
        """Whether the gate can answer, and how it is otherwise."""
        known = trust_facts(self.desk.trust, self.desk.policy, self.desk.clock())
        counts = self._counts()
        down = [reader.name for reader in self.readers if not reader.is_up]
        is_well = not known["unable"] and not down and self.replay.is_durable and counts is not None
        return is_well, {
            "status": "ok" if is_well else "impaired",
            **known,
            "connected": self.keeper.is_connected,
            "heard_at": self.keeper.heard_at,
            "inputs": {reader.name: reader.is_up for reader in self.readers},
            "remembers_on_disk": self.replay.is_durable,
            "online": {"policy": self.desk.policy.online, "state": self.online()},
            **sector_facts(self.sectors),
            **(count_facts(counts) if counts else {"scan_log": "unreadable"}),
        }

    def metrics(self) -> str:
        """The same as metrics."""
        trust, now, counts = self.desk.trust, self.desk.clock(), self._counts()
        verdicts = sorted(self.desk.counts.copy().items())
        families: list[tuple[str, str, Iterable[tuple[str, float]]]] = [
            (
                "ecard_gate_verdicts_total",
                "counter",
                [(f'{{outcome="{outcome}",code="{code}"}}', count) for (outcome, code), count in verdicts],
            ),
            ("ecard_gate_up", "gauge", [("", float(self.facts()[0]))]),
            ("ecard_gate_connected", "gauge", [("", float(self.keeper.is_connected))]),
            ("ecard_gate_sync_failures_total", "counter", [("", self.keeper.failures)]),
            ("ecard_gate_list_age_seconds", "gauge", [("", now - trust.manifest.issued_at)] if trust else []),
            ("ecard_gate_list_version", "gauge", [("", trust.manifest.version)] if trust else []),
            ("ecard_gate_online", "gauge", [(f'{{state="{self.online()}"}}', 1.0)]),
            ("ecard_gate_sector_keys", "gauge", [("", len(self.sectors.held))]),
            (
                "ecard_gate_input_up",
                "gauge",
                [(f'{{input="{_escaped(r.name)}"}}', float(r.is_up)) for r in self.readers],
            ),
            *(
                (f"ecard_gate_{name}", "gauge", [("", value)])
                for name, value in (count_facts(counts) if counts else {}).items()
            ),
        ]
        return "".join(_family(*family) for family in families)

    def _counts(self) -> LogCounts | None:
        try:
            return self.log.counts()
        except sqlite3.Error:
            return None


def _family(name: str, kind: str, samples: Iterable[tuple[str, float]]) -> str:
    return f"# TYPE {name} {kind}\n" + "".join(f"{name}{labels} {value:g}\n" for labels, value in samples)


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
