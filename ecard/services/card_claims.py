"""What a token says about a usable card, for one scene: made here for server codes and for credentials alike.

Two kinds of unit can compare nothing: the pseudonym is made per unit kind, and sealed claims look random and are made anew each time.
What is equal in two scenes' tokens of one card is the week's index alone.
"""

from __future__ import annotations

import hashlib
import hmac

from ecard.domain.errors import RefusedError
from ecard.domain.scenes import SCENES, Concession, SceneRule, concession_of
from ecard.services.cards import details_of
from ecard.services.follow import StatusIndices
from ecard.services.seal_keys import SealKeys
from ecard.services.watch import HeldCard
from ecard.store.models import Card
from ecard.store.unit_of_work import Transaction
from signing import Scene, SealedClaims, SealError, seal_claims
from signing.claims import Value

SEALED = "sealed"
SCENE_CLAIMS = {name: Scene(rule.id, rule.name, rule.attributes) for name, rule in SCENES.items()}
"""The scenes as tokens know them."""


class CardClaims:
    """Makes claims; one instance a process. ``pseudonym_key`` has 32 bytes."""

    def __init__(self, indices: StatusIndices, keys: SealKeys, *, pseudonym_key: bytes) -> None:
        self._indices = indices
        self._keys = keys
        self._pseudonym_key = pseudonym_key

    def hold(self, tx: Transaction, card: Card) -> HeldCard:
        """What codes need of a usable card, to be remembered; nothing in it names the holder."""
        concession = concession_of(Concession(card.person.concession), card.person.born_on, tx.today)
        pseudonyms = {
            rule.name: pseudonym(self._pseudonym_key, card.id, rule)
            for rule in SCENES.values()
            if "pseudonym" in rule.attributes
        }
        return HeldCard(card.id, card.status_serial, int(concession), pseudonyms)

    def index(self, held: HeldCard, shard: int) -> int:
        """The card's index in a shard."""
        index = held.indices.get(shard)
        if index is None:
            index = held.indices[shard] = self._indices.of(held.serial, shard)
        return index

    def seal(self, tx: Transaction, card: Card, scene: Scene) -> bytes:
        """Name, document number and insurance type, for the scene's sector alone (Art. 14, 16).

        Raises:
            RefusedError: ``scene_unavailable``: there is nobody to seal them to, or a name has no room in them.
        """
        key = self._keys.seal_key(tx, scene.name)
        details = details_of(tx, card.person)
        claims = SealedClaims(details.name, details.document_number, card.person.insurance)
        try:
            return seal_claims(claims, key, scene.name)
        except SealError as error:
            raise RefusedError("scene_unavailable") from error


def attributes_of(scene: Scene, held: HeldCard, sealed: bytes = b"") -> dict[str, Value]:
    """The scene's attributes, by name."""
    known: dict[str, Value] = {
        "concession": held.concession,
        "pseudonym": held.pseudonyms.get(scene.name, b""),
        SEALED: sealed,
    }
    return {name: known[name] for name in scene.attributes}


def pseudonym(key: bytes, card_id: int, rule: SceneRule) -> bytes:
    """Who the card is toward one kind of unit, 8 bytes: the same whichever serial or scene, unlinkable between kinds."""
    toward = rule.unit_kind.value if rule.unit_kind else rule.name
    return hmac.digest(key, f"{toward}\0{card_id}".encode(), hashlib.sha256)[:8]
