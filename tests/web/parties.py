"""Everybody who can knock at the API, signed in as they really sign in."""

from __future__ import annotations

from ecard.domain.actors import Role
from tests.services.devices import Device
from tests.town import Api, Holder, Town

BANK_ROLES = {Role.BANK_CLERK, Role.PHONE_OPERATOR}


def staff(town: Town, role: Role, *, bank: str = "own", unit: int | None = None) -> Api:
    """A member of staff at work."""
    return town.sign_in_staff(
        town.staff(role, bank=bank if role in BANK_ROLES else None, at_outlet=role is Role.BANK_CLERK, unit=unit)
    )


def a_verifier(town: Town, unit: int | None = None) -> tuple[Api, Device]:
    """A device that was enrolled over HTTP and opened a session."""
    unit = unit or town.a_unit()
    admin, door, device = staff(town, Role.UNIT_ADMIN, unit=unit), Api(town.client()), Device()
    code = admin.post("/api/v1/unit/verifiers", {"label": "窗口 3", "preset": "hospital"}).json["enrolment_code"]
    enrolled = door.post(
        "/api/v1/verifiers/enrolment",
        {"code": code, "public_key": device.jwk, "proof": device.proof(code, town.clock.epoch)},
    )
    assert enrolled.status_code == 201, enrolled.json
    device.verifier_id = enrolled.json["verifier_id"]
    return open_session(town, device), device


def open_session(town: Town, device: Device) -> Api:
    """A new session of an enrolled device."""
    door = Api(town.client())
    opened = door.post("/api/v1/verifiers/sessions", {"assertion": device.assertion(town.clock.epoch)})
    assert opened.status_code == 201, opened.json
    return door.with_token(opened.json["access_token"])


def everybody(town: Town, holder: Holder) -> dict[str, Api]:
    """One of each role, and a stranger."""
    unit = town.a_unit()
    return {
        "stranger": Api(town.client()),
        Role.CITIZEN.value: town.sign_in(holder),
        Role.VERIFIER.value: a_verifier(town, unit)[0],
        **{
            role.value: staff(town, role, unit=unit if role is Role.UNIT_ADMIN else None)
            for role in Role
            if role not in {Role.CITIZEN, Role.VERIFIER, Role.SYSTEM}
        },
    }
