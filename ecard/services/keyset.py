"""The first key set, and the one in force (token format, 2.1 and 2.2). Later ones are made by `ecard.services.ceremony`."""

from __future__ import annotations

from datetime import datetime

from ecard.domain.scenes import SCENES
from ecard.keystore import KeyStore, KeyStoreError, issuer_key_name
from ecard.services.ceremony import Act, Table, finish_installing, renew, sector_uses, sign
from ecard.services.key_folder import KEY_SET_FILE, ROOT_FILE, KeyFolder
from ecard.services.key_plan import Entry, Plan, Use, Window, current
from ecard.services.root_keys import PREFIX, SIGNING_USES, RootKey, make_root, root_keys_in
from signing import describe_key, describe_seal_key
from signing.keyset import SEAL


def init_keys(store: KeyStore, issuer: str, now: datetime) -> bool:
    """Make whatever keys are missing; True if the key set was made now. An interrupted first start is finished by the next.

    Where a key set is, nothing is made: a key that it does not name would sign codes that nobody accepts.

    Raises:
        KeyStoreError: the folder of a single process, a root that waits for people, or another passphrase than the keys there were
            sealed under.
    """
    folder = KeyFolder(store.folder)
    if folder.has_key_set:
        finish_installing(folder)
        return False
    if folder.has_root and not root_keys_in(store):
        raise KeyStoreError(
            f"{store.folder / ROOT_FILE} names a root key that is not here; make no second one beside it. If this is where the first key "
            "set is to be made, for root keys held elsewhere to sign: `ecard keys init --draft`"
        )
    if not folder.has_root:
        _adopt_or_make_root(folder, store, issuer)
    draft_first_set(store, now)
    needed = folder.root().threshold
    sign(Table(store, now), root_keys_in(store)[:needed])
    if not folder.has_key_set:
        raise KeyStoreError(f"the first key set waits for {needed} root signatures; run `ecard keys sign --with …`")
    return True


def draft_first_set(store: KeyStore, now: datetime) -> Act:
    """Make the secrets and the issuer's first keys, and a draft that names them.

    Raises:
        KeyStoreError: no root file yet, or a key set is there already.
    """
    table, folder = Table(store, now), KeyFolder(store.folder)
    if folder.has_key_set:
        raise KeyStoreError(
            f"{store.folder / KEY_SET_FILE} is there already; change it with `ecard keys rotate`, `new-issuer` or `renew`"
        )
    root = folder.root()
    store.create_passphrase()
    if not store.has("secrets"):
        store.create_secrets()
    waiting = folder.draft()
    if waiting is None:
        plan = Plan(root.issuer, folder.next_version())
        for use in (*SIGNING_USES, *sector_uses()):
            plan = plan.with_key(_first_key(table, plan, use, Window.at_once(now)))
        waiting = table.propose(plan)
    line = (
        f"the first key set of {root.issuer} is drafted; it needs {root.threshold} of {len(root.keys)} root signatures"
    )
    return Act("key_set_drafted", waiting.keys.version, (line,), {"digest": waiting.digest})


def complete_key_set(store: KeyStore, now: datetime) -> Act | None:
    """What a newer release needs of an older key set: its scenes, and a key for each sector. None if nothing is missing, or if the root
    key that would sign is elsewhere.

    Raises:
        KeyStoreError: a file is damaged, or the passphrase is another.
        TrustError: the key set is not what the root signed.
    """
    folder, roots = KeyFolder(store.folder), root_keys_in(store)
    if not missing_of_release(folder, now) or len(roots) < folder.root().threshold:
        return None
    table = Table(store, now)
    if folder.draft() is None:  # else one of an interrupted start, whose root keys are all here
        renew(table)
    return sign(table, roots[: folder.root().threshold])


def missing_of_release(folder: KeyFolder, now: datetime) -> list[str]:
    """Scenes and sectors of this release that the key set in force lacks, in words."""
    keys = folder.key_set()
    lacking = [f"the scene {name}" for name in SCENES if name not in keys.scenes]
    at = int(now.timestamp())
    return lacking + [f"a {use} key" for use in sector_uses() if current(keys, use, at) is None]


def _adopt_or_make_root(folder: KeyFolder, store: KeyStore, issuer: str) -> None:
    """One root key, of an interrupted first start if there is one."""
    make_root(folder, issuer, root_keys_in(store)[:1] or [RootKey(store, f"{PREFIX}-1")], 1)


def _first_key(table: Table, plan: Plan, use: Use, window: Window) -> Entry:
    """The entry of a key that an interrupted first start left here, or of a new one."""
    times = {"not_before": window.not_before, "expires_at": window.expires_at}
    named = {issuer_key_name(use.purpose, str(entry["kid"])) for entry in plan.entries}
    left = [name for name in table.store.names(issuer_key_name(use.purpose, "")) if name not in named]
    if not left:
        return table.new_entry(use, window)[1]
    kid = left[0].removeprefix(issuer_key_name(use.purpose, ""))
    if use.purpose == SEAL:
        return describe_seal_key(table.store.sector_key(kid).public_key(), use.scene or "", **times)
    return describe_key(table.store.issuer_signer(use.purpose, kid).public_key, use.purpose, **times)
