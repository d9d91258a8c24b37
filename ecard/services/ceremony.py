"""The acts of a key ceremony: each makes the private keys that it needs, then a draft that names them (docs/decisions/0013).

In this order, so that an interruption leaves at most a sealed key that nothing names. A draft becomes the key set in force by
`install_if_signed` alone, once as many root keys have signed it as the root file asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ecard.domain.scenes import SECTORS
from ecard.keystore import KeyStore, issuer_key_name
from ecard.services.key_drafts import CeremonyError, Draft
from ecard.services.key_folder import KeyFolder
from ecard.services.key_plan import (
    KEY_LIFETIME,
    LEAD,
    OVERLAP,
    Entry,
    Plan,
    Use,
    Window,
    all_keys,
    coming,
    current,
    release_scenes,
    seconds,
    use_of,
    utc,
)
from ecard.services.root_keys import RootKey, sign_draft
from signing import describe_key, describe_seal_key
from signing.keyset import SEAL, IssuerKey, KeySet, SealKey


@dataclass(frozen=True, slots=True)
class Act:
    """What was done: ``action`` and ``details`` for the record, ``lines`` for the people at the table."""

    action: str
    version: int
    lines: tuple[str, ...]
    details: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Where the ceremony is held: the key folder, the store of the issuer's private keys, the time."""

    store: KeyStore
    now: datetime

    @property
    def folder(self) -> KeyFolder:
        """The public files."""
        return KeyFolder(self.store.folder)

    @property
    def at(self) -> int:
        """Now, in seconds since 1970."""
        return seconds(self.now)

    def plan(self) -> tuple[KeySet, Plan]:
        """The key set in force, and what the next one starts from.

        Raises:
            CeremonyError: a draft waits already.
        """
        finish_installing(self.folder)
        draft = self.folder.draft()
        if draft is not None:
            raise CeremonyError(
                f"a draft of version {draft.keys.version} waits for signatures; sign it with `ecard keys sign --with …`, "
                "or drop it with `ecard keys discard`"
            )
        keys = self.folder.key_set()
        return keys, Plan.after(keys, self.folder.next_version(), self.now)

    def propose(self, plan: Plan) -> Draft:
        """Store what was planned as the draft."""
        draft = Draft.of(self.folder.base(), plan.payload(self.now))
        self.folder.write_draft(draft)
        return draft

    def new_entry(self, use: Use, window: Window) -> tuple[str, Entry]:
        """Make and seal a private key; returns its ``kid`` and its entry in a key set."""
        times = {"not_before": window.not_before, "expires_at": window.expires_at}
        if use.purpose == SEAL:
            sector = self.store.create_sector_key().public_key()
            entry = describe_seal_key(sector, use.scene or "", **times)
        else:
            entry = describe_key(self.store.create_issuer_signer(use.purpose).public_key, use.purpose, **times)
        return str(entry["kid"]), entry


def add_key(table: Table, use: Use, window: Window) -> Act:
    """One more key, beside those there are.

    Raises:
        CeremonyError: a window that is over, a scene without a sector, or a draft that waits.
    """
    _check_use(use)
    _check_window(window, table.at)
    keys, plan = table.plan()
    kid, entry = table.new_entry(use, window)
    table.propose(plan.with_key(entry))
    lines = [f"new {use} key {kid}: from {utc(window.not_before)} until {utc(window.expires_at)}"]
    if current(keys, use, table.at) is not None:
        lines += _lead_warning(use, timedelta(seconds=window.not_before - table.at))
    return Act("key_added", plan.version, (*lines, *_copy_hint(use, kid)), _details(use, kid, window))


def rotate(table: Table, use: Use, *, lead: timedelta = LEAD, days: timedelta = KEY_LIFETIME) -> Act:
    """The planned change: a successor that begins after ``lead``, and an end for the key that it succeeds, an overlap later.

    Raises:
        CeremonyError: nothing to succeed, a successor is there already, or a draft waits.
    """
    _check_use(use)
    keys, plan = table.plan()
    old, later = current(keys, use, table.at), coming(keys, use, table.at)
    if later:
        raise CeremonyError(
            f"{use} has a successor already: {later[0].public.kid} begins at {utc(later[0].not_before)}; wait for it, or revoke it"
        )
    if old is None:
        raise CeremonyError(
            f"no {use} key is in use, so there is none to succeed; make one with `ecard keys new-issuer`"
        )
    window = Window(seconds(table.now + lead), seconds(table.now + lead + days))
    _check_window(window, table.at)
    kid, entry = table.new_entry(use, window)
    end = window.not_before + seconds_of(OVERLAP)
    table.propose(plan.with_key(entry).ending(old.public.kid, end))
    lines = [f"new {use} key {kid}: from {utc(window.not_before)} until {utc(window.expires_at)}"]
    lines.append(
        f"old {use} key {old.public.kid}: signs until then, and ends at {utc(end)} (was {utc(old.expires_at)})"
    )
    lines += _lead_warning(use, lead)
    details = _details(use, kid, window) | {"old": old.public.kid, "old_until": utc(end)}
    return Act("key_rotated", plan.version, (*lines, *_copy_hint(use, kid)), details)


def revoke(table: Table, kid: str, reason: str) -> Act:
    """The emergency: the key stays in the set, marked, and a successor begins at once if no other key of its use does its work.

    Raises:
        CeremonyError: no such key, revoked already, or a draft waits.
    """
    keys, plan = table.plan()
    found = next((key for key in all_keys(keys) if key.public.kid == kid), None)
    if found is None:
        raise CeremonyError(f"no key {kid} in the key set; `ecard keys status` lists them")
    if found.revoked_at is not None:
        raise CeremonyError(f"{kid} is revoked already, since {utc(found.revoked_at)}")
    use, plan = use_of(found), plan.revoking(kid, table.at)
    lines = [f"{use} key {kid} is revoked: {_REVOKED[use.purpose]}"]
    details: dict[str, object] = {"purpose": use.purpose, "kid": kid, "reason": reason}
    standing = current(plan.keys(table.now), use, table.at)
    if standing is None:
        window = Window.at_once(table.now)
        successor, entry = table.new_entry(use, window)
        plan = plan.with_key(entry)
        details["successor"] = successor
        lines += [f"new {use} key {successor}: at once, until {utc(window.expires_at)}", *_copy_hint(use, successor)]
        lines.append(f"verifiers know it as soon as they have the new key set; until then: {_UNKNOWN[use.purpose]}")
    else:
        lines.append(f"{use} key {standing.public.kid} goes on; `ecard keys rotate {use.purpose}` makes it a successor")
    table.propose(plan)
    return Act("key_revoked", plan.version, tuple(lines), details)


def renew(table: Table) -> Act:
    """The same keys in a set with a new expiry and this release's scenes, and a key for every sector that has none.

    Raises:
        CeremonyError: a draft waits.
    """
    keys, plan = table.plan()
    lines = [f"the key set is renewed; scenes: {', '.join(scene.name for scene in release_scenes())}"]
    for use in sector_uses():
        if current(keys, use, table.at) is None and not coming(keys, use, table.at):
            kid, entry = table.new_entry(use, Window.at_once(table.now))
            plan = plan.with_key(entry)
            lines.append(f"new {use} key {kid}")
    table.propose(plan)
    return Act("key_set_renewed", plan.version, tuple(lines))


def discard(table: Table) -> Act:
    """Drop the draft, and the private keys that only it names: where it builds on the key set here. One that builds on another may name
    keys that are in force there.

    Raises:
        CeremonyError: there is no draft.
    """
    draft = _waiting(table.folder)
    held = {key.public.kid for key in all_keys(table.folder.key_set())} if table.folder.has_key_set else set()
    if draft.signatures:
        table.folder.note_discarded(draft.keys.version)
    table.folder.forget_draft()
    lines = [f"the draft of version {draft.keys.version} is gone, and the private keys that only it named"]
    if draft.base == table.folder.base():
        for key in all_keys(draft.keys):
            if key.public.kid not in held:
                table.store.discard(issuer_key_name(use_of(key).purpose, key.public.kid))
    else:
        lines = [
            f"the draft of version {draft.keys.version} is gone; it built on another key set, so all private keys stay"
        ]
    if draft.signatures:
        lines.append(
            "a root key had signed it: destroy every copy of it, for whoever brings together enough signatures has a key set"
        )
    return Act("key_draft_discarded", draft.keys.version, tuple(lines), {"digest": draft.digest})


def sign(table: Table, keys: Iterable[RootKey], others: Iterable[Draft] = (), *, shown: str | None = None) -> Act:
    """Sign the draft with these root keys, join the signatures of other copies, and install it once there are enough.

    ``shown`` is the fingerprint of the draft that the holder has seen and agreed to.

    Raises:
        CeremonyError: no draft, another one than was shown, or one that must not be signed.
        KeyStoreError: a root key does not open.
    """
    if finish_installing(table.folder):
        keys_now = table.folder.key_set()
        return Act(
            "key_set_installed",
            keys_now.version,
            (f"key set {keys_now.version} is in force (an interrupted act was finished)",),
        )
    draft, root = _waiting(table.folder), table.folder.root()
    if shown is not None and draft.digest != shown:
        raise CeremonyError(f"the draft was exchanged while it was being read: it was {shown}, and is {draft.digest}")
    before = draft.signed_by(root)
    for other in others:
        draft = draft.joined(other, root)
        table.folder.write_draft(draft)
    for key in keys:
        draft = sign_draft(table.folder, draft, key, table.now)
    return _signed(table, draft, draft.signed_by(root) - before)


def finish_installing(folder: KeyFolder) -> bool:
    """Where an act was interrupted after the key set came into force, forget its draft; tells whether that was so."""
    draft = folder.draft()
    if draft is None or not folder.has_key_set or folder.key_set().data != draft.document:
        return False
    folder.forget_draft()
    return True


def summary(draft: Draft, held: KeySet | None, root_signers: frozenset[str]) -> tuple[str, ...]:
    """What a draft changes, for whoever is asked to sign it."""
    keys, before = draft.keys, {key.public.kid: key for key in all_keys(held)} if held else {}
    times = f"dated {utc(keys.issued_at)}, valid until {utc(keys.expires_at)}"
    lines = [f"draft of version {keys.version} for {keys.issuer}, {times}"]
    lines.append(f"fingerprint {draft.digest}: the same wherever this draft is signed")
    lines += [f"  {_change(key, before.pop(key.public.kid, None))}" for key in all_keys(keys)]
    lines += [f"  drop   {use_of(key)} {kid}: ended at {utc(key.expires_at)}" for kid, key in before.items()]
    lines += _scene_lines(keys, held)
    if draft.unknown:
        lines.append(
            f"  ?      {draft.unknown} entries that this release does not know, and that are signed with the rest"
        )
    lines.append(f"  signed by {', '.join(sorted(root_signers)) or 'nobody yet'}")
    return tuple(lines)


def sector_uses() -> list[Use]:
    """One for each scene with a sector."""
    return [Use(SEAL, scene) for scene in SECTORS]


def seconds_of(span: timedelta) -> int:
    """Whole seconds."""
    return int(span.total_seconds())


def _signed(table: Table, draft: Draft, fresh: frozenset[str]) -> Act:
    root, signers, version = table.folder.root(), draft.signed_by(table.folder.root()), draft.keys.version
    details: dict[str, object] = {"digest": draft.digest, "signers": sorted(signers)}
    lines = [f"signed by {kid}" for kid in sorted(fresh)] or ["no new signature"]
    if len(signers) < root.threshold:
        lines.append(
            f"{len(signers)} of {root.threshold} signatures; next: `ecard keys sign --with …` by another holder"
        )
        return Act("key_set_signed", version, tuple(lines), details)
    table.folder.install(draft)
    lines.append(f"key set {version} is in force here; copy keys.json to the key folders of worker and web")
    return Act("key_set_installed", version, tuple(lines), details)


def _waiting(folder: KeyFolder) -> Draft:
    draft = folder.draft()
    if draft is None:
        raise CeremonyError(
            f"no draft in {folder.path}; make one with `ecard keys rotate`, `revoke`, `new-issuer` or `renew`"
        )
    return draft


def _check_use(use: Use) -> None:
    if (use.purpose == SEAL) != (use.scene is not None):
        raise CeremonyError("a seal key belongs to a scene (`--scene medical`), the others to none")
    if use.scene is not None and use.scene not in SECTORS:
        raise CeremonyError(f"no sector opens claims of the scene {use.scene!r}; there are: {', '.join(SECTORS)}")


def _check_window(window: Window, at: int) -> None:
    if window.expires_at <= max(window.not_before, at):
        raise CeremonyError(
            f"the window {utc(window.not_before)} – {utc(window.expires_at)} is over before it counts; choose a later end (--days)"
        )


def _lead_warning(use: Use, lead: timedelta) -> list[str]:
    if lead >= LEAD:
        return []
    known_for = max(lead, timedelta(0))
    return [
        f"a verifier that was offline for longer than {known_for} does not know the new key when it begins: {_UNKNOWN[use.purpose]}"
    ]


def _copy_hint(use: Use, kid: str) -> tuple[str, ...]:
    where = "web" if use.purpose == "code" else "worker"
    return (f"copy {issuer_key_name(use.purpose, kid)}.sealed to the key folder of {where}, before keys.json",)


def _details(use: Use, kid: str, window: Window) -> dict[str, object]:
    scene = {"scene": use.scene} if use.scene else {}
    times = {"not_before": utc(window.not_before), "expires": utc(window.expires_at)}
    return {"purpose": use.purpose, "kid": kid, **scene, **times}


def _change(key: IssuerKey | SealKey, before: IssuerKey | SealKey | None) -> str:
    window = f"{utc(key.not_before)} – {utc(key.expires_at)}"
    named = f"{use_of(key)} {key.public.kid}"
    if before is None:
        return f"new    {named}: {window}"
    if key.revoked_at != before.revoked_at:
        return f"REVOKE {named}: {window}"
    if (key.not_before, key.expires_at) != (before.not_before, before.expires_at):
        return f"change {named}: {window} (was {utc(before.not_before)} – {utc(before.expires_at)})"
    return f"keep   {named}: {window}{' (revoked)' if key.revoked_at is not None else ''}"


def _scene_lines(keys: KeySet, held: KeySet | None) -> list[str]:
    """All by name, and in full those that are new or say something else: they tell verifiers how to read a code."""
    scenes = sorted({scene.id: scene for scene in keys.scenes.values()}.items())
    lines = [f"  scenes {', '.join(scene.name for _, scene in scenes)}"]
    for number, scene in scenes:
        if held is not None and held.scenes.get(number) != scene:
            lines.append(f"  scene  {number} {scene.name}: {', '.join(scene.attributes) or 'no attributes'}")
    gone = [] if held is None else sorted({scene.name for scene in held.scenes.values()} - {s.name for _, s in scenes})
    return lines + [f"  drop   scene {name}" for name in gone]


_REVOKED = {
    "code": "codes and credentials that it signed, in circulation now too, become `key_revoked` wherever the new key set arrives; "
    "phones fetch new ones by themselves",
    "list": "manifests that it signed no longer count, and verifiers reset their ratchet (T2a): highest manifest number and time floor "
    "begin anew with this key set",
    "seal": "nothing more is sealed to it, and it is delivered to no verifier; whoever has it still reads what was sealed to it before",
}
_UNKNOWN = {
    "code": "they answer `unknown` · `unknown_key`",
    "list": "they refuse newer lists (`manifest_untrusted`), and go on with the one they hold",
    "seal": "they judge codes as ever, and cannot open the sealed claims",
}
