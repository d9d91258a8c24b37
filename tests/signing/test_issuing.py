"""Making codes and trust material."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from signing import (
    Claims,
    ClaimsError,
    CredentialClaims,
    P256Signer,
    digits,
    encode_code,
    encode_credential,
    encode_jwt,
    encode_presentation,
    generate_key,
    parse_unverified,
)
from tests.signing.circumstances import judge
from tests.vectors.city import (
    CODE,
    IDENTITY,
    ISSUER,
    LIBRARY,
    MEDICAL,
    NOW,
    PHONE,
    a_code,
    a_credential,
    a_jwt,
    credential_claims,
    some_claims,
    token_of,
)

WRONG = {
    "attribute missing": replace(some_claims(), attributes={"concession": 1}),
    "attribute too many": replace(some_claims(scene=IDENTITY), attributes={"concession": 1}),
    "attribute out of range": replace(some_claims(), attributes={"concession": 256, "pseudonym": bytes(8)}),
    "attribute of another type": replace(some_claims(), attributes={"concession": 1, "pseudonym": 8}),
    "attribute not known": Claims(LIBRARY, 1, bytes(8), NOW, NOW + 60, {"shelf": 3}),
    "sealed claims of half a block": Claims(MEDICAL, 1, bytes(8), NOW, NOW + 60, {"sealed": bytes(60)}),
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


def _credential_of(claims: Claims) -> CredentialClaims:
    return CredentialClaims(claims.scene, claims.index, claims.issued_at, claims.expires_at, claims.attributes)


@pytest.mark.parametrize("name", [name for name in WRONG if not name.startswith("token number")])
def test_claims_that_no_verifier_would_accept_make_no_credential(name: str) -> None:
    with pytest.raises(ClaimsError):
        encode_credential(_credential_of(WRONG[name]), PHONE.public_key, CODE)


def test_a_phone_s_key_is_one_of_p_256() -> None:
    foreign = ec.generate_private_key(ec.SECP384R1()).public_key()
    with pytest.raises(ClaimsError, match="P-256"):
        encode_credential(credential_claims(), foreign, CODE)


@pytest.mark.parametrize("credential", [b"", token_of(a_code()), a_credential()[:-1], a_credential() + b"\0"])
def test_only_a_credential_is_presented(credential: bytes) -> None:
    with pytest.raises(ClaimsError, match="not a credential"):
        encode_presentation(credential, PHONE, now=NOW)


@pytest.mark.parametrize(("now", "challenge"), [(-1, None), (2**53, None), (NOW, -1), (NOW, 2**53)])
def test_times_and_challenges_that_cannot_be_written(now: int, challenge: int | None) -> None:
    with pytest.raises(ClaimsError):
        encode_presentation(a_credential(), PHONE, now=now, challenge=challenge)


def _sealing(blocks: int) -> CredentialClaims:
    claims = credential_claims(scene=MEDICAL, index=2**31 - 1)
    return replace(claims, attributes={"sealed": bytes(52 + 16 * blocks)})


def test_twelve_blocks_of_sealed_claims_fit_into_a_device_code_with_an_answer() -> None:
    credential = encode_credential(_sealing(12), PHONE.public_key, CODE)
    text = encode_presentation(credential, PHONE, now=NOW, challenge=2**53 - 1)
    assert len(text) <= digits.MAX_DIGITS
    assert parse_unverified(text).attributes == [bytes(52 + 16 * 12)]


def test_a_credential_that_fits_into_no_device_code_is_not_made() -> None:
    with pytest.raises(ClaimsError, match="fits into no device code"):
        encode_credential(_sealing(13), PHONE.public_key, CODE)


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
