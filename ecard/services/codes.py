"""Codes for the screen (Art. 35): signed claims about a usable card, for one scene, for a minute.

This is the busiest path of the service. With the holder's card in the process's memory it costs one signature and nothing else;
without, one reading of the database. A scene whose claims are sealed is read from the database each time: what names the holder is kept in
no memory. A code says nothing that two kinds of unit could compare.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum

from ecard.domain.errors import RefusedError
from ecard.domain.policies import CODE_LIFETIME
from ecard.services.card_claims import SCENE_CLAIMS, SEALED, CardClaims, attributes_of
from ecard.services.cards import card_of_account, check_usable
from ecard.services.keyring import SignerAt, signer_or_refusal
from ecard.services.watch import HeldCard, Watch
from ecard.store.unit_of_work import UnitOfWork
from signing import Claims, Scene, encode_code, encode_jwt, shard_of

_LIFETIME = int(CODE_LIFETIME.total_seconds())


class CodeForm(StrEnum):
    """The two writings of a server code."""

    DIGITS = "digits"
    JWT = "jwt"


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code and its times, in seconds since 1970."""

    text: str
    issued_at: int
    expires_at: int


class CodeIssuer:
    """Makes codes; one instance a process. ``signer`` gives the key that signs at a time."""

    def __init__(self, uow: UnitOfWork, watch: Watch, claims: CardClaims, *, signer: SignerAt, issuer: str) -> None:
        self._uow = uow
        self._watch = watch
        self._claims = claims
        self._signer = signer
        self._issuer = issuer

    def issue(self, account_id: int, scene_name: str, form: CodeForm = CodeForm.DIGITS) -> IssuedCode:
        """A code for the account's card.

        Raises:
            RefusedError: ``scene_unknown``, ``scene_unavailable``, ``not_bound``, ``no_card``, ``card_not_active`` and the other states,
                ``codes_unavailable``.
        """
        scene = SCENE_CLAIMS.get(scene_name)
        if scene is None:
            raise RefusedError("scene_unknown")
        sealed = b""
        if SEALED in scene.attributes:
            card, sealed = self._read_sealed(account_id, scene)
        else:
            card = self._watch.card(account_id) or self._read_card(account_id)
        now = int(self._uow.clock().timestamp())
        signer = signer_or_refusal(self._signer, now)
        expires_at = now + _LIFETIME
        claims = Claims(
            scene=scene,
            index=self._claims.index(card, shard_of(expires_at)),
            token_id=os.urandom(8),
            issued_at=now,
            expires_at=expires_at,
            attributes=attributes_of(scene, card, sealed),
        )
        text = (
            encode_code(claims, signer) if form is CodeForm.DIGITS else encode_jwt(claims, signer, issuer=self._issuer)
        )
        return IssuedCode(text, now, expires_at)

    def _read_card(self, account_id: int) -> HeldCard:
        version = self._watch.version
        with self._uow.read() as tx:
            card = card_of_account(tx, account_id)
            check_usable(card)
            held = self._claims.hold(tx, card)
        self._watch.hold(account_id, held, version)
        return held

    def _read_sealed(self, account_id: int, scene: Scene) -> tuple[HeldCard, bytes]:
        with self._uow.read() as tx:
            card = card_of_account(tx, account_id)
            check_usable(card)
            return self._claims.hold(tx, card), self._claims.seal(tx, card, scene)
