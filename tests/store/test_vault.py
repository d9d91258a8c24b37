"""What is sealed opens only unchanged, in its own place, with its own key."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from ecard.store.vault import PersonalDetails, Vault

KEY, OTHER_KEY = bytes(32), bytes(range(32))
VAULT = Vault(KEY, KEY)
DETAILS = PersonalDetails("林志远", "resident_id", "11010519491231002X", "+8613800138000", "越秀区")


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_is_sealed_can_be_opened(plain: bytes, owner: str) -> None:
    sealed = VAULT.seal(plain, owner)
    assert VAULT.open(sealed, owner) == plain
    assert VAULT.seal(plain, owner) != sealed, "two seals of one value must not be recognisable"


def test_details_come_back_whole_and_stand_nowhere_in_clear() -> None:
    sealed = VAULT.seal_details(DETAILS, "person:1")
    assert VAULT.open_details(sealed, "person:1") == DETAILS
    for text in (DETAILS.name, DETAILS.document_number, DETAILS.phone, DETAILS.address):
        assert text.encode() not in sealed


def test_every_changed_byte_is_noticed() -> None:
    sealed = VAULT.seal(b"138", "person:1")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(InvalidTag):
            VAULT.open(bytes(changed), "person:1")


@pytest.mark.parametrize("length", range(32))
def test_a_cut_off_value_is_noticed(length: int) -> None:
    with pytest.raises(InvalidTag):
        VAULT.open(VAULT.seal(b"138", "person:1")[:length], "person:1")


def test_a_value_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(InvalidTag):
        VAULT.open_details(VAULT.seal_details(DETAILS, "person:1"), "person:2")


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(InvalidTag):
        Vault(OTHER_KEY, KEY).open(VAULT.seal(b"138", "person:1"), "person:1")


def test_a_blind_index_tells_equality_within_one_kind_and_one_key_and_nothing_else() -> None:
    index = VAULT.blind_index("phone", "+8613800138000")
    assert index == VAULT.blind_index("phone", "+8613800138000")
    assert len(index) == 16
    others = {
        VAULT.blind_index("document", "+8613800138000"),
        VAULT.blind_index("phone", "+8613800138001"),
        VAULT.blind_index("phone\0+86", "13800138000"),
        Vault(KEY, OTHER_KEY).blind_index("phone", "+8613800138000"),
    }
    assert len(others | {index}) == 5
