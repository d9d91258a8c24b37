"""Bytes become lines, whatever they are, in a bounded room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.gate.lines import MAX_LINE_BYTES, LineSplitter
from tests.signing.circumstances import judge


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\t", b"\r\n", b"\n\n\r"])
def test_every_ending_that_scanners_have(end: bytes) -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"351" + end + b"352" + end) == ["351", "352"]
    assert not splitter.is_within_line


def test_a_line_in_pieces() -> None:
    splitter = LineSplitter()
    assert [line for byte in b"35123\r" for line in splitter.feed(bytes([byte]))] == ["35123"]


def test_what_stands_without_an_end_is_a_line_when_asked_for() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"35123") == []
    assert splitter.is_within_line
    assert (splitter.flush(), splitter.flush()) == (["35123"], [])


def test_a_megabyte_is_one_line_that_is_too_long_and_the_next_is_whole() -> None:
    splitter = LineSplitter()
    for _ in range(16):
        assert splitter.feed(b"3" * 65_536) == []
    (huge, good) = splitter.feed(b"\r35123\r")
    assert (len(huge), good) == (MAX_LINE_BYTES, "35123")
    assert judge(huge).code == "too_long"


def test_a_megabyte_of_the_longest_characters_is_too_long_too() -> None:
    (line,) = LineSplitter().feed("𠮷".encode() * 65_536 + b"\r")
    assert judge(line).code == "too_long"


@given(st.lists(st.binary(max_size=300)))
def test_any_bytes_are_lines_and_the_cuts_between_them_do_not_matter(pieces: list[bytes]) -> None:
    splitter, whole = LineSplitter(), LineSplitter()
    lines = [line for piece in pieces for line in splitter.feed(piece)] + splitter.flush()
    assert lines == whole.feed(b"".join(pieces)) + whole.flush()
    assert all(judge(line).outcome == "invalid" for line in lines)
