"""Two first starts at once: a key that one of them sealed is never lost to the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecard.keystore import KeyStore, KeyStoreError


def test_a_key_made_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (KeyStore(tmp_path / "keys", tmp_path / "passphrase") for _ in range(2))
    first.create_passphrase()
    made = first.create_signer("code")
    monkeypatch.setattr(Path, "exists", lambda _path: False)  # it looked a moment before
    second.create_passphrase()
    with pytest.raises(KeyStoreError, match="never overwritten"):
        second.create_signer("code")
    assert second.signer("code").public_key.public_numbers() == made.public_key.public_numbers()
    monkeypatch.undo()
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"code.sealed", "passphrase"}
