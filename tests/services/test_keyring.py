"""Which key signs: by its window, at once after a ceremony, and never one that is revoked or over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from ecard.keystore import KeyStore
from ecard.services.ceremony import Table, revoke, rotate, sign
from ecard.services.key_plan import Use
from ecard.services.keyring import KeyRing, KeysInForce, NoSigningKeyError
from ecard.services.keyset import init_keys
from ecard.services.root_keys import root_keys_in
from signing import TrustError
from tests.services.test_ceremony import first_release

ISSUER = "https://card.example"
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
DAY = 86_400

pytestmark = pytest.mark.usefixtures("quick_seals")


@dataclass
class Machine:
    """A machine with a key folder, on which a process runs while ceremonies are held."""

    store: KeyStore
    now: datetime = NOW
    ticks: float = 0.0
    in_force: KeysInForce = field(init=False)

    def __post_init__(self) -> None:
        self.in_force = KeysInForce(self.store.folder, monotonic=lambda: self.ticks)

    def ring(self, purpose: str = "code") -> KeyRing:
        return KeyRing(self.store, self.in_force, purpose)

    @property
    def at(self) -> int:
        return int(self.now.timestamp())

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)
        self.ticks += timedelta(**amount).total_seconds()

    def hold(self, act: Callable[[Table], object]) -> None:
        """A ceremony, one second ago."""
        act(Table(self.store, self.now))
        sign(Table(self.store, self.now), root_keys_in(self.store))
        self.forward(seconds=1)

    def key_file(self, purpose: str, kid: str) -> Path:
        return self.store.folder / f"{purpose}-{kid}.sealed"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """With the first key set."""
    store = KeyStore(tmp_path / "keys", tmp_path / "passphrase")
    init_keys(store, ISSUER, NOW)
    return Machine(store)


def test_the_successor_signs_from_the_first_second_of_its_window_without_a_restart(machine: Machine) -> None:
    ring = machine.ring()
    old = ring.signer(machine.at).kid
    machine.hold(lambda table: rotate(table, Use("code")))
    begins = machine.at - 1 + 7 * DAY
    assert [ring.signer(at).kid == old for at in (machine.at, begins - 1, begins, begins - 1)] == [
        True,
        True,
        False,
        True,
    ]
    assert ring.state(begins) == "ok"


def test_a_revoked_key_signs_nothing_from_the_next_second_on(machine: Machine) -> None:
    ring = machine.ring("list")
    old = ring.signer(machine.at).kid
    machine.hold(lambda table: revoke(table, old, "stolen"))
    assert ring.signer(machine.at).kid != old
    assert ring.key_set.version == 2


def test_a_ring_opens_keys_of_its_purpose_only(machine: Machine) -> None:
    for purpose, others in (("code", ("list", "seal", "root")), ("list", ("code", "seal", "root"))):
        hidden = [path for other in others for path in machine.store.folder.glob(f"{other}-*.sealed")]
        for path in hidden:
            path.rename(path.with_suffix(".away"))
        assert machine.ring(purpose).state(machine.at) == "ok"
        for path in hidden:
            path.with_suffix(".away").rename(path)


def test_where_the_new_key_s_file_is_missing_the_old_one_stands_in_until_its_end_and_never_longer(
    machine: Machine,
) -> None:
    ring = machine.ring()
    old = ring.signer(machine.at).kid
    machine.hold(lambda table: rotate(table, Use("code")))
    (new,) = set(machine.in_force.current().code_keys) - {old}
    machine.key_file("code", new).rename(machine.store.folder / "away")
    machine.forward(days=7)
    with structlog.testing.capture_logs() as lines:
        assert (ring.signer(machine.at).kid, ring.state(machine.at)) == (old, "standing_in")
    (told,) = [line for line in lines if line["event"] == "signing_key_missing"]
    assert (told["log_level"], new in told["problem"]) == ("error", True)
    machine.forward(days=7)
    assert ring.state(machine.at) == "none"
    with pytest.raises(NoSigningKeyError, match=new):
        ring.signer(machine.at)
    assert ring.key_is_missing(machine.at)
    (machine.store.folder / "away").rename(machine.key_file("code", new))
    machine.forward(seconds=5)
    assert (ring.signer(machine.at).kid, ring.state(machine.at)) == (new, "ok")


def test_a_revoked_key_does_not_stand_in(machine: Machine) -> None:
    ring = machine.ring()
    old = ring.signer(machine.at).kid
    machine.hold(lambda table: revoke(table, old, "stolen"))
    for kid in set(machine.in_force.current().code_keys) - {old}:
        machine.key_file("code", kid).unlink()
    assert ring.state(machine.at) == "none"


def test_when_all_windows_are_over_nothing_is_signed_and_the_reason_told(machine: Machine) -> None:
    ring = machine.ring()
    machine.forward(days=366)
    with pytest.raises(NoSigningKeyError, match="keys status"):
        ring.signer(machine.at)
    assert not ring.key_is_missing(machine.at), "a process may start all the same: loss reports need no code key"


def test_a_file_that_holds_another_key_is_none(machine: Machine) -> None:
    ring = machine.ring()
    kid = ring.signer(machine.at).kid
    other = machine.store.create_signer("another")
    sealed = machine.store.folder / "another.sealed"
    machine.key_file("code", kid).write_bytes(sealed.read_bytes())
    with pytest.raises(NoSigningKeyError, match="does not open"):  # its name is the additional data
        machine.ring().signer(machine.at)
    assert other.kid != kid


@pytest.mark.parametrize("content", [b"", b"{}", b"not JSON", b'{"payload":"e30","signatures":[]}'])
def test_a_key_set_that_the_root_did_not_sign_changes_nothing_and_is_told(machine: Machine, content: bytes) -> None:
    ring = machine.ring()
    kid = ring.signer(machine.at).kid
    (machine.store.folder / "keys.json").write_bytes(content)
    machine.forward(seconds=2)
    with structlog.testing.capture_logs() as lines:
        assert (ring.signer(machine.at).kid, ring.state(machine.at)) == (kid, "key_set_refused")
    assert [line["event"] for line in lines] == ["key_set_refused"]
    with pytest.raises(TrustError):
        KeysInForce(machine.store.folder).current()


def test_an_older_key_set_is_not_gone_back_to(machine: Machine) -> None:
    ring, path = machine.ring(), machine.store.folder / "keys.json"
    first, old = path.read_bytes(), ring.signer(machine.at).kid
    machine.hold(lambda table: revoke(table, old, "stolen"))
    assert ring.signer(machine.at).kid != old
    path.write_bytes(first)
    machine.forward(seconds=2)
    assert ring.signer(machine.at).kid != old
    assert ring.state(machine.at) == "key_set_refused"


def test_the_folder_is_looked_at_once_a_second_at_most(machine: Machine) -> None:
    ring = machine.ring()
    old = ring.signer(machine.at).kid
    revoke(Table(machine.store, machine.now), old, "stolen")
    sign(Table(machine.store, machine.now), root_keys_in(machine.store))
    machine.ticks += 0.9
    assert ring.signer(machine.at).kid == old
    machine.ticks += 0.2
    assert ring.signer(machine.at).kid != old


def test_the_key_files_of_the_first_release_are_read(tmp_path: Path) -> None:
    machine = Machine(first_release(tmp_path))
    for purpose in ("code", "list"):
        assert machine.ring(purpose).state(machine.at) == "ok"
    machine.hold(lambda table: rotate(table, Use("code")))
    machine.forward(days=7)
    assert machine.ring().signer(machine.at).kid in machine.in_force.current().code_keys
    assert machine.ring().state(machine.at) == "ok"
