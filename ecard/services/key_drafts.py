"""A key set on its way: what is to be signed, on what it builds, and who has signed it so far (docs/decisions/0013).

A draft is the key set's own JWS with too few signatures, and beside it the fingerprint of the key set that it follows. Signing it again
elsewhere adds an entry to ``signatures`` and changes not one byte of what was signed before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ecard.keystore import KeyStoreError
from signing import MalformedError, RootFile, Signer, base64url, strict_json
from signing.documents import fingerprint
from signing.keyset import PURPOSES, SEAL, TYPE, KeySet
from signing.publisher import assemble_key_set, sign_payload

_MEMBERS = frozenset({"iss", "version", "iat", "exp", "keys", "scenes"})


class CeremonyError(KeyStoreError):
    """The ceremony does not do this; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Draft:
    """``base`` is the fingerprint of the key set that it follows, empty for the first; ``body`` the payload in base64url."""

    base: str
    body: str
    signatures: tuple[Mapping[str, str], ...] = ()

    @classmethod
    def of(cls, base: str, payload: Mapping[str, object]) -> Draft:
        """A draft that nobody has signed yet."""
        return cls(base, base64url.encode(strict_json.write(payload)))

    @classmethod
    def parse(cls, data: bytes, where: str) -> Draft:
        """Read a draft file; ``where`` names it in the message.

        Raises:
            CeremonyError: it is none.
        """
        try:
            members = strict_json.parse_object(data)
            strict_json.check_members(members, ("base", "payload", "signatures"))
            entries = [strict_json.as_object(one, "signatures") for one in strict_json.array(members, "signatures")]
            parts = tuple({name: strict_json.text(one, name) for name in ("protected", "signature")} for one in entries)
            draft = cls(strict_json.text(members, "base"), strict_json.text(members, "payload"), parts)
            _check_can_be_shown(draft.keys)
        except MalformedError as error:
            raise CeremonyError(f"{where} is damaged ({error}); run `ecard keys discard` and make it again") from error
        return draft

    def write(self) -> bytes:
        """The draft file."""
        return strict_json.write({"base": self.base, "payload": self.body, "signatures": list(self.signatures)})

    @property
    def document(self) -> bytes:
        """The key set with the signatures so far, as it will be served."""
        return assemble_key_set(self.body, self.signatures)

    @property
    def keys(self) -> KeySet:
        """What it says, whoever has signed it."""
        return KeySet.parse_unverified(base64url.decode(self.body))

    @property
    def unknown(self) -> int:
        """How many members and keys it has that this release does not know, and so cannot show."""
        members = strict_json.parse_object(base64url.decode(self.body))
        keys = [strict_json.as_object(entry, "keys").get("purpose") for entry in strict_json.array(members, "keys")]
        return len(members.keys() - _MEMBERS) + sum(purpose not in (*PURPOSES, SEAL) for purpose in keys)

    @property
    def digest(self) -> str:
        """The fingerprint of what is signed: people who sign in different places compare it."""
        return fingerprint(base64url.decode(self.body))

    def signed_by(self, root: RootFile) -> frozenset[str]:
        """The root keys, by ``kid``, whose signatures hold."""
        return root.signers(self.body, self.signatures, TYPE)

    def signed(self, signer: Signer, root: RootFile) -> Draft:
        """With the signature of one more root key; the same draft if it has signed already."""
        if signer.kid in self.signed_by(root):
            return self
        return replace(self, signatures=(*self.signatures, sign_payload(self.body, signer)))

    def joined(self, other: Draft, root: RootFile) -> Draft:
        """With those signatures of another copy of the same draft that hold and that this one lacks.

        Raises:
            CeremonyError: the other is another draft.
        """
        if other.body != self.body:
            raise CeremonyError(
                f"that file is another draft ({other.digest}, here {self.digest}); both must be copies of one file"
            )
        joined = self
        for part in other.signatures:
            signer = root.signers(self.body, [part], TYPE)
            if signer and not signer <= joined.signed_by(root):
                joined = replace(joined, signatures=(*joined.signatures, part))
        return joined


def _check_can_be_shown(keys: KeySet) -> None:
    """Refuses texts that move a terminal's cursor or turn its writing round: who signs must see what is there."""
    scenes = keys.scenes.values()
    names = [name for scene in scenes for name in (scene.name, *scene.attributes)]
    if not all(text.isprintable() for text in (keys.issuer, *names, *(key.scene for key in keys.seal_keys.values()))):
        raise MalformedError("a name in it cannot be shown as it is")
