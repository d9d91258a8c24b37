"""Credentials: what a linked phone makes codes from without a network (token format, 1.2 and 1.4).

The phone signs which keys it wants them over; the server alone decides from when until when they count. For each scene there are some, one
beginning a little before the other ends, so that a phone goes without a network for as long as policy says and never shows a credential
older than a day. Nothing is written down of where they are shown; the device remembers their numbers, by which an ended phone's
codes are known online.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from ecard.domain.errors import RefusedError
from ecard.domain.policies import CLOCK_LEEWAY, CREDENTIAL_GRAIN, CREDENTIAL_LIFETIME, CREDENTIAL_OVERLAP
from ecard.services.card_claims import SCENE_CLAIMS, SEALED, CardClaims, attributes_of
from ecard.services.cards import card_of_account, check_usable
from ecard.services.devices import find_device, live_device
from ecard.services.keyring import NoSigningKeyError, SignerFor, signer_or_refusal
from ecard.services.phone_proof import CredentialRequest, WantedCredential, read_credential_request
from ecard.services.verification import UsedCodes
from ecard.services.watch import HeldCard
from ecard.store.models import Card, Device
from ecard.store.unit_of_work import Transaction
from signing import CredentialClaims, Signer, encode_credential, shard_of
from signing.presentation import decode_credential

_GRAIN, _LIFETIME = int(CREDENTIAL_GRAIN.total_seconds()), int(CREDENTIAL_LIFETIME.total_seconds())
_STEP = int((CREDENTIAL_LIFETIME - CREDENTIAL_OVERLAP).total_seconds())
_REPLAY_WINDOW = 2 * int(CLOCK_LEEWAY.total_seconds())
_MOST_REMEMBERED = 64
"""Numbers of credentials that a device remembers: of its last ten requests. A phone shows those of its last one."""


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A credential as the phone keeps it. Times are seconds since 1970; ``number`` is the token number of the codes made from it."""

    scene: str
    slot: int
    issued_at: int
    expires_at: int
    credential: bytes
    number: bytes


class CredentialIssuer:
    """Signs credentials; one instance a process. ``signer`` gives the key that signs at a time what begins at another."""

    def __init__(self, claims: CardClaims, used: UsedCodes, *, signer: SignerFor) -> None:
        self._claims = claims
        self._used = used
        self._signer = signer

    def issue(
        self,
        tx: Transaction,
        account_id: int,
        session_id: str,
        device_id: str,
        request: str,
        *,
        audiences: Container[str],
    ) -> list[IssuedCredential]:
        """What the phone asks for in ``request``, a JWS by its key. The card is held, so that a loss report comes before or after.

        A phone that ended with its card is told of the card first: its holder shall read what happened.

        Raises:
            RefusedError: ``not_bound``, ``no_card``, ``device_not_found``, ``device_ended``, ``credential_request_invalid``,
                ``credential_request_replayed``, ``device_clock_wrong``, ``single_use_unavailable``, ``scene_unknown``,
                ``scene_unavailable``, ``card_not_active`` and the other states, ``codes_unavailable``.
        """
        now = int(tx.now.timestamp())
        key = find_device(tx, account_id, device_id).public_key
        asked = read_credential_request(request, key, audiences=audiences, now=now)
        self._spend(device_id, asked)
        card = card_of_account(tx, account_id, lock=True)
        check_usable(card)
        device = live_device(tx, account_id, device_id)
        issued = self._sign_all(tx, card, asked, now)
        _remember(device, issued, now)
        device.last_seen_at, device.session_id = tx.now, session_id
        return issued

    def _spend(self, device_id: str, asked: CredentialRequest) -> None:
        number = hashlib.sha256(f"{device_id}:{asked.number}".encode()).digest()
        if self._used.was_used(number, asked.issued_at + _REPLAY_WINDOW):
            raise RefusedError("credential_request_replayed")

    def _sign_all(self, tx: Transaction, card: Card, asked: CredentialRequest, now: int) -> list[IssuedCredential]:
        """Those that a key can sign: the key that ends tomorrow signs none that begins the day after."""
        held, issued = self._claims.hold(tx, card), []
        first = min(_begin(each.slot, now) for each in asked.wanted)
        signer_or_refusal(lambda at: self._signer(at, first), now)
        for each in asked.wanted:
            with suppress(NoSigningKeyError):
                signer = self._signer(now, _begin(each.slot, now))
                issued.append(self._sign(signer, held, each, self._sealed(tx, card, each), now))
        return issued

    def _sealed(self, tx: Transaction, card: Card, wanted: WantedCredential) -> bytes:
        """Anew for each: the same bytes in two credentials would link the days."""
        scene = SCENE_CLAIMS[wanted.scene]
        return self._claims.seal(tx, card, scene) if SEALED in scene.attributes else b""

    def _sign(
        self, signer: Signer, held: HeldCard, wanted: WantedCredential, sealed: bytes, now: int
    ) -> IssuedCredential:
        scene = SCENE_CLAIMS[wanted.scene]
        begins = _begin(wanted.slot, now)
        ends = begins + _LIFETIME
        claims = CredentialClaims(
            scene=scene,
            index=self._claims.index(held, shard_of(ends)),
            issued_at=begins,
            expires_at=ends,
            attributes=attributes_of(scene, held, sealed),
        )
        credential = encode_credential(claims, wanted.key.point, signer)
        return IssuedCredential(
            scene.name, wanted.slot, begins, ends, credential, decode_credential(credential).token_id
        )


def _begin(slot: int, now: int) -> int:
    return now - now % _GRAIN + slot * _STEP


def _remember(device: Device, issued: list[IssuedCredential], now: int) -> None:
    """The newest numbers that can still be shown, the oldest first."""
    numbers = {number: ends for number, ends in device.credentials.items() if ends > now}
    numbers |= {each.number.hex(): each.expires_at for each in issued}
    device.credentials = dict(list(numbers.items())[-_MOST_REMEMBERED:])
    until = datetime.fromtimestamp(max(each.expires_at for each in issued), UTC)
    device.credentials_until = max(until, device.credentials_until or until)
