"""Making codes and trust material."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signing import ClaimsError, P256Signer, encode_code, encode_jwt, generate_key, parse_unverified
from signing.claims import Claims
from tests.signing.circumstances import judge
from tests.vectors.city import CODE, IDENTITY, ISSUER, MEDICAL, NOW, a_code, a_jwt, some_claims

WRONG = {
    "attribute missing": replace(some_claims(), attributes={"concession": 1}),
    "attribute too many": replace(some_claims(scene=IDENTITY), attributes={"concession": 1}),
    "attribute out of range": replace(some_claims(), attributes={"concession": 256, "pseudonym": bytes(8)}),
    "attribute of another type": replace(some_claims(), attributes={"concession": 1, "pseudonym": 8}),
    "attribute not known": Claims(MEDICAL, 1, bytes(8), NOW, NOW + 60, {"sealed": b""}),
    "index negative": replace(some_claims(), index=-1),
    "index too large": replace(some_claims(), index=2**31),
    "token number too short": replace(some_claims(), token_id=b"1234567"),
    "no lifetime": replace(some_claims(), expires_at=NOW),
    "lifetime too long": replace(some_claims(), expires_at=NOW + 604_801),
    "issued before 1970": replace(some_claims(), issued_at=-60, expires_at=0),
}


@pytest.mark.parametrize("name", WRONG)
def test_claims_that_no_verifier_would_accept_are_not_signed(name: str) -> None:
    with pytest.raises(ClaimsError):
        encode_code(WRONG[name], CODE)
    with pytest.raises(ClaimsError):
        encode_jwt(WRONG[name], CODE, issuer=ISSUER)


def test_attributes_are_written_in_the_scene_s_order() -> None:
    claims = replace(some_claims(), attributes={"pseudonym": bytes(range(8)), "concession": 1})
    assert judge(a_code(claims)).claims == some_claims()
    assert a_code(claims) == a_code()


def test_sizes_to_reach() -> None:
    """A QR code of version 8 at level M holds 365 digits."""
    largest = some_claims(index=2**31 - 1, attributes={"concession": 255, "pseudonym": b"\xff" * 8})
    assert len(a_code(largest)) <= 365
    assert len(a_jwt(largest)) <= 600


def test_deterministic_signatures_repeat_and_others_do_not() -> None:
    key = generate_key()
    steady, usual = P256Signer(key, deterministic=True), P256Signer(key)
    assert steady.sign(b"x") == steady.sign(b"x")
    assert usual.sign(b"x") != usual.sign(b"x")
    assert steady.kid == usual.kid


def test_any_signer_will_do() -> None:
    """A key in a token of PKCS#11 brings its kid and its signature, nothing else."""

    class ElsewhereSigner:
        kid = CODE.kid

        def sign(self, message: bytes) -> bytes:
            return CODE.sign(message)

    assert encode_code(some_claims(), ElsewhereSigner()) == a_code()
    assert parse_unverified(a_code()).kid == CODE.kid
