"""The key ceremony: who must agree, what is refused, and what a power cut leaves behind (docs/decisions/0013)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ecard.keystore import KeyStore, KeyStoreError
from ecard.services.ceremony import Table, add_key, discard, renew, revoke, rotate, sign, summary
from ecard.services.key_drafts import CeremonyError, Draft
from ecard.services.key_folder import KeyFolder
from ecard.services.key_plan import Use, Window, coming, current, seconds
from ecard.services.key_status import key_status
from ecard.services.keyset import complete_key_set, draft_first_set, init_keys
from ecard.services.root_keys import RootKey, make_root, root_keys_in
from signing import RootFile, TrustError, base64url, describe_key, describe_key_set, sign_key_set, write_root
from signing.keyset import IssuerKey, KeySet

ISSUER = "https://card.example"
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
CODE, LIST, MEDICAL = Use("code"), Use("list"), Use("seal", "medical")
HOLDERS = ("anna", "bo", "chen")

pytestmark = pytest.mark.usefixtures("quick_seals")


class Council:
    """Three people with a root key each, two of whom must agree, and the machine where key sets are made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = KeyStore(folder / "keys", folder / "keys" / "passphrase")
        self.roots = {
            name: RootKey(KeyStore(folder / name, folder / name / "passphrase"), f"root-{number}")
            for number, name in enumerate(HOLDERS, 1)
        }
        make_root(self.public, ISSUER, list(self.roots.values()), 2)

    @property
    def public(self) -> KeyFolder:
        return KeyFolder(self.store.folder)

    def table(self, now: datetime = NOW) -> Table:
        return Table(self.store, now)

    def agree(self, *names: str, now: datetime = NOW) -> None:
        """These sign, one after the other."""
        for name in names:
            sign(self.table(now), [self.roots[name]])


@pytest.fixture
def council(tmp_path: Path) -> Council:
    """Before the first key set."""
    return Council(tmp_path)


@pytest.fixture
def agreed(council: Council) -> Council:
    """With the first key set in force."""
    draft_first_set(council.store, NOW)
    council.agree("anna", "chen")
    return council


@pytest.fixture
def alone(tmp_path: Path) -> KeyStore:
    """A small town: one root key, in the same folder."""
    store = KeyStore(tmp_path / "keys", tmp_path / "keys" / "passphrase")
    assert init_keys(store, ISSUER, NOW)
    return store


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(CeremonyError) as caught:
        act()
    return str(caught.value)


def test_two_of_three_put_a_key_set_in_force_whichever_two(council: Council) -> None:
    draft_first_set(council.store, NOW)
    council.agree("bo")
    assert not council.public.has_key_set
    council.agree("bo")
    assert not council.public.has_key_set, "the same key twice is one signature"
    council.agree("chen")
    keys = council.public.key_set()
    assert (keys.version, council.public.draft()) == (1, None)
    rotate(council.table(), CODE)
    council.agree("anna", "bo")
    assert council.public.key_set().version == 2


def test_each_root_key_opens_with_its_holder_s_passphrase_alone(agreed: Council) -> None:
    renew(agreed.table())
    stolen = RootKey(KeyStore(agreed.folder / "anna", agreed.folder / "bo" / "passphrase"), "root-1")
    with pytest.raises(KeyStoreError, match="does not open with the passphrase"):
        sign(agreed.table(), [stolen])
    assert (agreed.folder / "keys").joinpath("root-1.sealed").exists() is False


def test_holders_in_different_places_sign_copies_and_the_signatures_are_joined(agreed: Council, tmp_path: Path) -> None:
    renew(agreed.table())
    copies = []
    for name in ("anna", "bo"):
        elsewhere = KeyStore(tmp_path / f"copy-{name}", tmp_path / "unused")
        elsewhere.folder.mkdir()
        for file in ("root.json", "keys.json", "keys.draft.json"):
            (elsewhere.folder / file).write_bytes((agreed.store.folder / file).read_bytes())
        sign(Table(elsewhere, NOW), [agreed.roots[name]])
        copies.append(Draft.parse((elsewhere.folder / "keys.draft.json").read_bytes(), name))
    sign(agreed.table(), [], copies)
    assert agreed.public.key_set().version == 2


def test_a_signature_that_does_not_hold_is_not_joined(agreed: Council) -> None:
    renew(agreed.table())
    draft = agreed.public.draft()
    assert draft is not None
    forged = Draft(draft.base, draft.body, ({"protected": "e30", "signature": "AAAA"},))
    sign(agreed.table(), [], [forged])
    after = agreed.public.draft()
    assert after is not None
    assert after.signatures == ()


@pytest.mark.parametrize("act", ["rotate", "revoke", "renew", "new-issuer"])
def test_there_is_one_draft_at_a_time(agreed: Council, act: str) -> None:
    kid = next(iter(agreed.public.key_set().code_keys))
    acts: dict[str, Callable[[], Any]] = {
        "rotate": lambda: rotate(agreed.table(), LIST),
        "revoke": lambda: revoke(agreed.table(), kid, "stolen"),
        "renew": lambda: renew(agreed.table()),
        "new-issuer": lambda: add_key(agreed.table(), CODE, Window.at_once(NOW)),
    }
    renew(agreed.table())
    before = set(agreed.store.names())
    told = refused(acts[act])
    assert "keys sign" in told
    assert "keys discard" in told
    assert set(agreed.store.names()) == before, "nothing was made in vain"


def test_a_discarded_draft_takes_its_private_keys_with_it_and_leaves_those_in_force(agreed: Council) -> None:
    before = agreed.store.names()
    rotate(agreed.table(), CODE)
    assert len(agreed.store.names()) == len(before) + 1
    discard(agreed.table())
    assert agreed.store.names() == before
    assert agreed.public.key_set().version == 1
    assert "no draft" in refused(lambda: discard(agreed.table()))
    assert "no draft" in refused(lambda: agreed.agree("anna"))


def test_no_version_is_signed_twice_with_different_content(agreed: Council) -> None:
    """Anna signed a draft that was discarded: whoever kept a copy could bring it back beside the next one."""
    rotate(agreed.table(), CODE)
    agreed.agree("anna")
    copy = (agreed.store.folder / "keys.draft.json").read_bytes()
    discard(agreed.table())
    renew(agreed.table())
    agreed.agree("anna", "bo")
    assert agreed.public.key_set().version == 3
    (agreed.store.folder / "keys.draft.json").write_bytes(copy)
    assert "run `ecard keys discard`" in refused(lambda: agreed.agree("bo"))


def test_two_drafts_of_one_version_made_on_two_machines_do_not_both_get_a_signature(
    agreed: Council, tmp_path: Path
) -> None:
    other = KeyStore(tmp_path / "other", agreed.store.passphrase_file)
    other.folder.mkdir()
    for file in ("root.json", "keys.json"):
        (other.folder / file).write_bytes((agreed.store.folder / file).read_bytes())
    rotate(agreed.table(), CODE)
    rotate(Table(other, NOW), LIST)
    agreed.agree("anna")
    told = refused(lambda: sign(Table(other, NOW), [agreed.roots["anna"]]))
    assert "another draft of version 2" in told
    told = refused(
        lambda: sign(agreed.table(), [], [Draft.parse((other.folder / "keys.draft.json").read_bytes(), "x")])
    )
    assert "another draft" in told


def test_a_root_key_never_signs_a_lower_version(agreed: Council, tmp_path: Path) -> None:
    """The machine was restored from a backup of before the last ceremony."""
    old = {file: (agreed.store.folder / file).read_bytes() for file in ("keys.json",)}
    for _ in range(2):
        renew(agreed.table())
        agreed.agree("anna", "bo")
    for file, content in old.items():
        (agreed.store.folder / file).write_bytes(content)
    renew(agreed.table())
    assert "never signs a lower one" in refused(lambda: agreed.agree("anna"))


def test_a_note_that_was_damaged_allows_nothing(agreed: Council) -> None:
    """What it forbade is not allowed by losing it."""
    renew(agreed.table())
    for content in (b"", b"[]", b"{}", b'{"version":"1"}'):
        agreed.roots["anna"].note.write_bytes(content)
        assert "restore it from its backup" in refused(lambda: agreed.agree("anna"))


def test_a_draft_of_another_base_is_refused(agreed: Council) -> None:
    renew(agreed.table())
    draft = (agreed.store.folder / "keys.draft.json").read_bytes()
    agreed.agree("anna", "bo")
    renew(agreed.table())
    agreed.agree("anna", "bo")
    (agreed.store.folder / "keys.draft.json").write_bytes(draft)
    assert "version 2, the key set here 3" in refused(lambda: agreed.agree("chen"))
    stranger = json.loads(draft) | {"payload": json.loads((agreed.store.folder / "keys.json").read_bytes())["payload"]}
    (agreed.store.folder / "keys.draft.json").write_bytes(json.dumps(stranger).encode())
    assert "the key set here 3 already" in refused(lambda: agreed.agree("chen"))


def test_a_draft_whose_base_was_exchanged_is_refused(agreed: Council, tmp_path: Path) -> None:
    """Same version, other bytes: a key set that lost a signature, or another machine's."""
    renew(agreed.table())
    path = agreed.store.folder / "keys.json"
    content = json.loads(path.read_bytes())
    path.write_bytes(json.dumps(content).encode())
    assert "does not build on the key set here" in refused(lambda: agreed.agree("chen"))


def test_a_key_of_another_root_is_refused(agreed: Council, tmp_path: Path) -> None:
    stranger = RootKey(KeyStore(tmp_path / "x", tmp_path / "x" / "passphrase"), "root-1")
    make_root(KeyFolder(tmp_path / "y"), ISSUER, [stranger], 1)
    renew(agreed.table())
    assert "no key of this root" in refused(lambda: sign(agreed.table(), [stranger]))


def test_a_draft_that_waited_too_long_is_refused(agreed: Council) -> None:
    renew(agreed.table())
    late = NOW + timedelta(days=365)
    assert "expired" in refused(lambda: agreed.agree("anna", now=late))
    add = Window(seconds(NOW + timedelta(days=5)), seconds(NOW + timedelta(days=3)))
    discard(agreed.table())
    assert "is over before it counts" in refused(lambda: add_key(agreed.table(), CODE, add))


def test_a_draft_that_would_leave_nobody_to_sign_is_refused(alone: KeyStore) -> None:
    later = NOW + timedelta(days=366)
    renew(Table(alone, later))
    assert "no code and no list key would be in its window" in refused(
        lambda: sign(Table(alone, later), root_keys_in(alone))
    )


@pytest.mark.parametrize(("number", "threshold"), [(1, 2), (3, 0), (17, 1), (0, 0)])
def test_a_root_that_cannot_be_is_not_made(tmp_path: Path, number: int, threshold: int) -> None:
    store = KeyStore(tmp_path / "r", tmp_path / "r" / "passphrase")
    keys = [RootKey(store, f"root-{place}") for place in range(number)]
    assert "threshold" in refused(lambda: make_root(KeyFolder(tmp_path), ISSUER, keys, threshold))
    assert not (tmp_path / "root.json").exists()


def test_a_root_is_never_replaced(agreed: Council) -> None:
    assert "never replaced" in refused(lambda: make_root(agreed.public, ISSUER, list(agreed.roots.values()), 1))


def test_a_rotation_announces_the_successor_before_it_signs_and_ends_the_old_one_after(alone: KeyStore) -> None:
    table = Table(alone, NOW + timedelta(days=300))
    before = current(table.folder.key_set(), CODE, table.at)
    assert before is not None
    rotate(table, CODE)
    sign(table, root_keys_in(alone))
    keys = table.folder.key_set()
    (new,) = coming(keys, CODE, table.at)
    old = keys.code_keys[before.public.kid]
    assert current(keys, CODE, table.at) == old
    assert new.not_before - table.at == 7 * 86_400
    assert old.expires_at - new.not_before == 7 * 86_400
    assert keys.expires_at == seconds(table.now + timedelta(days=365))
    assert "has a successor already" in refused(lambda: rotate(table, CODE))


def test_ended_keys_leave_the_set_when_nobody_can_remember_them(alone: KeyStore) -> None:
    start = NOW + timedelta(days=300)
    rotate(Table(alone, start), CODE)
    sign(Table(alone, start), root_keys_in(alone))
    for days, number in ((43, 2), (44, 1)):  # 7 until the successor, 7 of overlap, 30 of memory
        later = Table(alone, start + timedelta(days=days))
        renew(later)
        sign(later, root_keys_in(alone))
        assert len(later.folder.key_set().code_keys) == number, days


def test_a_revoked_key_stays_marked_and_a_successor_begins_at_once(alone: KeyStore) -> None:
    table = Table(alone, NOW + timedelta(days=1))
    (kid,) = table.folder.key_set().list_keys
    act = revoke(table, kid, "a laptop was stolen")
    sign(table, root_keys_in(alone))
    keys = table.folder.key_set()
    now = current(keys, LIST, table.at)
    assert isinstance(now, IssuerKey)
    assert keys.list_keys[kid].revoked_at == table.at
    assert (now.public.kid != kid, alone.has(f"list-{now.public.kid}")) == (True, True)
    assert "ratchet" in " ".join(act.lines)
    assert act.details["reason"] == "a laptop was stolen"
    assert "revoked already" in refused(lambda: revoke(table, kid, "again"))
    assert "no key ffffffff" in refused(lambda: revoke(table, "ffffffff", "?"))


def test_where_another_key_does_its_work_a_revoked_one_needs_no_successor(alone: KeyStore) -> None:
    """A new key begins unknown to whoever is offline: none is made without need."""
    rotate(Table(alone, NOW), CODE)
    sign(Table(alone, NOW), root_keys_in(alone))
    table = Table(alone, NOW + timedelta(days=8))
    retiring = min(table.folder.key_set().code_keys.values(), key=lambda key: key.not_before)
    names = alone.names()
    act = revoke(table, retiring.public.kid, "found in a backup")
    assert alone.names() == names
    assert "goes on" in " ".join(act.lines)


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (Use("seal"), "belongs to a scene"),
        (Use("code", "medical"), "belongs to a scene"),
        (Use("seal", "moon"), "medical"),
    ],
)
def test_a_sector_key_belongs_to_a_sector(alone: KeyStore, use: Use, told: str) -> None:
    assert told in refused(lambda: add_key(Table(alone, NOW), use, Window.at_once(NOW)))


def test_the_folder_of_the_first_release_gets_a_sector_key_and_the_scenes_at_the_next_start(tmp_path: Path) -> None:
    """Its key files have no ``kid`` in their names, its set no sector key."""
    store = first_release(tmp_path)
    assert not init_keys(store, ISSUER, NOW)
    before = KeyFolder(store.folder).key_set()
    complete_key_set(store, NOW)
    keys = KeyFolder(store.folder).key_set()
    assert (before.version, keys.version, len(keys.seal_keys)) == (1, 2, 1)
    assert keys.code_keys.keys() == before.code_keys.keys()
    assert complete_key_set(store, NOW) is None
    found = key_status(store, NOW)
    assert [line.is_here for line in found.lines] == [True, True, True]
    assert found.warnings == ()


def first_release(folder: Path) -> KeyStore:
    """As version 0.1 wrote it."""
    store = KeyStore(folder / "old", folder / "old" / "passphrase")
    store.create_passphrase()
    store.create_secrets()
    root, code, listing = (store.create_signer(name) for name in ("root", "code", "list"))
    times = {"not_before": seconds(NOW) - 3600, "expires_at": seconds(NOW) + 31_536_000}
    payload = describe_key_set(
        issuer=ISSUER,
        version=1,
        issued_at=seconds(NOW),
        expires_at=times["expires_at"],
        keys=[describe_key(code.public_key, "code", **times), describe_key(listing.public_key, "list", **times)],
        scenes=[],
    )
    (store.folder / "root.json").write_bytes(write_root(ISSUER, [root.public_key]))
    (store.folder / "keys.json").write_bytes(sign_key_set(payload, [root]))
    return store


class PowerCut(BaseException):
    """The machine is off."""


class Power:
    """Fails at the n-th step that changes a folder."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = -1
        for name in ("replace", "link", "unlink", "rename", "fsync"):
            monkeypatch.setattr(os, name, self._counted(getattr(os, name)))

    def _counted(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if self.left == 0:
                raise PowerCut
            self.left -= 1
            return step(*args, **kwargs)

        return run


@pytest.fixture
def power(monkeypatch: pytest.MonkeyPatch) -> Iterator[Power]:
    """On, until a test says otherwise."""
    power = Power(monkeypatch)
    yield power
    power.left = -1


def cut_everywhere(
    power: Power, prepare: Callable[[int], Any], act: Callable[[Any], object], check: Callable[[Any], None]
) -> int:
    """Run ``act`` with a power cut at each of its steps, then ``check`` what is left; returns the number of steps."""
    for steps in range(200):
        thing = prepare(steps)
        power.left = steps
        try:
            act(thing)
        except PowerCut:
            power.left = -1
            check(thing)
        else:
            power.left = -1
            return steps
    raise AssertionError("it never ends")


def test_a_first_start_is_finished_by_the_next_wherever_it_was_cut(power: Power, tmp_path: Path) -> None:
    def prepare(number: int) -> KeyStore:
        return KeyStore(tmp_path / str(number), tmp_path / str(number) / "passphrase")

    def check(store: KeyStore) -> None:
        init_keys(store, ISSUER, NOW)
        found = key_status(store, NOW)
        assert (found.warnings, found.others, [line.is_here for line in found.lines]) == ((), (), [True] * 3)
        assert store.secrets()

    assert cut_everywhere(power, prepare, lambda store: init_keys(store, ISSUER, NOW), check) > 20


def test_a_rotation_cut_anywhere_leaves_a_key_set_in_force_and_can_be_finished(power: Power, tmp_path: Path) -> None:
    def prepare(number: int) -> KeyStore:
        store = KeyStore(tmp_path / str(number), tmp_path / str(number) / "passphrase")
        init_keys(store, ISSUER, NOW)
        return store

    def act(store: KeyStore) -> None:
        rotate(Table(store, NOW), CODE)
        sign(Table(store, NOW), root_keys_in(store))

    def check(store: KeyStore) -> None:
        folder, table = KeyFolder(store.folder), Table(store, NOW)
        version = folder.key_set().version
        assert version in {1, 2}
        if folder.draft() is not None:
            sign(table, root_keys_in(store))
        elif version == 1:
            act(store)
        keys = folder.key_set()
        assert (keys.version, len(keys.code_keys), folder.draft()) == (2, 2, None)
        assert all(line.is_here for line in key_status(store, NOW).lines)

    assert cut_everywhere(power, prepare, act, check) > 10


def test_an_upgrade_cut_anywhere_is_finished_by_the_next_start(power: Power, tmp_path: Path) -> None:
    def check(store: KeyStore) -> None:
        init_keys(store, ISSUER, NOW)
        complete_key_set(store, NOW)
        found = key_status(store, NOW)
        assert (found.warnings, found.draft) == ((), None)

    steps = cut_everywhere(
        power, lambda number: first_release(tmp_path / str(number)), lambda store: complete_key_set(store, NOW), check
    )
    assert steps > 10


def test_a_discarding_cut_anywhere_can_be_repeated(power: Power, tmp_path: Path) -> None:
    def prepare(number: int) -> Council:
        council = Council(tmp_path / str(number))
        draft_first_set(council.store, NOW)
        council.agree("anna", "bo")
        rotate(council.table(), CODE)
        council.agree("anna")
        return council

    def check(council: Council) -> None:
        if council.public.draft() is not None:
            discard(council.table())
        renew(council.table())
        council.agree("anna", "bo")
        assert council.public.key_set().version == 3

    assert cut_everywhere(power, prepare, lambda council: discard(council.table()), check) > 3


def test_a_key_set_that_the_root_did_not_sign_is_never_put_in_force(agreed: Council) -> None:
    renew(agreed.table())
    draft = agreed.public.draft()
    assert draft is not None
    with pytest.raises(TrustError):
        agreed.public.install(draft)
    assert agreed.public.key_set().version == 1
    root = RootFile.parse((agreed.store.folder / "root.json").read_bytes())
    assert KeySet.accept((agreed.store.folder / "keys.json").read_bytes(), root).version == 1


def tampered(council: Council, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The draft file after somebody on its way changed its payload."""
    path = council.store.folder / "keys.draft.json"
    content = json.loads(path.read_bytes())
    payload = json.loads(base64url.decode(content["payload"]))
    change(payload)
    content["payload"] = base64url.encode(json.dumps(payload).encode())
    path.write_bytes(json.dumps(content).encode())
    return path.read_bytes()


def test_a_draft_dated_in_the_future_is_not_signed(agreed: Council) -> None:
    """Verifiers take the root's time for true: they would refuse every code until then, and no later key set could undo it."""
    renew(agreed.table())
    tampered(agreed, lambda payload: payload.update(iat=seconds(NOW + timedelta(days=300))))
    assert "dated 2027" in refused(lambda: agreed.agree("anna"))


def test_a_draft_of_the_last_version_there_can_be_is_not_signed(agreed: Council) -> None:
    renew(agreed.table())
    tampered(agreed, lambda payload: payload.update(version=2**53 - 1))
    assert "refuse every later one" in refused(lambda: agreed.agree("anna"))


@pytest.mark.parametrize("name", ["x\x1b[5A\x1b[0J", "x\u202ecide", "x\nsigned by"])
def test_a_draft_writes_nothing_else_onto_the_terminal_than_what_it_says(agreed: Council, name: str) -> None:
    renew(agreed.table())
    data = tampered(agreed, lambda payload: payload["scenes"].append({"id": 99, "name": name, "attributes": []}))
    with pytest.raises(CeremonyError, match="cannot be shown"):
        Draft.parse(data, "the draft")


def test_a_draft_is_shown_with_what_it_does_to_scenes_and_with_what_is_not_known(agreed: Council) -> None:
    def change(payload: dict[str, Any]) -> None:
        payload["scenes"][1]["attributes"] = []
        payload["keys"].append({"purpose": "another"})

    renew(agreed.table())
    draft = Draft.parse(tampered(agreed, change), "the draft")
    told = "\n".join(summary(draft, agreed.public.key_set(), frozenset()))
    assert f"scene  2 {draft.keys.scenes[2].name}: no attributes" in told
    assert "1 entries that this release does not know" in told


def test_a_draft_that_was_exchanged_while_it_was_read_is_not_signed(agreed: Council) -> None:
    renew(agreed.table())
    draft = agreed.public.draft()
    assert draft is not None
    tampered(agreed, lambda payload: payload["scenes"].pop())
    told = refused(lambda: sign(agreed.table(), [agreed.roots["anna"]], shown=draft.digest))
    assert "exchanged while it was being read" in told
    left = agreed.public.draft()
    assert left is not None
    assert left.signatures == ()


def test_discarding_a_draft_of_another_base_deletes_no_private_key(agreed: Council) -> None:
    """`keys.json` was restored from before the last ceremony: the keys that the draft names are in force elsewhere."""
    old = (agreed.store.folder / "keys.json").read_bytes()
    rotate(agreed.table(), CODE)
    agreed.agree("anna", "bo")
    renew(agreed.table())
    before = agreed.store.names()
    (agreed.store.folder / "keys.json").write_bytes(old)
    assert "all private keys stay" in discard(agreed.table()).lines[0]
    assert agreed.store.names() == before
