"""A unit's verifiers: a code counts once for a day, a key until its device is disabled or replaced, an assertion once for a minute."""

from __future__ import annotations

from typing import Any

import pytest

from ecard.domain.actors import Role
from ecard.domain.errors import RefusedError
from ecard.services.sessions import open_session, session_is_alive
from ecard.services.verifier_proof import check_assertion, check_enrolment_proof, claimed_verifier
from ecard.services.verifiers import (
    create_verifier,
    disable_verifier,
    enrol_verifier,
    enrolled_verifier,
    renew_enrolment_code,
    unit_verifiers,
)
from ecard.store.models import Verifier
from tests.services.devices import SESSIONS, Device, admin_of, an_enrolled_device
from tests.services.people import done, refused
from tests.town import Town

KEY = Device().jwk


def a_code(town: Town, unit: int) -> tuple[str, str]:
    """A new verifier's public id, and its code."""

    def work(tx: Any) -> tuple[str, str]:
        verifier, code = create_verifier(tx, admin_of(unit), "门诊窗口 3", "hospital")
        return verifier.public_id, code

    return done(town, work)


def a_new_code(town: Town, unit: int, verifier_id: str) -> str:
    return done(town, lambda tx: renew_enrolment_code(tx, admin_of(unit), verifier_id)[1])


def disable(town: Town, unit: int, verifier_id: str) -> None:
    done(town, lambda tx: disable_verifier(tx, admin_of(unit), verifier_id))


def enrol(town: Town, code: str, key: dict[str, Any] = KEY) -> str:
    return done(town, lambda tx: enrol_verifier(tx, code, key).public_id)


def enrol_refused(town: Town, code: str) -> str:
    return refused(town, lambda tx: enrol_verifier(tx, code, KEY))


def is_enrolled(town: Town, verifier_id: str) -> bool:
    with town.foundation.uow.read() as tx:
        try:
            return enrolled_verifier(tx, verifier_id).public_key is not None
        except RefusedError:
            return False


def test_a_code_enrols_once(any_town: Town) -> None:
    verifier_id, code = a_code(any_town, any_town.a_unit())
    assert not is_enrolled(any_town, verifier_id)
    assert enrol(any_town, f" {code.lower().replace('-', ' ')} ") == verifier_id
    assert is_enrolled(any_town, verifier_id)
    assert enrol_refused(any_town, code) == "enrolment_code_wrong"


def test_a_code_counts_for_a_day(town: Town) -> None:
    _, code = a_code(town, town.a_unit())
    town.clock.forward(hours=24)
    assert enrol_refused(town, code) == "enrolment_code_wrong"


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA", "登记码", "' OR 1=1"])
def test_a_wrong_code_gets_the_answer_of_a_spent_one(town: Town, code: str) -> None:
    a_code(town, town.a_unit())
    assert enrol_refused(town, code) == "enrolment_code_wrong"


def test_a_disabled_verifier_is_out_with_code_key_and_sessions(any_town: Town) -> None:
    unit = any_town.a_unit()
    waiting, code = a_code(any_town, unit)
    device, actor = an_enrolled_device(any_town, unit)
    session = done(any_town, lambda tx: open_session(tx, Role.VERIFIER, int(actor.id.split(":")[1])).id)
    for verifier_id in (waiting, device.verifier_id):
        disable(any_town, unit, verifier_id)
        assert not is_enrolled(any_town, verifier_id)
    assert enrol_refused(any_town, code) == "enrolment_code_wrong"
    with any_town.foundation.uow.read() as tx:
        assert not session_is_alive(tx, session)


def test_a_new_code_does_not_bring_back_the_key_of_a_disabled_device(any_town: Town) -> None:
    """A stolen gate was disabled; its replacement is being enrolled."""
    unit = any_town.a_unit()
    stolen, _ = an_enrolled_device(any_town, unit)
    done(any_town, lambda tx: disable_verifier(tx, admin_of(unit), stolen.verifier_id))
    code = a_new_code(any_town, unit, stolen.verifier_id)
    assert not is_enrolled(any_town, stolen.verifier_id)
    assert enrol(any_town, code, Device().jwk) == stolen.verifier_id
    assert is_enrolled(any_town, stolen.verifier_id)


def test_enrolling_again_replaces_the_key_and_ends_the_old_device_s_sessions(town: Town) -> None:
    unit = town.a_unit()
    old, actor = an_enrolled_device(town, unit)
    number = int(actor.id.split(":")[1])
    session = done(town, lambda tx: open_session(tx, Role.VERIFIER, number).id)
    code, new = a_new_code(town, unit, old.verifier_id), Device()
    with town.foundation.uow.read() as tx:
        assert session_is_alive(tx, session), "until the new device is there, the old one works"
    enrol(town, code, new.jwk)
    with town.foundation.uow.read() as tx:
        assert tx.db.get_one(Verifier, number).public_key == new.jwk
        assert not session_is_alive(tx, session)


def test_a_unit_sees_and_changes_only_its_own_verifiers(town: Town) -> None:
    unit, other = town.a_unit(), town.a_unit("transport")
    verifier_id, _ = a_code(town, unit)
    with town.foundation.uow.read() as tx:
        assert [row.public_id for row in unit_verifiers(tx, admin_of(unit), before=None, limit=5)] == [verifier_id]
        assert unit_verifiers(tx, admin_of(other), before=None, limit=5) == []
    assert refused(town, lambda tx: disable_verifier(tx, admin_of(other), verifier_id)) == "verifier_not_found"
    assert refused(town, lambda tx: renew_enrolment_code(tx, admin_of(other), verifier_id)) == "verifier_not_found"


NOW = 1_795_000_000
DEVICE = Device(verifier_id="c0ffee")
OTHER = Device(verifier_id="c0ffee")


def test_a_proof_of_the_key_for_this_code_is_accepted() -> None:
    private = DEVICE.jwk | {"d": "secret", "kid": "x"}
    assert check_enrolment_proof(DEVICE.proof("AB", NOW), private, "AB", now=NOW) == DEVICE.jwk


PROOFS: dict[str, tuple[str, dict[str, Any]]] = {
    "another code": (DEVICE.proof("CD", NOW), DEVICE.jwk),
    "another key": (OTHER.proof("AB", NOW), DEVICE.jwk),
    "an old one": (DEVICE.proof("AB", NOW - 301), DEVICE.jwk),
    "one of the future": (DEVICE.proof("AB", NOW + 301), DEVICE.jwk),
    "no time": (DEVICE.proof("AB", NOW, iat="now"), DEVICE.jwk),
    "an assertion": (DEVICE.assertion(NOW), DEVICE.jwk),
    "no token": ("…", DEVICE.jwk),
    "nothing": ("", DEVICE.jwk),
    "no key": (DEVICE.proof("AB", NOW), {}),
    "a key off the curve": (DEVICE.proof("AB", NOW), DEVICE.jwk | {"x": DEVICE.jwk["y"]}),
    "another curve": (DEVICE.proof("AB", NOW), DEVICE.jwk | {"crv": "P-384"}),
    "a symmetric key": (DEVICE.proof("AB", NOW), {"kty": "oct", "k": "AAAA", "crv": "P-256"}),
    "numbers for text": (DEVICE.proof("AB", NOW), {"kty": 1, "crv": "P-256", "x": 2, "y": [3]}),
    "half characters": (DEVICE.proof("AB", NOW), DEVICE.jwk | {"x": "\ud800"}),
}


@pytest.mark.parametrize("name", PROOFS)
def test_a_proof_that_proves_nothing_is_refused(name: str) -> None:
    proof, key = PROOFS[name]
    with pytest.raises(RefusedError, match="proof_invalid"):
        check_enrolment_proof(proof, key, "AB", now=NOW)


AUDIENCES = {SESSIONS, f"https://ecard.example{SESSIONS}"}


def known(key: dict[str, Any] | None = None) -> Verifier:
    return Verifier(public_id="c0ffee", public_key=DEVICE.jwk if key is None else key)


@pytest.mark.parametrize("audience", sorted(AUDIENCES))
@pytest.mark.parametrize("drift", [-300, 0, 300])
def test_a_device_is_believed_with_a_clock_five_minutes_off(audience: str, drift: int) -> None:
    assertion = DEVICE.assertion(NOW + drift, aud=audience, jti="7")
    assert claimed_verifier(assertion) == "c0ffee"
    assert check_assertion(assertion, known(), audiences=AUDIENCES, now=NOW) == ("7", NOW + drift + 60)


ASSERTIONS = {
    "another key": OTHER.assertion(NOW),
    "another issuer": DEVICE.assertion(NOW, iss="another"),
    "another service": DEVICE.assertion(NOW, aud=f"https://evil.example{SESSIONS}"),
    "another path": DEVICE.assertion(NOW, aud="/api/v1/verifications"),
    "many audiences": DEVICE.assertion(NOW, aud=[SESSIONS]),
    "too long": DEVICE.assertion(NOW, exp=NOW + 61),
    "for no time": DEVICE.assertion(NOW, exp=NOW),
    "ended before it began": DEVICE.assertion(NOW, exp=NOW - 10),
    "a clock too slow": DEVICE.assertion(NOW - 301),
    "a clock too fast": DEVICE.assertion(NOW + 301),
    "no number": DEVICE.assertion(NOW, jti=None),
    "no end": DEVICE.assertion(NOW, exp=None),
    "no issuer": DEVICE.assertion(NOW, iss=None),
    "a number for a text": DEVICE.assertion(NOW, jti=7),
    "another type": DEVICE.assertion(NOW, typ="JWT"),
    "an enrolment proof": DEVICE.proof("AB", NOW),
    "a changed claim": DEVICE.assertion(NOW)[:-20] + "A" * 20,
    "nothing": "",
}


@pytest.mark.parametrize("name", ASSERTIONS)
def test_an_assertion_that_is_not_the_device_s_own_now_and_here_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match="assertion_invalid"):
        check_assertion(ASSERTIONS[name], known(), audiences=AUDIENCES, now=NOW)


def test_a_verifier_without_a_key_is_not_believed() -> None:
    with pytest.raises(RefusedError, match="assertion_invalid"):
        check_assertion(DEVICE.assertion(NOW), known({}), audiences=AUDIENCES, now=NOW)
