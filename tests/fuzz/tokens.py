"""Codes with any claims, properly signed: what lies behind a signature that holds is judged only if it holds."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import cbor2

from signing import P256Signer
from tests.vectors import city

HOLDER, OTHER_HOLDER = city.a_signer("phone"), city.a_signer("another phone")
_SIGNERS = (city.CODE,) * 12 + (city.RETIRED_CODE, city.COMING_CODE, city.LIST, city.STRANGER)
_MINUTE, _DAY, _WEEK = 60, 86_400, 604_800
CHALLENGE = 123_456
_CHALLENGE = CHALLENGE.to_bytes(8, "big")
_ODD_NUMBERS = (
    0,
    1,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**32,
    2**53 - 1,
    2**53,
    2**64 - 1,
    -1,
)
_ODD_ITEMS: tuple[object, ...] = (None, True, "", "transit", b"", b"\0" * 9, [], {}, 1.5, [1], {1: 1})


class Tokens:
    """Makes tokens whose claims are mostly near what is lawful; ``chance`` decides.

    ``is_bent`` tells of the last one whether a claim in it is missing, one too many, or of another kind: never to be accepted.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.is_bent = False

    def server_code(self) -> bytes:
        """A CWT with ``cti``."""
        self.is_bent = False
        issued = self._near(city.NOW, _DAY)
        lifetime = self._chance.choice((_MINUTE, _MINUTE, _MINUTE, 0, 1, _DAY, _WEEK, _WEEK + 1))
        payload: dict[object, object] = {
            4: issued + lifetime,
            6: issued,
            7: self._chance.randbytes(8),
            -65537: self._card(),
        }
        return self._signed(payload)

    def credential(self) -> bytes:
        """A CWT with ``cnf``, for the phone of this city."""
        self.is_bent = False
        issued = self._near(city.NOW - _DAY // 2, _DAY)
        lifetime = self._chance.choice((_DAY, _DAY, _DAY, 0, _MINUTE, _WEEK, _WEEK + 1))
        payload: dict[object, object] = {
            4: issued + lifetime,
            6: issued,
            8: {1: self._holder_key()},
            -65537: self._card(),
        }
        return self._signed(payload)

    def device_code(self) -> bytes:
        """A presentation, mostly by the phone whose credential it holds."""
        header: dict[object, object] = {1: -7, 13: cbor2.loads(self.credential())}
        payload = self._bent({6: self._near(city.NOW, 2 * _MINUTE)})
        if self._chance.random() < 0.3:
            nonce = self._chance.choice((_CHALLENGE, self._chance.randbytes(8), b"", b"\0" * 9))
            payload.setdefault(10, nonce)
        signer = OTHER_HOLDER if self._chance.random() < 0.1 else HOLDER
        return cbor2.dumps(cbor2.CBORTag(18, city.sign_cwt(payload, header, signer)))

    def _signed(self, payload: Mapping[object, object]) -> bytes:
        signer: P256Signer = self._chance.choice(_SIGNERS)
        items = city.sign_cwt(self._bent(payload), city.cwt_header(signer), signer)
        return cbor2.dumps(cbor2.CBORTag(18, items))

    def _card(self) -> list[object]:
        scene = self._chance.choice((1, 2, 2, 2, 3, 4, 0))
        attributes: tuple[object, ...] = {2: (1, bytes(8)), 3: (self._chance.randbytes(4 + 32 + 48),)}.get(scene, ())
        index = self._chance.choice((city.INDEX, city.INDEX, city.REVOKED_INDEX, city.SHARD_SIZE - 1, city.SHARD_SIZE))
        return [scene, index, *attributes]

    def _holder_key(self) -> dict[object, object]:
        numbers = HOLDER.public_key.public_numbers()
        x = numbers.x.to_bytes(32, "big")
        if self._chance.random() < 0.1:
            x = self._chance.choice((b"\xff" * 32, bytes(32), x[:-1], self._chance.randbytes(32)))
        return {1: 2, -1: 1, -2: x, -3: bool(numbers.y & 1)}

    def _near(self, moment: int, most: int) -> int:
        """Mostly that moment, now and then some seconds, hours or a whole clock away."""
        if self._chance.random() < 0.6:
            return moment
        return moment + self._chance.choice((-most, -91, -90, -61, -31, -30, -29, 29, 30, 31, 61, most))

    def _bent(self, payload: Mapping[object, object]) -> dict[object, object]:
        """One claim in five payloads is something else, missing, or one too many."""
        bent = dict(payload)
        if self._chance.random() < 0.8:
            return bent
        self.is_bent = True
        key = self._chance.choice(list(bent))
        what = self._chance.randrange(4)
        if what == 0:
            del bent[key]
        elif what == 1:
            bent[key] = self._chance.choice(_ODD_NUMBERS)
        elif what == 2:
            bent[key] = self._chance.choice(_ODD_ITEMS)
        else:
            bent[self._chance.choice((1, 2, 5, 7, 8, 9, 10, -1))] = self._chance.choice(_ODD_ITEMS + _ODD_NUMBERS)
        return bent
