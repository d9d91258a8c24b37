"""Whatever stands behind ``352``, there is a verdict, and it is valid for the genuine codes only, or for the twin of one."""

from __future__ import annotations

import cbor2
from hypothesis import given
from hypothesis import strategies as st

from signing import OUTCOME_OF, digits
from tests.signing.circumstances import a_memory, judge
from tests.signing.test_hostile_text import TREES
from tests.vectors.city import (
    GROUP_ORDER,
    NOW,
    PHONE,
    a_credential,
    a_device_code,
    credential_payload,
    sign_cwt,
    sign_presentation,
    token_of,
    write_bytes,
    write_device,
)

CODE, CREDENTIAL = a_device_code(), a_credential()
TOKEN = token_of(CODE)
HEADER = b"\xa2\x01\x26\x0d" + CREDENTIAL


@given(st.binary(max_size=480))
def test_any_bytes(token: bytes) -> None:
    _is_judged(write_device(token))


@given(st.integers(0, len(TOKEN) * 8 - 1))
def test_a_bit_flipped(bit: int) -> None:
    number = int.from_bytes(TOKEN, "big") ^ (1 << bit)
    _is_judged(write_device(number.to_bytes(len(TOKEN), "big")))


def test_every_bit_of_a_stripped_credential_flipped() -> None:
    for bit in range(len(CREDENTIAL) * 8):
        number = int.from_bytes(CREDENTIAL, "big") ^ (1 << bit)
        assert judge(write_bytes(number.to_bytes(len(CREDENTIAL), "big"))).outcome != "valid"


def test_every_cut_is_malformed() -> None:
    for length in range(len(TOKEN)):
        assert judge(write_device(TOKEN[:length])).code == "malformed"
        assert judge(write_device(TOKEN[len(TOKEN) - length :])).code == "malformed"


@given(st.integers(0, len(TOKEN)), st.integers(0, len(TOKEN)), st.binary(max_size=9))
def test_a_part_replaced(start: int, end: int, part: bytes) -> None:
    _is_judged(write_device(TOKEN[:start] + part + TOKEN[end:]))


@given(st.data())
def test_a_character_changed(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(CODE) - 1))
    other = data.draw(st.characters(codec=None, exclude_characters=CODE[at]))
    _is_judged(CODE[:at] + other + CODE[at + 1 :])


@given(st.binary(max_size=80))
def test_any_payload_properly_signed(payload: bytes) -> None:
    signed = cbor2.dumps(["Signature1", HEADER, b"", payload])
    _is_judged(write_device([HEADER, {}, payload, PHONE.sign(signed)]), genuine_payload=payload)


@given(st.dictionaries(st.sampled_from([6, 10]) | st.integers(), TREES, max_size=3))
def test_any_payload_map_properly_signed(payload: dict[object, object]) -> None:
    content = cbor2.dumps(payload)
    signed = cbor2.dumps(["Signature1", HEADER, b"", content])
    _is_judged(write_device([HEADER, {}, content, PHONE.sign(signed)]), genuine_payload=content)


@given(st.binary(max_size=250))
def test_any_header_properly_signed(header: bytes) -> None:
    _is_judged(write_device(sign_presentation(header=header)))


@given(st.binary(max_size=250))
def test_any_bytes_as_credential_properly_presented(credential: bytes) -> None:
    _is_judged(write_device(sign_presentation(credential or b"\0")))


@given(st.dictionaries(st.sampled_from([1, 4, 6, 7, 8, -65537]) | st.integers(), TREES, max_size=6))
def test_any_credential_payload_properly_signed_twice(payload: dict[object, object]) -> None:
    credential = cbor2.dumps(cbor2.CBORTag(18, sign_cwt(payload)))
    _is_judged(write_device(sign_presentation(credential)))
    _is_judged(write_bytes(credential))


@given(st.sampled_from([1, -1, -2, -3]), TREES)
def test_any_member_of_the_phone_s_key(member: int, value: object) -> None:
    payload = credential_payload()
    confirmation = payload[8]
    assert isinstance(confirmation, dict)
    if confirmation[1][member] == value and type(confirmation[1][member]) is type(value):
        return
    confirmation[1][member] = value
    _is_judged(write_device(sign_presentation(cbor2.dumps(cbor2.CBORTag(18, sign_cwt(payload))))))


@given(st.binary(min_size=32, max_size=32))
def test_any_x_of_the_phone_s_key(x: bytes) -> None:
    payload = credential_payload()
    payload[8] = {1: {1: 2, -1: 1, -2: x, -3: False}}
    verdict = judge(write_device(sign_presentation(cbor2.dumps(cbor2.CBORTag(18, sign_cwt(payload))))))
    assert verdict.code in {"claims_invalid", "bad_holder_signature"}


@given(st.binary(min_size=64, max_size=64))
def test_any_signature_of_the_phone(signature: bytes) -> None:
    _is_judged(write_device([*sign_presentation()[:3], signature]))


def test_a_rewritten_signature_gives_the_same_code() -> None:
    """ECDSA signatures have a twin (r, n − s) that anyone can write: another text, but no other code."""
    token = TOKEN[:-32] + _negated(TOKEN[-32:])
    twin = write_device(token)
    assert twin != CODE
    memory = a_memory()
    assert judge(CODE, replay=memory).code == "ok"
    assert judge(twin, replay=memory, now=NOW + 9).code == "replayed"


def test_a_credential_with_a_rewritten_signature_gives_the_same_code() -> None:
    """Only the phone can sign such a one again, but it could, to be let through twice."""
    memory = a_memory()
    twin = CREDENTIAL[:-32] + _negated(CREDENTIAL[-32:])
    assert judge(CODE, replay=memory).code == "ok"
    assert judge(write_device(sign_presentation(twin)), replay=memory, now=NOW + 9).code == "replayed"


def _negated(s: bytes) -> bytes:
    return (GROUP_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")


def _is_judged(text: str, genuine_payload: bytes | None = None) -> None:
    verdict = judge(text)
    assert OUTCOME_OF[verdict.code] == verdict.outcome
    if verdict.outcome == "valid":
        shown = cbor2.loads(genuine_payload) if genuine_payload else None
        assert digits.fold(text) == CODE or (shown is not None and shown.keys() == {6} and abs(shown[6] - NOW) <= 90)
