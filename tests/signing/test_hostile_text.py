"""Whatever the text, there is a verdict, and it is valid for the genuine texts only. Device codes: `test_hostile_device_code`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import OUTCOME_OF, base64url, digits
from tests.signing.circumstances import judge
from tests.vectors.city import a_code, a_jwt, sign_cwt, sign_jws, token_of, write_bytes, write_cwt

CODE, JWT = a_code(), a_jwt()
GENUINE = {CODE, JWT}
TOKEN = token_of(CODE)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.binary(max_size=9)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers() | st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(st.text())
def test_any_text(text: str) -> None:
    _is_judged(text)


@given(st.text(alphabet=st.characters(codec=None, categories=("Cs", "Nd", "Zs", "Cf")), max_size=300))
def test_surrogates_foreign_digits_and_blanks(text: str) -> None:
    _is_judged(text)
    _is_judged("351" + text)


@given(st.text(alphabet="0123456789", max_size=1300))
def test_any_digits(text: str) -> None:
    _is_judged(text)
    _is_judged("351" + text)


@given(st.binary(max_size=480))
def test_any_bytes_in_digits(token: bytes) -> None:
    _is_judged(digits.encode(token))


@given(st.binary(max_size=200), st.binary(max_size=600), st.binary(max_size=80))
def test_any_bytes_in_a_compact_jws(header: bytes, payload: bytes, signature: bytes) -> None:
    _is_judged(".".join(map(base64url.encode, (header, payload, signature))))


@given(st.integers(0, len(TOKEN) * 8 - 1))
def test_genuine_token_with_a_bit_flipped(bit: int) -> None:
    number = int.from_bytes(TOKEN, "big") ^ (1 << bit)
    _is_judged(digits.encode(number.to_bytes(len(TOKEN), "big")))


@given(st.integers(0, len(TOKEN)), st.integers(0, len(TOKEN)), st.binary(max_size=9))
def test_genuine_token_with_a_part_replaced(start: int, end: int, part: bytes) -> None:
    _is_judged(digits.encode(TOKEN[:start] + part + TOKEN[end:]))


@pytest.mark.parametrize("text", [CODE, JWT], ids=["digits", "jwt"])
@given(data=st.data())
def test_genuine_text_with_a_character_changed(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec=None, exclude_characters=text[at]))
    _is_judged(text[:at] + other + text[at + 1 :])


@given(st.lists(TREES, max_size=5), st.integers(0, 2**32))
def test_any_tagged_array(items: list[object], tag: int) -> None:
    _is_judged(write_cwt(items, tag=tag))


@given(st.dictionaries(st.sampled_from([1, 4, 6, 7, 8, -65537]) | st.integers(), TREES, max_size=6))
def test_any_payload_properly_signed(payload: dict[object, object]) -> None:
    _is_judged(write_cwt(sign_cwt(payload)))


@given(st.binary(max_size=100), st.binary(max_size=20))
def test_any_payload_and_header_bytes_properly_signed(payload: bytes, header: bytes) -> None:
    _is_judged(write_cwt(sign_cwt(payload or b"\0", header or b"\0")))


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_json_properly_signed(header: str, payload: str) -> None:
    _is_judged(sign_jws(header.encode("utf-8", "replace").decode(), payload.encode("utf-8", "replace").decode()))


@pytest.mark.parametrize("depth", [100, 1_000, 1_400])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deeply_nested_json(opening: str, depth: int) -> None:
    _is_judged(sign_jws(opening * (depth // len(opening)), "{}"))


@pytest.mark.parametrize(("arrays", "code"), [(99, "claims_invalid"), (100, "malformed"), (400, "malformed")])
def test_what_is_nested_too_deeply_is_malformed_before_any_key_is_looked_for(arrays: int, code: str) -> None:
    """TypeScript's bound: beyond it the two verifiers gave different answers, `unknown` one of them where the key was."""
    header, payload = (base64url.decode(part).decode() for part in JWT.split(".")[:2])
    text = sign_jws(header, f'{payload[:-1]},"x":{"[" * arrays}1{"]" * arrays}}}')
    assert judge(text).code == code


@pytest.mark.parametrize("head", [0x81, 0xA1, 0xC1, 0xD8, 0x5F, 0x9F, 0xBF, 0x9B, 0x5B])
def test_deeply_nested_cbor(head: int) -> None:
    _is_judged(write_bytes(bytes([head]) * 480))


def _is_judged(text: str) -> None:
    verdict = judge(text)
    assert OUTCOME_OF[verdict.code] == verdict.outcome
    assert verdict.outcome != "valid" or digits.fold(text) in GENUINE
