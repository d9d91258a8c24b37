"""Issuers of codes and credentials as a web process has them, and key sets to which claims can be sealed."""

from __future__ import annotations

from ecard.app import Foundation
from ecard.services.card_claims import CardClaims
from ecard.services.codes import CodeIssuer
from ecard.services.credentials import CredentialIssuer
from ecard.services.published_keys import PublishedKeys
from ecard.services.verification import UsedCodes
from ecard.services.watch import Watch
from signing import RootFile


def root_of(base: Foundation) -> RootFile:
    """The root of this city."""
    return RootFile.parse((base.keystore.folder / "root.json").read_bytes())


def claims_of(base: Foundation) -> CardClaims:
    """What makes claims of cards."""
    return CardClaims(base.indices, PublishedKeys(root_of(base)), pseudonym_key=base.secrets.pseudonym)


def issuer_of(base: Foundation, watch: Watch | None = None) -> CodeIssuer:
    """A web process's issuer of codes."""
    signer = base.keystore.signer("code")
    return CodeIssuer(base.uow, watch or Watch(base.uow), claims_of(base), signer=signer, issuer=base.settings.issuer)


def credentials_of(base: Foundation) -> CredentialIssuer:
    """A web process's issuer of credentials."""
    return CredentialIssuer(claims_of(base), UsedCodes(base.redis), signer=base.keystore.signer("code"))
