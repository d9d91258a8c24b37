"""The trust folder: power may fail at any instant."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from signing import TrustBundle, TrustError, trust_folder
from tests.signing.test_trust_attacks import load
from tests.vectors import bundles
from tests.vectors.bundles import a_bundle, a_manifest
from tests.vectors.city import SHARD

OLD = a_bundle()
NEW = a_bundle(
    keys=bundles.a_key_set(version=4),
    keys_version=4,
    delta=bundles.a_delta() * 2,
    shards=(SHARD, SHARD + 2),
    manifest=lambda pins, **given: a_manifest(pins, **{**given, "version": 900}),
)


class PowerFailure(BaseException):
    """Ends a writer where it stands; nothing catches it."""


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    saved = load(OLD)
    saved.save(tmp_path / "deep" / "trust")
    loaded = TrustBundle.load(tmp_path / "deep" / "trust")
    assert loaded.to_files() == saved.to_files()
    assert _names(tmp_path / "deep" / "trust") == {
        "root.json",
        "keys.json",
        "manifest.jws",
        "state.json",
        *(f"status-{number}.{form}" for number in (SHARD, SHARD + 1) for form in ("jwt", "delta")),
    }


def test_lists_of_the_past_are_removed(tmp_path: Path) -> None:
    load(OLD).save(tmp_path)
    load(NEW).save(tmp_path)
    assert {name for name in _names(tmp_path) if str(SHARD + 1) in name} == set()


def test_power_failure_at_every_instant(tmp_path: Path) -> None:
    """Before each write, flush, rename or removal: the folder holds the old set or the new one, and the next save heals it."""
    versions = []
    for moment in itertools.count():
        folder = tmp_path / str(moment)
        load(OLD).save(folder)
        if not _is_cut_short(partial(load(NEW).save, folder), moment):
            break
        versions.append(TrustBundle.load(folder).manifest.version)
        load(NEW).save(folder)
        assert TrustBundle.load(folder).to_files() == load(NEW).to_files()
        assert not [name for name in _names(folder) if name.endswith((".next", ".part"))]
    assert versions == sorted(versions), "once the new set is there, it stays"
    assert set(versions) == {812, 900}
    assert len(versions) > 20


def test_reader_beside_a_writer_sees_one_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole save happens between two files that the reader reads."""
    load(OLD).save(tmp_path)
    pending = [load(NEW)]
    read_bounded = trust_folder._read_bounded

    def read_after_a_save(path: Path, kind: str) -> bytes:
        if path.name == "keys.json" and pending:
            pending.pop().save(tmp_path)
        return read_bounded(path, kind)

    monkeypatch.setattr(trust_folder, "_read_bounded", read_after_a_save)
    assert TrustBundle.load(tmp_path).manifest.version == 900


@pytest.mark.parametrize("name", ["root.json", "keys.json", "manifest.jws"])
def test_folder_without_a_file(tmp_path: Path, name: str) -> None:
    load(OLD).save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(TrustError, match="folder_unreadable"):
        TrustBundle.load(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="folder_unreadable"):
        TrustBundle.load(tmp_path / "nowhere")


def test_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "trust").write_text("")
    with pytest.raises(TrustError, match="folder_unreadable"):
        TrustBundle.load(tmp_path / "trust")


def test_file_that_is_too_large(tmp_path: Path) -> None:
    load(OLD).save(tmp_path)
    (tmp_path / "root.json").write_bytes(b" " * (1 << 17))
    with pytest.raises(TrustError, match="folder_unreadable"):
        TrustBundle.load(tmp_path)


def test_folder_restored_from_an_older_copy_but_for_its_state(tmp_path: Path) -> None:
    load(NEW).save(tmp_path)
    state = (tmp_path / "state.json").read_bytes()
    load(OLD).save(tmp_path)
    (tmp_path / "state.json").write_bytes(state)
    with pytest.raises(TrustError, match="keys_rollback"):
        TrustBundle.load(tmp_path)


def _is_cut_short(save: Callable[[], None], moment: int) -> bool:
    """Whether power failed in ``save`` before its step ``moment`` that touches the disk; False if it has fewer steps."""
    steps = itertools.count()

    def before(step: Callable[..., object]) -> Callable[..., object]:
        def act(*arguments: object, **options: object) -> object:
            if next(steps) >= moment:
                raise PowerFailure
            return step(*arguments, **options)

        return act

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", before(os.fsync))
        patch.setattr(Path, "replace", before(Path.replace))
        patch.setattr(Path, "unlink", before(Path.unlink))
        patch.setattr(trust_folder, "_write_durably", before(trust_folder._write_durably))
        try:
            save()
        except PowerFailure:
            return True
    return False


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
