"""Fetching trust material from servers that are honest, slow, wrong or hostile."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from signing import RootFile, SyncError, TrustBundle, TrustError, encode_delta
from signing.sync import Synced, sync
from tests.signing.publisher_server import Publisher, publishing
from tests.vectors import bundles
from tests.vectors.bundles import Bundle, a_bundle, a_key_set, a_manifest, a_root
from tests.vectors.city import NOW, SHARD

ROOT = RootFile.parse(a_root())
DELTA = f"/trust/status/{SHARD}/delta"


pytestmark = pytest.mark.timeout(20)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing(a_bundle()) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "trust"


def test_first_synchronization_fetches_everything_once(publisher: Publisher, folder: Path) -> None:
    synced = _sync(publisher, folder)
    assert (synced.changed, synced.bundle.missing_deltas()) == (True, [])
    assert sorted(publisher.requests) == sorted(publisher.documents())
    assert synced.downloaded == sum(map(len, publisher.documents().values()))
    assert TrustBundle.load(folder).to_files() == synced.bundle.to_files()


def test_nothing_new_costs_one_request_and_no_bytes(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    publisher.requests.clear()
    synced = _sync(publisher, folder)
    assert (synced.changed, synced.downloaded, publisher.requests) == (False, 0, ["/trust/manifest"])


def test_new_manifest_alone_costs_the_manifest(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    publisher.requests.clear()
    publisher.bundle = _newer()
    assert _sync(publisher, folder).bundle.manifest.version == 900
    assert publisher.requests == ["/trust/manifest"]
    assert TrustBundle.load(folder).manifest.version == 900


def test_new_revocation_costs_manifest_and_delta(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    publisher.requests.clear()
    publisher.bundle = _newer(delta=bundles.a_delta() + encode_delta([(77, True)]))
    assert _sync(publisher, folder).bundle.shards[SHARD].is_revoked(77)
    assert publisher.requests == ["/trust/manifest", DELTA]


def test_new_key_set_does_not_fetch_known_lists_again(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    publisher.requests.clear()
    publisher.bundle = _newer(keys=a_key_set(version=4), keys_version=4)
    assert _sync(publisher, folder).bundle.keys.version == 4
    assert [path for path in publisher.requests if not path.endswith("delta")] == ["/trust/manifest", "/trust/keys"]


def test_empty_delta_is_not_fetched(folder: Path) -> None:
    with publishing(a_bundle(delta=b"")) as publisher:
        assert _sync(publisher, folder).bundle.missing_deltas() == []
        assert DELTA not in publisher.requests


def test_delta_that_grew_since_the_manifest_is_cut_to_its_length(publisher: Publisher, folder: Path) -> None:
    grown = publisher.bundle.deltas[SHARD] + encode_delta([(77, True)])
    publisher.answers[DELTA] = (200, {"Content-Type": "application/octet-stream"}, grown)
    assert not _sync(publisher, folder).bundle.shards[SHARD].is_revoked(77)


def test_what_is_published_between_two_requests_is_fetched_anew(publisher: Publisher, folder: Path) -> None:
    newer = _newer(delta=encode_delta([(77, True)]))

    def publish_before_the_delta(path: str) -> None:
        if path == DELTA:
            publisher.bundle = newer

    publisher.before = publish_before_the_delta
    assert _sync(publisher, folder).bundle.manifest.version == 900
    assert publisher.requests.count("/trust/manifest") == 2


def test_folder_that_is_broken_is_fetched_anew(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    (folder / "keys.json").write_bytes(b"{}")
    assert _sync(publisher, folder).changed
    assert TrustBundle.load(folder).manifest.version == 812


def test_folder_that_lost_a_list_is_fetched_anew(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    (folder / f"status-{SHARD}.jwt").unlink()
    assert _sync(publisher, folder).bundle.missing_deltas() == []
    assert TrustBundle.load(folder).missing_deltas() == []


def test_rollback_is_refused_even_when_the_folder_is_broken(publisher: Publisher, folder: Path) -> None:
    publisher.bundle = _newer()
    _sync(publisher, folder)
    (folder / "keys.json").write_bytes(b"{}")
    publisher.bundle = a_bundle()
    _refuses(TrustError, "manifest_rollback", publisher, folder)


@pytest.mark.parametrize(
    "name",
    [
        "keys-signed-by-a-stranger",
        "manifest-tampered",
        "snapshot-is-a-bomb",
        "delta-beyond-the-shard",
        "delta-truncated",
    ],
)
def test_unsound_material_is_refused_and_the_folder_stays(publisher: Publisher, folder: Path, name: str) -> None:
    publisher.bundle = a_bundle(delta=b"", manifest=lambda pins, **given: a_manifest(pins, **{**given, "version": 811}))
    _sync(publisher, folder)
    before = _content(folder)
    code, make = bundles.UNSOUND[name]
    publisher.bundle = make()
    _refuses(TrustError, code, publisher, folder)
    assert _content(folder) == before


def test_another_root_needs_a_folder_of_its_own(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    other = RootFile.parse(a_root(issuer="https://elsewhere.example"))
    with pytest.raises(TrustError, match="root_differs"):
        sync(publisher.url, other, folder, now=NOW)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>"), "unexpected"),
        ((204, {}, b""), "unexpected"),
        ((304, {}, b""), "unexpected"),
        ((404, {}, b""), "unexpected"),
        ((500, {}, b""), "unexpected"),
        ((302, {"Location": "file:///etc/passwd"}, b""), "unexpected"),
        ((302, {"Location": "https://127.0.0.1:1/"}, b""), "refused"),
        ((302, {"Location": "ftp://127.0.0.1:1/"}, b""), "refused"),
        ((200, {"Content-Type": "application/jose"}, b"x" * (1 << 20)), "too_large"),
        ((200, {"Content-Type": "application/jose", "Content-Length": "9999"}, b"x"), "unreachable"),
    ],
    ids=[
        "portal",
        "empty",
        "not modified",
        "missing",
        "broken",
        "to a file",
        "to https",
        "to ftp",
        "huge",
        "cut short",
    ],
)
def test_answer_that_is_no_manifest(
    publisher: Publisher, folder: Path, answer: tuple[int, dict[str, str], bytes], code: str
) -> None:
    publisher.answers["/trust/manifest"] = answer
    _refuses(SyncError, code, publisher, folder, timeout=0.5)
    assert not folder.exists()


def test_redirect_within_the_scheme_is_followed(publisher: Publisher, folder: Path) -> None:
    publisher.answers["/trust/keys"] = (307, {"Location": "/elsewhere"}, b"")
    publisher.answers["/elsewhere"] = (200, {"Content-Type": "application/jose+json"}, publisher.bundle.keys)
    assert _sync(publisher, folder).changed


def test_total_is_bounded(publisher: Publisher, folder: Path) -> None:
    _refuses(SyncError, "too_large", publisher, folder, max_bytes=1500)


@pytest.mark.parametrize("url", ["file:///tmp", "ftp://127.0.0.1/", "127.0.0.1", "", "http://"])
def test_address_of_another_scheme(url: str, folder: Path) -> None:
    with pytest.raises(SyncError, match="refused"):
        sync(url, ROOT, folder, now=NOW)


def test_server_that_is_not_there(folder: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(SyncError, match="unreachable"):
        sync(f"http://127.0.0.1:{port}", ROOT, folder, now=NOW)


def test_server_that_says_nothing(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(SyncError, match="unreachable"):
        sync(f"http://127.0.0.1:{silent.getsockname()[1]}", ROOT, folder, now=NOW, timeout=0.2)


def test_server_that_drips(folder: Path) -> None:
    """Each byte comes in time, the whole never."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/jose\r\n\r\n")
                while not stopped.wait(0.02):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        with pytest.raises(SyncError, match="unreachable"):
            sync(f"http://127.0.0.1:{listening.getsockname()[1]}", ROOT, folder, now=NOW, timeout=0.1)
        stopped.set()
        thread.join()


def _newer(**changes: Any) -> Bundle:
    return a_bundle(manifest=lambda pins, **given: a_manifest(pins, **{**given, "version": 900}), **changes)


def _sync(publisher: Publisher, folder: Path, **options: Any) -> Synced:
    return sync(publisher.url, ROOT, folder, now=NOW, **options)


def _refuses(
    error: type[SyncError | TrustError], code: str, publisher: Publisher, folder: Path, **options: Any
) -> None:
    with pytest.raises(error, match=f"^{code}: "):
        _sync(publisher, folder, **options)


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
