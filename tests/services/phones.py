"""Holders' phones with keys of their own, as the citizen app makes them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from ecard.domain.scenes import SCENES
from signing import P256Signer, base64url, encode_presentation, generate_key, to_jwk
from tests.town import Answer, Api, Town

DEVICES = "/api/v1/me/devices"
STEP_UP = "/api/v1/me/step-up/sms-codes"
ORIGIN = "http://localhost"
Key = ec.EllipticCurvePrivateKey
Wanted = tuple[str, int]


def jwk_of(key: Key) -> dict[str, Any]:
    """Its public half, as apps send it."""
    return {name: value for name, value in to_jwk(key.public_key()).items() if name != "kid"}


@dataclass
class Phone:
    """A phone: its own key, and what it keeps after it was linked: presentation keys and credentials by scene and slot."""

    key: Key = field(default_factory=generate_key)
    id: str = ""
    keys: dict[Wanted, Key] = field(default_factory=dict)
    credentials: dict[Wanted, bytes] = field(default_factory=dict)

    def sign(self, typ: str, claims: dict[str, Any], key: Key | None = None) -> str:
        """A compact JWS; a claim that is None is left out."""
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, key or self.key, "ES256", {"typ": typ})

    def proof(self, now: int, **changes: Any) -> str:
        """That it holds its key."""
        claims = {"aud": ORIGIN + DEVICES, "iat": now, "jti": secrets.token_hex(8)}
        return self.sign("ecard-device+jws", claims | changes)

    def request(self, now: int, wanted: Iterable[Wanted], *, key: Key | None = None, **changes: Any) -> str:
        """What it asks for, over fresh keys."""
        fresh = {place: generate_key() for place in wanted}
        self.keys |= fresh
        entries = []
        for (scene, slot), made in fresh.items():
            jwk = jwk_of(made)
            entries.append({"scene": scene, "slot": slot, "x": jwk["x"], "y": jwk["y"]})
        claims = {"aud": self.credentials_path, "iat": now, "jti": secrets.token_hex(8), "keys": entries}
        return self.sign("ecard-credentials+jws", claims | changes, key)

    @property
    def credentials_path(self) -> str:
        """Where it asks."""
        return f"{DEVICES}/{self.id}/credentials"

    def body(self, code: str, now: int, label: str = "我的手机", **changes: Any) -> dict[str, Any]:
        """The body that links it."""
        linked = {"label": label, "public_key": jwk_of(self.key), "proof": self.proof(now), "sms_code": code}
        return linked | changes

    def keep(self, answer: Answer) -> None:
        """Take what was given."""
        for each in answer.json["credentials"]:
            self.credentials[each["scene"], each["slot"]] = base64url.decode(each["credential"])

    def present(self, now: int, scene: str = "identity", slot: int = 0, challenge: int | None = None) -> str:
        """A device code."""
        holder = P256Signer(self.keys[scene, slot])
        return encode_presentation(self.credentials[scene, slot], holder, now=now, challenge=challenge)


def step_up(town: Town, api: Api) -> str:
    """A code for linking a phone."""
    sent = api.post(STEP_UP)
    assert sent.status_code == 202, sent.json
    return town.last_sms_code()


def linked(town: Town, api: Api, phone: Phone | None = None) -> Phone:
    """A phone that the signed-in holder linked; a minute later, so that the next may be linked too."""
    phone = phone or Phone()
    answer = api.post(DEVICES, phone.body(step_up(town, api), town.clock.epoch))
    assert answer.status_code == 201, answer.json
    phone.id = answer.json["id"]
    town.clock.forward(minutes=1)
    return phone


def ask(town: Town, api: Api, phone: Phone, wanted: Iterable[Wanted] | None = None) -> Answer:
    """Ask for credentials, of all scenes that need no sector if none are named."""
    places = [(scene, slot) for scene in SCENES if scene != "medical" for slot in (0, 1)] if wanted is None else wanted
    return api.post(phone.credentials_path, {"request": phone.request(town.clock.epoch, places)})


def supplied(town: Town, api: Api, phone: Phone | None = None, wanted: Iterable[Wanted] | None = None) -> Phone:
    """A linked phone with credentials."""
    phone = phone or linked(town, api)
    answer = ask(town, api, phone, wanted)
    assert answer.status_code == 201, answer.json
    phone.keep(answer)
    return phone
