"""Root keys: made once, held by people, each signing one draft after the other and never two different ones of a version.

Beside its sealed file each root key keeps a note of the newest key set that it signed (``root-1.signed.json``). Where the note disagrees,
nothing is signed: two drafts of one version, both signed, would split the verifiers in two camps for good (token format, T1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ecard.keystore import KeyStore
from ecard.services.key_drafts import CeremonyError, Draft
from ecard.services.key_folder import KeyFolder, read_note, write_note
from ecard.services.key_plan import CLOCKS_DIFFER, Use, gaps, seconds, utc
from signing import P256Signer, RootFile, write_root
from signing.root import MAX_SIGNATURES

PREFIX = "root"
_MOST_AHEAD = 1000
"""How many versions a draft may skip, each of a draft that was signed and discarded."""
SIGNING_USES = (Use("code"), Use("list"))
"""Without a key for these the service stands still."""


@dataclass(frozen=True, slots=True)
class RootKey:
    """A root key in the folder and under the passphrase of whoever holds it. The first release named its one key ``root``."""

    store: KeyStore
    name: str

    @property
    def note(self) -> Path:
        """Where it remembers what it signed."""
        return self.store.folder / f"{self.name}.signed.json"

    def open(self) -> P256Signer:
        """The key.

        Raises:
            KeyStoreError: missing, damaged, or sealed under another passphrase.
        """
        return self.store.signer(self.name)


def root_keys_in(store: KeyStore) -> list[RootKey]:
    """The root keys of one folder."""
    return [RootKey(store, name) for name in store.names(PREFIX)]


def make_root(folder: KeyFolder, issuer: str, keys: Sequence[RootKey], threshold: int) -> RootFile:
    """Make those of ``keys`` that are not there yet, and the root file, which comes last: an interrupted ceremony is finished by the next.

    Raises:
        CeremonyError: there is a root file, or numbers that no root can have.
        KeyStoreError: a passphrase does not open a key of an interrupted ceremony.
    """
    if folder.has_root:
        raise CeremonyError(
            f"{folder.path} has a root file already; verifiers pin it, so it is never replaced. A new root needs a new key folder"
        )
    if not 1 <= threshold <= len(keys) <= MAX_SIGNATURES:
        raise CeremonyError(f"choose 1 to {MAX_SIGNATURES} root keys, and a threshold from 1 to their number")
    made = [_opened_or_made(key) for key in keys]
    folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.write_root(write_root(issuer, [signer.public_key for signer in made], threshold=threshold))
    return folder.root()


def sign_draft(folder: KeyFolder, draft: Draft, key: RootKey, now: datetime) -> Draft:
    """The draft with one more signature, stored; nothing is changed if the key has signed it already.

    Raises:
        CeremonyError: a draft that must not be signed; the message says why and what to do.
        KeyStoreError: the root key does not open.
    """
    check_draft(folder, draft, now)
    root, signer = folder.root(), key.open()
    if signer.kid not in root.keys:
        raise CeremonyError(
            f"{key.name} in {key.store.folder} ({signer.kid}) is no key of this root ({', '.join(root.keys)}); "
            "use one of those, or the key folder that belongs to it"
        )
    _remember(key, draft)
    signed = draft.signed(signer, root)
    folder.write_draft(signed)
    return signed


def check_draft(folder: KeyFolder, draft: Draft, now: datetime) -> None:
    """Refuse a draft that does not follow the key set in force, or would leave the service without a key.

    Raises:
        CeremonyError: with what to do.
    """
    keys, again = draft.keys, "run `ecard keys discard` and make the change again"
    held = folder.key_set().version if folder.has_key_set else 0
    if keys.issuer != folder.root().issuer:
        raise CeremonyError(f"the draft is one of {keys.issuer}, the root of {folder.root().issuer}; {again}")
    if keys.version <= held:
        raise CeremonyError(f"the draft is version {keys.version}, the key set here {held} already; {again}")
    if keys.version > held + _MOST_AHEAD:
        raise CeremonyError(
            f"the draft is version {keys.version}, the key set here {held}: verifiers would refuse every later one below it; {again}"
        )
    if keys.issued_at > seconds(now + CLOCKS_DIFFER):
        raise CeremonyError(
            f"the draft is dated {utc(keys.issued_at)}, and verifiers would refuse all codes until then (T5); set this machine's "
            f"clock if it is wrong, or {again}"
        )
    if draft.base != folder.base():
        raise CeremonyError(
            f"the draft does not build on the key set here (version {held}): keys.json was changed, or is another machine's; "
            f"bring both files from the same folder, or {again}"
        )
    if keys.expires_at <= seconds(now):
        raise CeremonyError(f"the draft expired at {utc(keys.expires_at)}; {again}")
    lacking = gaps(keys, SIGNING_USES, seconds(now))
    if lacking:
        raise CeremonyError(
            f"with this draft no {' and no '.join(map(str, lacking))} key would be in its window now; {again}"
        )


def _remember(key: RootKey, draft: Draft) -> None:
    """Note before signing: a signature that left is never unknown here."""
    version, digest = draft.keys.version, draft.digest
    if key.note.exists():
        noted = read_note(key.note)
        if version < noted["version"]:
            raise CeremonyError(
                f"{key.name} has signed version {noted['version']}, and never signs a lower one ({version}); bring the newest "
                "keys.json here, run `ecard keys discard` and make the change again"
            )
        if version == noted["version"] and digest != noted.get("digest"):
            raise CeremonyError(
                f"{key.name} has signed another draft of version {version} ({noted.get('digest')}, this one is {digest}); sign that one, "
                "or run `ecard keys discard` where it was made and here: the next draft gets a version of its own"
            )
    write_note(key.note, {"version": version, "digest": digest})


def _opened_or_made(key: RootKey) -> P256Signer:
    key.store.create_passphrase()
    return key.open() if key.store.has(key.name) else key.store.create_signer(key.name)
