"""Parts of a gate as tests put them together: on a real database, with a clock that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from signing import Policy, TrustBundle, base64url, seal_bytes
from signing.gate.database import FILE, prepare
from signing.gate.desk import Desk, SecondOpinion
from signing.gate.encryption_key import EncryptionKey
from signing.gate.replay import SqliteReplayMemory
from signing.gate.scan_log import ScanLog
from signing.gate.sectors import Sectors
from signing.sealing_keys import parse_sealing_point, sealing_kid
from tests.vectors.bundles import a_bundle
from tests.vectors.city import NOW, SECTOR

GATE = "0123456789abcdef0123456789abcdef"
"""What the issuer calls the gate that sector keys are wrapped for."""
YEAR = 365 * 86_400


def wrapped(
    own: EncryptionKey,
    private: X25519PrivateKey = SECTOR,
    *,
    gate: str = GATE,
    scene: str = "medical",
    expires_at: int = NOW + YEAR,
    kid: str | None = None,
) -> dict[str, object]:
    """A sector's key as the issuer gives it to a gate."""
    info = b"ecard sector key 1\0" + gate.encode()
    return {
        "kid": kid or sealing_kid(private.public_key()),
        "scene": scene,
        "not_before": "2026-01-01T00:00:00Z",
        "expires_at": datetime.fromtimestamp(expires_at, UTC).isoformat().replace("+00:00", "Z"),
        "wrapped": base64url.encode(
            seal_bytes(private.private_bytes_raw(), parse_sealing_point(own.public_jwk()), info)
        ),
    }


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
    online: SecondOpinion | None = None

    def __post_init__(self) -> None:
        self.path = self.folder / FILE
        prepare(self.path)
        self.log = ScanLog(self.path)
        self.replay = SqliteReplayMemory(self.path, self.clock(), self.complaints.append)
        self.sectors = Sectors(self.folder, self.complaints.append)
        self.desk = Desk(
            self.policy,
            self.clock,
            replay=self.replay,
            log=self.log,
            trouble=self.complaints.append,
            online=self.online,
            sealed=self.sectors.state,
        )
        self.desk.trust = TrustBundle.from_files(a_bundle().to_files())

    def give_sector_keys(self, *items: dict[str, object]) -> None:
        """As if the issuer had answered with these, or with the medical sector's."""
        own = EncryptionKey.open_or_make(self.folder)
        self.sectors.accept(items or [wrapped(own)], own, GATE, self.clock())

    def close(self) -> None:
        self.log.close()
        self.replay.close()
