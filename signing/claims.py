"""What a code says about a card, whichever way it is written (docs/token-format.md §1.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from signing.errors import ClaimsError

MAX_LIFETIME = 604_800
"""The longest time from ``issued_at`` to ``expires_at``, in seconds."""
MAX_INDEX = 2**31 - 1
"""The largest index that a change can name."""
TOKEN_ID_BYTES = 8
MAX_CONCESSION = 255
PSEUDONYM_BYTES = 8
SEALED_OVERHEAD = 4 + 32 + 16
"""Bytes of sealed claims beside the padded plaintext: key id, encapsulated key and authentication tag (§1.5)."""
SEALED_BLOCK, MAX_SEALED_BLOCKS = 16, 16
"""Sealed claims are padded to whole blocks, of which there are at most so many."""
CODE_LIFETIME = 60
"""How long a device code lives from the phone's time on, in seconds (§1.4)."""

Value = int | bytes
"""An attribute's value: an unsigned number or a byte string."""


def _is_concession(value: object) -> TypeGuard[Value]:
    return type(value) is int and 0 <= value <= MAX_CONCESSION


def _is_pseudonym(value: object) -> TypeGuard[Value]:
    return type(value) is bytes and len(value) == PSEUDONYM_BYTES


def _is_sealed(value: object) -> TypeGuard[Value]:
    if type(value) is not bytes:
        return False
    blocks, rest = divmod(len(value) - SEALED_OVERHEAD, SEALED_BLOCK)
    return rest == 0 and 1 <= blocks <= MAX_SEALED_BLOCKS


ATTRIBUTES: Mapping[str, Callable[[object], TypeGuard[Value]]] = {
    "concession": _is_concession,
    "pseudonym": _is_pseudonym,
    "sealed": _is_sealed,
}
"""The attributes that this version knows, each with the test of its type and range."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a code is shown for. The key set registers it; ``attributes`` are the ones that its codes carry, in that order."""

    id: int
    name: str
    attributes: tuple[str, ...] = ()

    def name_attributes(self, values: Sequence[object]) -> dict[str, Value] | None:
        """``values`` under the names of this scene's attributes; None unless they are all of them, of their type and range."""
        if len(values) != len(self.attributes):
            return None
        named: dict[str, Value] = {}
        for name, value in zip(self.attributes, values):  # noqa: B905 — as many
            accepts = ATTRIBUTES.get(name)
            if accepts is None or not accepts(value):
                return None
            named[name] = value
        return named


@dataclass(slots=True)
class Claims:
    """The claims of one code.

    Attributes:
        scene: an entry of the key set's register.
        index: the card's index in its shard, 0 … 2^31 − 1.
        token_id: 8 bytes, the token's own number: random, or of a device code the beginning of its credential's hash.
        issued_at: seconds since 1970; of a device code the phone's time.
        expires_at: seconds since 1970, at most 604,800 after ``issued_at``.
        attributes: the scene's attributes by name.
    """

    scene: Scene
    index: int
    token_id: bytes
    issued_at: int
    expires_at: int
    attributes: Mapping[str, Value] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The claims as a verdict shows them; byte strings in hex, the index left out."""
        return {
            "scene": self.scene.name,
            "issued_at": self.issued_at,
            "expires_at": self.expires_at,
            "token_id": self.token_id.hex(),
            **{name: value if isinstance(value, int) else value.hex() for name, value in self.attributes.items()},
        }


@dataclass(slots=True)
class CredentialClaims:
    """The claims of a credential: those of a code but for the number, which is the beginning of the credential's hash.

    Attributes:
        scene: an entry of the key set's register.
        index: the card's index in the shard of ``expires_at``, 0 … 2^31 − 1.
        issued_at: seconds since 1970.
        expires_at: seconds since 1970, at most 604,800 after ``issued_at``.
        attributes: the scene's attributes by name.
    """

    scene: Scene
    index: int
    issued_at: int
    expires_at: int
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(slots=True)
class UnverifiedPresentation:
    """What a phone has added to its credential, before anything in it is believed (§1.4).

    Attributes:
        algorithm: the algorithm that its header names.
        signing_input, signature: what the phone has signed, and how.
        issued_at: the phone's time, seconds since 1970.
        challenge: the challenge that it answers, 0 … 2^53 − 1; None where it answers none.
        credential: the credential's own bytes.
    """

    algorithm: str
    signing_input: bytes
    signature: bytes
    issued_at: int
    challenge: int | None
    credential: bytes


@dataclass(slots=True)
class UnverifiedCode:
    """What an issuer has signed as it is written, before anything in it is believed.

    ``scene`` is a number and ``attributes`` a list in a CWT, a name and a mapping in a JWT. ``issuer`` and ``status_uri`` are
    written in a JWT only: a CWT leaves out what the key set and ``expires_at`` already say. Times are seconds since 1970.
    ``holder`` is a credential's key: a compressed point (SEC 1 §2.3.3), perhaps of no curve. Of a device code all this is the
    credential's, and ``presentation`` is what the phone has added.
    """

    kid: str
    algorithm: str
    signing_input: bytes
    signature: bytes
    scene: int | str
    index: int
    token_id: bytes
    issued_at: int
    expires_at: int
    attributes: list[Value] | Mapping[str, object]
    issuer: str | None = None
    status_uri: str | None = None
    holder: bytes | None = None
    presentation: UnverifiedPresentation | None = None


def check_issuable(claims: Claims | CredentialClaims) -> None:
    """Refuses claims that no verifier would accept.

    Raises:
        ClaimsError: attributes that are not the scene's, an index, a token number or a lifetime outside its range.
    """
    values = [claims.attributes.get(name) for name in claims.scene.attributes]
    if claims.scene.name_attributes(values) != claims.attributes:
        raise ClaimsError(f"the attributes are not those of the scene {claims.scene.name}")
    if not 0 <= claims.index <= MAX_INDEX:
        raise ClaimsError("the index is out of range")
    if isinstance(claims, Claims) and len(claims.token_id) != TOKEN_ID_BYTES:
        raise ClaimsError(f"a token number has {TOKEN_ID_BYTES} bytes")
    if claims.issued_at < 0 or not 0 < claims.expires_at - claims.issued_at <= MAX_LIFETIME:
        raise ClaimsError(f"a code lives between 1 and {MAX_LIFETIME} seconds, after 1970")
