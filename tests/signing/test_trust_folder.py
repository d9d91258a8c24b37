"""The trust folder: power may fail at any instant."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import stat
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from signing import TrustBundle, TrustError, encode_changes, trust_folder
from tests.signing.test_trust_attacks import load
from tests.vectors import bundles
from tests.vectors.bundles import a_bundle, a_manifest
from tests.vectors.city import SHARD

OLD = a_bundle()
NEW = a_bundle(
    keys=bundles.a_key_set(version=4),
    keys_version=4,
    changes=bundles.CHANGES + encode_changes([(77, True)]),
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
        *(f"status-{number}.list" for number in (SHARD, SHARD + 1)),
    }


def test_lists_of_the_past_are_removed(tmp_path: Path) -> None:
    load(OLD).save(tmp_path)
    load(NEW).save(tmp_path)
    assert {name for name in _names(tmp_path) if str(SHARD + 1) in name} == set()


def test_lists_of_another_age_of_the_format_are_removed(tmp_path: Path) -> None:
    for name in (f"status-{SHARD}.jwt", f"status-{SHARD}.delta"):
        (tmp_path / name).write_bytes(b"")
    load(OLD).save(tmp_path)
    assert {name for name in _names(tmp_path) if "status" in name} == {
        f"status-{SHARD}.list",
        f"status-{SHARD + 1}.list",
    }


@pytest.mark.parametrize("written", [0.0, 0.5, 1.0], ids=["empty", "torn", "whole"])
def test_power_failure_at_every_instant(tmp_path: Path, written: float) -> None:
    """Before each flush, rename or removal: the folder holds the old set or the new one, and the next save heals it.

    Of a file that was not flushed yet, only a part has reached the disk.
    """
    versions = []
    for moment in itertools.count():
        folder = tmp_path / str(moment)
        load(OLD).save(folder)
        if not _fails(partial(load(NEW).save, folder), moment, partial(_lose_power, written)):
            break
        versions.append(_held(folder))
        load(NEW).save(folder)
        _assert_whole_and_tidy(folder)
    assert versions == sorted(versions), "once the new set is there, it stays"
    assert set(versions) == {812, 900}
    assert len(versions) >= 20


def test_power_failure_while_a_power_failure_is_healed(tmp_path: Path) -> None:
    """Power fails again at every instant of the save after one that was cut short at every instant."""
    for first in itertools.count():
        origin = tmp_path / f"{first}"
        load(OLD).save(origin)
        if not _fails(partial(load(NEW).save, origin), first, partial(_lose_power, 0.5)):
            break
        before = _held(origin)
        for second in itertools.count(first % 3, 3):
            folder = tmp_path / f"{first}-{second}"
            shutil.copytree(origin, folder)
            if not _fails(partial(load(NEW).save, folder), second, partial(_lose_power, 0.5)):
                break
            assert before <= _held(folder) <= 900
            load(NEW).save(folder)
            _assert_whole_and_tidy(folder)
            shutil.rmtree(folder)


def test_disk_that_is_full_at_every_instant(tmp_path: Path) -> None:
    """The save says so; what was held is held, and the next save, with room again, leaves nothing behind."""
    for moment in itertools.count():
        folder = tmp_path / str(moment)
        load(OLD).save(folder)
        if not _fails(partial(load(NEW).save, folder), moment, _fill_disk):
            break
        assert _held(folder) in {812, 900}
        load(NEW).save(folder)
        _assert_whole_and_tidy(folder)
    assert moment >= 20


def test_files_of_two_versions_are_never_believed_together(tmp_path: Path) -> None:
    """Any mixture, as a copy of a folder in use may be: one version, with some of its lists, or a refusal."""
    sets = [load(bundle).to_files().by_name() for bundle in (OLD, NEW)]
    names = sorted(sets[0].keys() | sets[1].keys())
    believed = 0
    for choice in itertools.product(sets, repeat=len(names)):
        _fill(tmp_path, {name: chosen[name] for name, chosen in zip(names, choice, strict=True) if name in chosen})
        try:
            bundle = TrustBundle.load(tmp_path)
        except TrustError:
            continue
        believed += 1
        whole = load(NEW if bundle.manifest.version == 900 else OLD)
        assert bundle.keys.data == whole.keys.data
        assert bundle.shards.items() <= whole.shards.items()
    assert believed > 2


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


def _fails(save: Callable[[], None], moment: int, fail: Callable[[object], NoReturn]) -> bool:
    """Whether ``save`` failed before its step ``moment`` that touches the disk; False if it has fewer steps."""
    steps = itertools.count()

    def before(step: Callable[..., object]) -> Callable[..., object]:
        def act(*arguments: object, **options: object) -> object:
            if next(steps) == moment:
                fail(arguments[0])
            return step(*arguments, **options)

        return act

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", before(os.fsync))
        patch.setattr(Path, "replace", before(Path.replace))
        patch.setattr(Path, "unlink", before(Path.unlink))
        try:
            save()
        except (PowerFailure, OSError):
            return True
    return False


def _lose_power(written: float, target: object) -> NoReturn:
    """Ends the writer; of the file that it was about to flush, so much is there."""
    if isinstance(target, int) and stat.S_ISREG(os.fstat(target).st_mode):
        os.ftruncate(target, int(os.fstat(target).st_size * written))
    raise PowerFailure


def _fill_disk(_target: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _held(folder: Path) -> int:
    """The version that the folder holds, whole: never a list of another one."""
    bundle = TrustBundle.load(folder)
    assert bundle.shards == load(NEW if bundle.manifest.version == 900 else OLD).shards
    return bundle.manifest.version


def _assert_whole_and_tidy(folder: Path) -> None:
    assert TrustBundle.load(folder).to_files() == load(NEW).to_files()
    assert not [name for name in _names(folder) if name.endswith((".next", ".part"))]


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Makes these the only files, without asking anybody."""
    for path in folder.iterdir():
        path.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
