"""Codes for the screen (Art. 35): signed claims about a usable card, for one scene, for a minute.

This is the busiest path of the service. With the holder's card in the process's memory it costs one signature and nothing else;
without, one reading of the database. A code says nothing that two kinds of unit could compare: the pseudonym is made per unit kind.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ecard.domain.cards import CardState
from ecard.domain.errors import RefusedError
from ecard.domain.policies import CODE_LIFETIME
from ecard.domain.scenes import SCENES, Concession, SceneRule, concession_of
from ecard.services.cards import card_of_account
from ecard.services.follow import StatusIndices
from ecard.services.keyring import NoSigningKeyError
from ecard.services.watch import HeldCard, Watch
from ecard.store.models import Card
from ecard.store.unit_of_work import UnitOfWork
from signing import Claims, Scene, Signer, encode_code, encode_jwt, shard_of
from signing.claims import Value

_LIFETIME = int(CODE_LIFETIME.total_seconds())
_RETRY_SECONDS = 30


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
    """Makes codes; one instance a process. ``signer`` gives the key that signs at a time; ``pseudonym_key`` has 32 bytes."""

    def __init__(
        self,
        uow: UnitOfWork,
        watch: Watch,
        indices: StatusIndices,
        *,
        signer: Callable[[int], Signer],
        issuer: str,
        pseudonym_key: bytes,
    ) -> None:
        self._uow = uow
        self._watch = watch
        self._indices = indices
        self._signer = signer
        self._issuer = issuer
        self._pseudonym_key = pseudonym_key
        self._scenes = {name: Scene(rule.id, rule.name, rule.attributes) for name, rule in SCENES.items()}

    def issue(self, account_id: int, scene_name: str, form: CodeForm = CodeForm.DIGITS) -> IssuedCode:
        """A code for the account's card.

        Raises:
            RefusedError: ``scene_unknown``, ``not_bound``, ``no_card``, ``card_not_active`` and the other states, ``codes_unavailable``.
        """
        scene = self._scenes.get(scene_name)
        if scene is None:
            raise RefusedError("scene_unknown")
        card = self._watch.card(account_id) or self._read_card(account_id)
        now = int(self._uow.clock().timestamp())
        signer = self._signer_at(now)
        expires_at = now + _LIFETIME
        claims = Claims(
            scene=scene,
            index=self._index(card, shard_of(expires_at)),
            token_id=os.urandom(8),
            issued_at=now,
            expires_at=expires_at,
            attributes=_attributes(scene, card),
        )
        text = (
            encode_code(claims, signer) if form is CodeForm.DIGITS else encode_jwt(claims, signer, issuer=self._issuer)
        )
        return IssuedCode(text, now, expires_at)

    def _signer_at(self, now: int) -> Signer:
        try:
            return self._signer(now)
        except NoSigningKeyError as error:
            raise RefusedError("codes_unavailable", retry_after=_RETRY_SECONDS) from error

    def _index(self, card: HeldCard, shard: int) -> int:
        index = card.indices.get(shard)
        if index is None:
            index = card.indices[shard] = self._indices.of(card.card_id, shard)
        return index

    def _read_card(self, account_id: int) -> HeldCard:
        version = self._watch.version
        with self._uow.read() as tx:
            card = card_of_account(tx, account_id)
            _check_usable(card)
            concession = concession_of(Concession(card.person.concession), card.person.born_on, tx.today)
            held = HeldCard(card.id, int(concession), self._pseudonyms(card.id))
        self._watch.hold(account_id, held, version)
        return held

    def _pseudonyms(self, card_id: int) -> dict[str, bytes]:
        return {rule.name: self._pseudonym(card_id, rule) for rule in SCENES.values() if "pseudonym" in rule.attributes}

    def _pseudonym(self, card_id: int, rule: SceneRule) -> bytes:
        toward = rule.unit_kind.value if rule.unit_kind else rule.name
        return hmac.digest(self._pseudonym_key, f"{toward}\0{card_id}".encode(), hashlib.sha256)[:8]


def _attributes(scene: Scene, card: HeldCard) -> dict[str, Value]:
    known: dict[str, Value] = {"concession": card.concession, "pseudonym": card.pseudonyms.get(scene.name, b"")}
    return {name: known[name] for name in scene.attributes}


def _check_usable(card: Card) -> None:
    if card.status.is_usable:
        return
    if card.locked:
        raise RefusedError("card_locked")
    state = CardState(card.state)
    refusals = {
        CardState.SUSPENDED: "card_suspended",
        CardState.CANCELLED: "card_cancelled",
        CardState.REPLACED: "card_replaced",
    }
    raise RefusedError(refusals.get(state, "card_not_active"))
