"""Sector keys at a gate: kept as files that nobody else reads, for as long as they are of use, and fetched when they are missing."""

from __future__ import annotations

import stat
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from signing import strict_json
from signing.claims import Claims
from signing.gate.backoff import Backoff
from signing.gate.courier import REGULAR, SETTLED_AFTER, SOON, Courier
from signing.gate.device_key import Identity
from signing.gate.encryption_key import EncryptionKey
from signing.gate.issuer_api import IssuerError
from signing.gate.private_files import IdentityError
from signing.gate.sector_keys import KEPT_AFTER_END, files_in, path_of
from signing.gate.sectors import Sectors
from signing.sealing_keys import sealing_kid
from signing.trust import TrustBundle
from signing.verdict import Verdict
from tests.gate.parts import GATE, YEAR, HandClock, wrapped
from tests.vectors.bundles import a_bundle
from tests.vectors.city import MEDICAL, NOW, PATIENT, SECTOR, TRANSIT, some_claims

KID = sealing_kid(SECTOR.public_key())
NEXT = X25519PrivateKey.generate()
WHO = Identity("https://ecard.example", GATE, "窗口 3")


@pytest.fixture
def own(tmp_path: Path) -> EncryptionKey:
    return EncryptionKey.open_or_make(tmp_path)


def silent(line: str) -> None:
    pytest.fail(line)


def holding(folder: Path, own: EncryptionKey, *items: dict[str, object]) -> Sectors:
    sectors = Sectors(folder, silent)
    sectors.accept(items or [wrapped(own)], own, GATE, NOW)
    return sectors


def valid(claims: Claims | None = None) -> Verdict:
    return Verdict("valid", "ok", claims or some_claims(scene=MEDICAL), {})


def test_a_key_is_a_file_that_only_its_owner_reads_and_outlives_the_process(tmp_path: Path, own: EncryptionKey) -> None:
    holding(tmp_path, own, wrapped(own), wrapped(own, NEXT, expires_at=NOW + 2 * YEAR))
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())
    assert not list(tmp_path.glob("*.part"))
    again = Sectors(tmp_path, silent)
    assert [key.kid for key in again.held] == [KID, sealing_kid(NEXT.public_key())]
    assert (again.scenes, again.state(valid()), again.open(some_claims(scene=MEDICAL))) == (
        ["medical"],
        "held",
        PATIENT,
    )


def test_an_ended_key_is_kept_for_eight_days_more(tmp_path: Path, own: EncryptionKey) -> None:
    sectors = holding(tmp_path, own, wrapped(own, expires_at=NOW))
    sectors.forget_ended(NOW + KEPT_AFTER_END - 1)
    assert (len(sectors.held), len(files_in(tmp_path))) == (1, 1)
    sectors.forget_ended(NOW + KEPT_AFTER_END)
    assert (sectors.held, files_in(tmp_path)) == ([], [])


def test_a_revoked_key_is_gone_at_once_and_not_taken_again(tmp_path: Path, own: EncryptionKey) -> None:
    sectors, keys = holding(tmp_path, own), TrustBundle.from_files(a_bundle().to_files()).keys
    sectors.forget_revoked(keys)
    assert len(sectors.held) == 1, "nobody revoked it"
    revoked = replace(keys.seal_keys[KID], revoked_at=NOW)
    sectors.forget_revoked(replace(keys, seal_keys={KID: revoked}))
    assert (sectors.held, files_in(tmp_path)) == ([], [])
    sectors.accept([wrapped(own)], own, GATE, NOW)
    assert (sectors.held, files_in(tmp_path)) == ([], [])


def test_what_the_issuer_names_no_more_is_gone_with_what_a_power_cut_left(tmp_path: Path, own: EncryptionKey) -> None:
    sectors = holding(tmp_path, own)
    path_of(tmp_path, KID).with_suffix(".json.part").write_bytes(b"half")
    sectors.accept([wrapped(own, NEXT)], own, GATE, NOW)
    assert files_in(tmp_path) == list(tmp_path.glob("sector-key-*")) == [path_of(tmp_path, sectors.held[0].kid)]


def test_a_new_end_is_kept(tmp_path: Path, own: EncryptionKey) -> None:
    sectors = holding(tmp_path, own)
    sectors.accept([wrapped(own, expires_at=NOW + 60)], own, GATE, NOW)
    assert [key.expires_at for key in Sectors(tmp_path, silent).held] == [NOW + 60]


def test_an_entry_that_cannot_be_unwrapped_is_left_out_and_said(tmp_path: Path, own: EncryptionKey) -> None:
    said: list[str] = []
    sectors = Sectors(tmp_path, said.append)
    bad: list[dict[str, object]] = [
        wrapped(own, gate="another"),
        wrapped(own, kid="00000000"),
        wrapped(own) | {"wrapped": "AA"},
        wrapped(own) | {"expires_at": "soon"},
        {},
    ]
    sectors.accept([*bad, wrapped(own, NEXT)], own, GATE, NOW)
    assert [key.kid for key in sectors.held] == [sealing_kid(NEXT.public_key())]
    assert len(said) == len(bad)


def test_a_file_that_others_can_read_or_that_is_broken_is_not_used_and_written_anew(
    tmp_path: Path, own: EncryptionKey
) -> None:
    holding(tmp_path, own, wrapped(own), wrapped(own, NEXT))
    path_of(tmp_path, KID).chmod(0o640)
    path_of(tmp_path, sealing_kid(NEXT.public_key())).write_bytes(b"{}")
    said: list[str] = []
    sectors = Sectors(tmp_path, said.append)
    assert (sectors.held, len(said)) == ([], 2)
    sectors.accept([wrapped(own), wrapped(own, NEXT)], own, GATE, NOW)
    assert len(Sectors(tmp_path, silent).held) == 2


def test_a_folder_that_cannot_be_written_still_reads_until_the_process_ends(tmp_path: Path, own: EncryptionKey) -> None:
    said: list[str] = []
    sectors = Sectors(tmp_path / "nowhere", said.append)
    sectors.accept([wrapped(own)], own, GATE, NOW)
    assert sectors.state(valid()) == "held"
    assert any("cannot be written" in line for line in said)


def test_what_is_told_of_sealed_claims(tmp_path: Path, own: EncryptionKey) -> None:
    missed: list[bool] = []
    sectors = Sectors(tmp_path, silent, missed=lambda: missed.append(True))
    assert (sectors.state(valid()), len(missed)) == ("key_missing", 1)
    sectors.accept([], own, GATE, NOW)
    assert (sectors.state(valid()), len(missed)) == ("not_ours", 1)
    sectors.accept([wrapped(own, NEXT)], own, GATE, NOW)
    assert (sectors.state(valid()), len(missed)) == ("key_missing", 2)
    assert sectors.open(some_claims(scene=MEDICAL)) == "key_missing"
    assert sectors.state(valid(some_claims(scene=TRANSIT))) is None
    assert sectors.state(valid()._replace(outcome="expired", code="expired")) is None
    sectors.accept([wrapped(own)], own, GATE, NOW)
    changed = bytes.fromhex(KID) + bytes(80)
    spoilt = some_claims(scene=MEDICAL, attributes={"sealed": changed})
    assert (sectors.state(valid(spoilt)), sectors.open(spoilt)) == ("held", "unreadable")


def test_an_encryption_key_that_others_can_read_is_not_used(tmp_path: Path, own: EncryptionKey) -> None:
    (tmp_path / "gate-encryption-key.pem").chmod(0o644)
    with pytest.raises(IdentityError, match="chmod 600"):
        EncryptionKey.load(tmp_path)


@dataclass
class Worker:
    """An issuer that wraps what it is told to, or is away."""

    answers: list[list[strict_json.Object] | IssuerError]
    offered: list[str] = field(default_factory=list)

    def offer_encryption_key(self, own: EncryptionKey, now: int) -> None:
        assert now == NOW
        self.offered.append(own.kid)

    def sector_keys(self, now: int) -> list[strict_json.Object]:
        assert now == NOW
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, IssuerError):
            raise answer
        return answer


@dataclass
class Round:
    """A courier at work, and seconds that pass when they are told to."""

    folder: Path
    own: EncryptionKey
    worker: Worker
    identity: Identity = WHO
    ticks: float = 0.0
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sectors = Sectors(self.folder, self.said.append)
        self.courier = Courier(
            self.worker,
            self.own,
            self.identity,
            self.sectors,
            HandClock(),
            folder=self.folder,
            trouble=self.said.append,
            backoff=Backoff(SOON, 900.0, jitter=lambda: 0.0),
            ticks=lambda: self.ticks,
        )


def test_a_gate_that_was_enrolled_without_a_key_offers_one_once(tmp_path: Path, own: EncryptionKey) -> None:
    round_ = Round(tmp_path, own, Worker([[wrapped(own)]]))
    assert [round_.courier.look() for _ in range(2)] == [REGULAR, REGULAR]
    assert (round_.worker.offered, round_.sectors.scenes) == ([own.kid], ["medical"])
    assert Identity.load(tmp_path) == replace(WHO, encryption_kid=own.kid)


def test_an_empty_answer_means_nothing_before_the_issuer_had_time_to_wrap(tmp_path: Path, own: EncryptionKey) -> None:
    round_ = Round(tmp_path, own, Worker([[]]), replace(WHO, encryption_kid=own.kid))
    assert (round_.courier.look(), round_.sectors.scenes) == (SOON, None)
    round_.ticks = SETTLED_AFTER
    assert (round_.courier.look(), round_.sectors.scenes, round_.worker.offered) == (REGULAR, [], [])


def test_keys_wrapped_to_a_key_that_is_lost_are_wrapped_anew(tmp_path: Path, own: EncryptionKey) -> None:
    lost = EncryptionKey(X25519PrivateKey.generate())
    worker = Worker([[wrapped(lost)], [wrapped(own)]])
    round_ = Round(tmp_path, own, worker, replace(WHO, encryption_kid=own.kid))
    assert [round_.courier.look() for _ in range(2)] == [SOON, REGULAR]
    assert (worker.offered, len(round_.sectors.held)) == ([own.kid], 1)


def test_an_issuer_that_is_away_is_one_line_and_takes_no_key_away(tmp_path: Path, own: EncryptionKey) -> None:
    holding(tmp_path, own)
    away = IssuerError(0, "unreachable: no route")
    round_ = Round(tmp_path, own, Worker([away, away, [wrapped(own)]]), replace(WHO, encryption_kid=own.kid))
    assert [round_.courier.look() for _ in range(3)] == [SOON, 2 * SOON, REGULAR]
    assert (len(round_.said), len(round_.sectors.held)) == (2, 1)


def test_a_key_that_is_missed_is_asked_for_soon(tmp_path: Path, own: EncryptionKey) -> None:
    round_ = Round(tmp_path, own, Worker([[wrapped(own)]]), replace(WHO, encryption_kid=own.kid))
    waited: list[float | None] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout)
            return self.is_set()

    round_.courier.hurry()
    round_.courier._rest(REGULAR, Stop())
    assert waited == [SOON], "no sooner, and no later"
