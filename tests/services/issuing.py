"""Issuers of codes and credentials as a web process has them, and key sets to which claims can be sealed."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import select

from ecard.app import Foundation
from ecard.domain.scenes import SCENES
from ecard.services.card_claims import CardClaims
from ecard.services.codes import CodeIssuer
from ecard.services.credentials import CredentialIssuer
from ecard.services.key_folder import KeyFolder
from ecard.services.keyring import open_ring
from ecard.services.publish import KEYS
from ecard.services.root_keys import root_keys_in
from ecard.services.seal_keys import SealKeys
from ecard.services.verification import UsedCodes
from ecard.services.watch import Watch
from ecard.store.models import Publication
from ecard.worker import publisher_for
from signing import RootFile, base64url, describe_seal_key, sign_key_set
from signing.keyset import KeySet
from tests.town import Town

_USUAL = {"not_before": -3600, "expires_at": 86_400}


def root_of(base: Foundation) -> RootFile:
    """The root of this city."""
    return RootFile.parse((base.keystore.folder / "root.json").read_bytes())


def claims_of(base: Foundation) -> CardClaims:
    """What makes claims of cards."""
    return CardClaims(base.indices, SealKeys(root_of(base)), pseudonym_key=base.secrets.pseudonym)


def issuer_of(base: Foundation, watch: Watch | None = None) -> CodeIssuer:
    """A web process's issuer of codes."""
    signer = open_ring(base.keystore, "code").signer
    return CodeIssuer(base.uow, watch or Watch(base.uow), claims_of(base), signer=signer, issuer=base.settings.issuer)


def credentials_of(base: Foundation) -> CredentialIssuer:
    """A web process's issuer of credentials."""
    return CredentialIssuer(claims_of(base), UsedCodes(base.redis), signer=open_ring(base.keystore, "code").signer_for)


def publish_sector_key(
    town: Town, *, scenes: tuple[str, ...] = tuple(SCENES), window: dict[str, int] | None = None
) -> X25519PrivateKey:
    """Publish a key set in which the medical sector has a key, and return the sector's half of it.

    ``window``: its ``not_before`` and ``expires_at`` in seconds from now; ``revoked`` 1 for one that is.
    """
    window = window or {}
    base, now, private = town.foundation, town.clock.epoch, X25519PrivateKey.generate()
    first = json.loads(base64url.decode(json.loads(KeyFolder(base.keystore.folder).key_set().data)["payload"]))
    times = {name: now + window.get(name, seconds) for name, seconds in _USUAL.items()}
    entry = describe_seal_key(private.public_key(), "medical", **times)
    with base.uow.read() as tx:
        version = (tx.db.scalar(select(Publication.version).where(Publication.name == KEYS)) or 1) + 1
    others = [key for key in first["keys"] if key["purpose"] != "seal"]
    payload = first | {
        "version": version,
        "keys": [*others, entry | ({"revoked": now} if window.get("revoked") else {})],
        "scenes": [scene for scene in first["scenes"] if scene["name"] in scenes],
    }
    root = next(iter(root_keys_in(base.keystore))).open()
    keys = KeySet.accept(sign_key_set(payload, [root]), root_of(base))
    publisher_for(base, keys, open_ring(base.keystore, "list").signer(now)).publish()
    return private
