"""A hospital's device asks for the keys to sealed claims; nobody on the way can give it another's, or take one out."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ecard.domain.actors import Role
from ecard.services.keyring import KeysInForce
from ecard.services.sector_keys import deliver_sector_keys
from signing import base64url
from signing.sealing_keys import sealing_kid
from tests.services.devices import Device
from tests.town import Api, Town
from tests.web.parties import a_verifier, open_session, staff

KEYS, OWN = "/api/v1/verifier/sector-keys", "/api/v1/verifier/encryption-key"
ZERO = base64url.encode(bytes(32))


def deliver(town: Town) -> int:
    """A turn of the worker."""
    store = town.foundation.keystore
    return deliver_sector_keys(town.foundation.uow, KeysInForce(store.folder).current(), store.sector_key)


def enrolment(town: Town, device: Device, kind: str = "health") -> tuple[Api, dict[str, Any]]:
    """A door, and the body that enrols the device with its encryption key."""
    admin, door = staff(town, Role.UNIT_ADMIN, unit=town.a_unit(kind)), Api(town.client())
    code = admin.post("/api/v1/unit/verifiers", {"label": "窗口 3", "preset": "hospital"}).json["enrolment_code"]
    proof = device.proof(code, town.clock.epoch, encryption_key=device.encryption_jwk)
    return door, {"code": code, "public_key": device.jwk, "encryption_key": device.encryption_jwk, "proof": proof}


def test_a_device_enrols_with_its_key_and_reads_what_was_wrapped_to_it(small_town: Town) -> None:
    device = Device()
    door, body = enrolment(small_town, device)
    enrolled = door.post("/api/v1/verifiers/enrolment", body)
    assert enrolled.status_code == 201, enrolled.json
    device.verifier_id = enrolled.json["verifier_id"]
    session = open_session(small_town, device)
    assert session.get(KEYS).json == {"items": [], "next": None}
    assert deliver(small_town) == 1
    (item,) = session.get(KEYS).json["items"]
    private = X25519PrivateKey.from_private_bytes(device.unwrap(base64url.decode(item["wrapped"])))
    assert (sealing_kid(private.public_key()), item["scene"]) == (item["kid"], "medical")
    assert item["not_before"] < item["expires_at"]


def test_each_device_sees_its_own_rows_only(small_town: Town) -> None:
    unit = small_town.a_unit("health")
    sessions = [a_verifier(small_town, unit) for _ in range(2)]
    for api, device in sessions:
        proof = device.encryption_proof(small_town.clock.epoch)
        assert api.post(OWN, {"encryption_key": device.encryption_jwk, "proof": proof}).status_code == 200
    assert deliver(small_town) == 2
    wrapped = [api.get(KEYS).json["items"][0]["wrapped"] for api, _ in sessions]
    assert (
        len({device.unwrap(base64url.decode(text)) for (_, device), text in zip(sessions, wrapped, strict=True)}) == 1
    )
    assert len(set(wrapped)) == 2


def test_a_gate_gets_none(small_town: Town) -> None:
    device = Device()
    door, body = enrolment(small_town, device, "transport")
    device.verifier_id = door.post("/api/v1/verifiers/enrolment", body).json["verifier_id"]
    assert deliver(small_town) == 0
    assert open_session(small_town, device).get(KEYS).json["items"] == []


ON_THE_WAY: dict[str, dict[str, Any] | None] = {
    "taken out": None,
    "exchanged": Device().encryption_jwk,
    "a point of small order": {"kty": "OKP", "crv": "X25519", "x": ZERO},
    "of another curve": {"kty": "OKP", "crv": "Ed25519", "x": ZERO},
    "nothing": {},
    "a number for text": {"kty": "OKP", "crv": "X25519", "x": 7},
}


@pytest.mark.parametrize("name", ON_THE_WAY)
def test_an_encryption_key_that_the_proof_does_not_cover_is_refused(small_town: Town, name: str) -> None:
    door, body = enrolment(small_town, Device())
    refused = door.post("/api/v1/verifiers/enrolment", body | {"encryption_key": ON_THE_WAY[name]})
    assert (refused.status_code, refused.json["code"]) == (422, "proof_invalid")
    assert door.post("/api/v1/verifiers/enrolment", body).status_code == 201, "the code is not spent by it"


def test_an_encryption_key_put_in_beside_a_proof_without_one_is_refused(small_town: Town) -> None:
    device = Device()
    door, body = enrolment(small_town, device)
    plain = body | {"proof": device.proof(body["code"], small_town.clock.epoch)}
    assert door.post("/api/v1/verifiers/enrolment", plain).json["code"] == "proof_invalid"


@pytest.mark.parametrize(
    "jwk", [{"kty": "OKP", "crv": "X25519", "x": ZERO}, {"kty": "OKP", "crv": "X25519", "x": "AA"}, {"kty": "EC"}]
)
def test_a_point_that_nothing_can_be_sealed_to_is_refused_even_if_it_is_signed(
    small_town: Town, jwk: dict[str, Any]
) -> None:
    api, device = a_verifier(small_town)
    proof = device.encryption_proof(small_town.clock.epoch, encryption_key=jwk)
    assert api.post(OWN, {"encryption_key": jwk, "proof": proof}).json["code"] == "proof_invalid"


def test_the_statement_must_be_the_device_s_own_and_fresh(small_town: Town) -> None:
    api, device = a_verifier(small_town)
    now, body = small_town.clock.epoch, {"encryption_key": device.encryption_jwk}
    for proof in (
        device.encryption_proof(now, key=Device().key),
        device.encryption_proof(now - 301),
        device.encryption_proof(now, iss="0" * 32),
        device.encryption_proof(now, encryption_key=Device().encryption_jwk),
        device.proof("AB", now, encryption_key=device.encryption_jwk, iss=device.verifier_id),
        device.assertion(now, encryption_key=device.encryption_jwk),
        "",
    ):
        assert api.post(OWN, body | {"proof": proof}).json["code"] == "proof_invalid"
    assert api.post(OWN, body | {"proof": device.encryption_proof(now)}).json == {
        "kid": sealing_kid(device.encryption.public_key())
    }
