"""The decimal writing."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import CodeError, digits

FORMATS = st.sampled_from([digits.SERVER_FORMAT, digits.DEVICE_FORMAT])


@given(st.binary(min_size=1, max_size=480).filter(lambda token: token[0] != 0), FORMATS)
def test_every_token_has_one_text(token: bytes, form: bytes) -> None:
    text = digits.encode(token, form)
    assert digits.decode(text) == (form, token)
    assert text.isascii()
    assert text.isdigit()


@given(st.text(alphabet="0123456789０１２３４５６７８９ \t\r\n\u3000\ufeff", max_size=600))
def test_whatever_decodes_encodes_to_its_folded_self(text: str) -> None:
    try:
        written = digits.decode(text)
    except CodeError:
        return
    if written is not None:
        form, token = written
        assert digits.encode(token, form) == digits.fold(text)


def test_interpreter_that_converts_few_digits_only() -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        with pytest.raises(CodeError, match="malformed"):
            digits.decode("351" + "7" * 1000)
    finally:
        sys.set_int_max_str_digits(before)


@pytest.mark.parametrize("text", ["", "35", "3", "36123", "\ud800", "351x", "३५१७", "²"])
def test_text_that_is_not_written_in_digits(text: str) -> None:
    assert digits.decode(text) is None
