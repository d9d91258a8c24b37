"""Claims that only one sector can read."""

from __future__ import annotations

import hashlib

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from signing import SealedClaims, SealError, open_bytes, open_sealed, seal_bytes, seal_claims
from signing.claims import ATTRIBUTES
from signing.sealing_keys import SealingKey, sealing_kid
from tests.signing.circumstances import a_trust
from tests.vectors.city import MEDICAL_ATTRIBUTES, PATIENT, SECTOR

KEY = SealingKey(sealing_kid(SECTOR.public_key()), SECTOR.public_key())
HELD = {KEY.kid: SECTOR}
INFO = b"ecard sealed claims 1\0medical"


class Rfc9180:
    """Appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode; the first encryption."""

    info = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
    private = bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    public = bytes.fromhex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d")
    enc = bytes.fromhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431")
    key = bytes.fromhex("4531685d41d65f03dc48f6b8302c05b0")
    nonce = bytes.fromhex("56d890e5accaaf011cff4b7d")
    plaintext = bytes.fromhex("4265617574792069732074727574682c20747275746820626561757479")
    associated = bytes.fromhex("436f756e742d30")
    ciphertext = bytes.fromhex(
        "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"
    )


def test_rfc_9180_vector_is_opened() -> None:
    """The RFC's example has associated data, which we never have: the same key and nonce without it give what we must open."""
    rfc = Rfc9180
    assert AESGCM(rfc.key).encrypt(rfc.nonce, rfc.plaintext, rfc.associated) == rfc.ciphertext
    private = X25519PrivateKey.from_private_bytes(rfc.private)
    assert private.public_key().public_bytes_raw() == rfc.public
    kid = sealing_kid(private.public_key())
    sealed = bytes.fromhex(kid) + rfc.enc + AESGCM(rfc.key).encrypt(rfc.nonce, rfc.plaintext, b"")
    assert open_bytes(sealed, {kid: private}, rfc.info) == rfc.plaintext


def test_the_city_s_sealed_claims_are_opened() -> None:
    sealed = MEDICAL_ATTRIBUTES["sealed"]
    assert isinstance(sealed, bytes)
    assert open_sealed(sealed, HELD, "medical") == PATIENT


def test_a_key_of_the_key_set_seals() -> None:
    key = a_trust().keys.seal_keys[KEY.kid]
    assert open_sealed(seal_claims(PATIENT, key, key.scene), HELD, "medical") == PATIENT


@given(
    st.builds(
        SealedClaims,
        name=st.text(max_size=30, alphabet=st.characters(codec="utf-8")),
        document_number=st.text(max_size=30, alphabet=st.characters(codec="utf-8")),
        insurance=st.integers(0, 3),
    )
)
def test_whatever_is_sealed_is_opened_and_is_an_attribute(claims: SealedClaims) -> None:
    sealed = seal_claims(claims, KEY, "medical")
    assert open_sealed(sealed, HELD, "medical") == claims
    assert ATTRIBUTES["sealed"](sealed)


def test_the_length_says_little_about_a_name() -> None:
    names = ("王五", "陈美玲")
    lengths = {len(seal_claims(SealedClaims(name, "440106198001010012", 1), KEY, "medical")) for name in names}
    assert len(lengths) == 1


def test_sealing_twice_gives_two_texts() -> None:
    assert seal_claims(PATIENT, KEY, "medical") != seal_claims(PATIENT, KEY, "medical")


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        (SealedClaims("x" * 240, "440106198001010012", 1), "sealed_too_long"),
        (SealedClaims("x", "y", 4), "sealed_malformed"),
        (SealedClaims("x", "y", -1), "sealed_malformed"),
    ],
)
def test_claims_that_cannot_be_sealed(claims: SealedClaims, code: str) -> None:
    with pytest.raises(SealError) as caught:
        seal_claims(claims, KEY, "medical")
    assert caught.value.code == code


def test_without_the_key_the_answer_is_that_it_is_missing() -> None:
    assert _refusal(seal_claims(PATIENT, KEY, "medical"), {}) == "sealed_key_missing"
    assert _refusal(bytes(84)) == "sealed_key_missing"


def test_claims_of_another_scene_are_not_opened() -> None:
    assert _refusal(seal_claims(PATIENT, KEY, "transit")) == "sealed_unreadable"


def test_another_key_of_the_same_name_opens_nothing() -> None:
    other = {KEY.kid: X25519PrivateKey.from_private_bytes(hashlib.sha256(b"other").digest())}
    assert _refusal(seal_claims(PATIENT, KEY, "medical"), other) == "sealed_unreadable"


@given(st.binary(max_size=400))
def test_any_bytes_are_refused(sealed: bytes) -> None:
    assert _refusal(sealed) in {"sealed_malformed", "sealed_key_missing"}
    assert _refusal(bytes.fromhex(KEY.kid) + sealed) in {"sealed_malformed", "sealed_unreadable"}


@given(st.integers(0, 84 * 8 - 1))
def test_a_bit_flipped(bit: int) -> None:
    sealed = MEDICAL_ATTRIBUTES["sealed"]
    assert isinstance(sealed, bytes)
    flipped = int.from_bytes(sealed, "big") ^ (1 << bit)
    # X25519 takes no notice of the highest bit of a point; HPKE does, for it hashes what was written.
    assert _refusal(flipped.to_bytes(len(sealed), "big")) in {"sealed_key_missing", "sealed_unreadable"}


_WRITTEN = cbor2.dumps(["王五", "440106198001010012", 1])


@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        bytes(16),
        _WRITTEN,
        _WRITTEN + bytes(-len(_WRITTEN) % 16 + 16),
        _WRITTEN + b"\1" * (-len(_WRITTEN) % 16),
        b"\x83\x78\x01x\x61y\x01" + bytes(9),
        b"\x83\x61x\x61y\x18\x01" + bytes(9),
        b"\x83\x61x\x61y\x04" + bytes(10),
        b"\x83\x41x\x61y\x01" + bytes(10),
        b"\x9f\x61x\x61y\x01\xff" + bytes(9),
        b"\x84\x61x\x61y\x01\x01" + bytes(9),
        b"\x83\x61\xff\x61y\x01" + bytes(10),
        b"\x83\x7b" + b"\xff" * 14,
        b"\x83\x78\xff" + bytes(13),
    ],
    ids=lambda plaintext: plaintext[:9].hex(),
)
def test_plaintext_of_another_writing(plaintext: bytes) -> None:
    assert _refusal(seal_bytes(plaintext, KEY, INFO)) == "sealed_malformed"


@given(st.binary(max_size=64))
def test_any_plaintext_is_read_or_refused(plaintext: bytes) -> None:
    sealed = seal_bytes(plaintext, KEY, INFO)
    assert open_bytes(sealed, HELD, INFO) == plaintext
    try:
        claims = open_sealed(sealed, HELD, "medical")
    except SealError:
        return
    assert len(seal_claims(claims, KEY, "medical")) == len(sealed)


def _refusal(sealed: bytes, private_keys: dict[str, X25519PrivateKey] = HELD) -> str:
    with pytest.raises(SealError) as caught:
        open_sealed(sealed, private_keys, "medical")
    return caught.value.code
