"""Fetching trust material from servers that are honest, slow, wrong or hostile."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from signing import RootFile, SyncError, TrustBundle, TrustError, encode_changes, encode_list
from signing.sync import Synced, sync
from tests.signing.publisher_server import Answer, Publisher, pouring, publishing
from tests.vectors import bundles
from tests.vectors.bundles import Bundle, a_bundle, a_key_set, a_manifest, a_root
from tests.vectors.city import NOW, SHARD

ROOT = RootFile.parse(a_root())
OCTETS = {"Content-Type": "application/octet-stream"}
LIST, CHANGES = f"/trust/status/{SHARD}/list", f"/trust/status/{SHARD}/changes"
NEWS = encode_changes([(77, True)])


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
    assert (synced.changed, synced.bundle.missing_lists()) == (True, [])
    fetched = {path: data for path, data in publisher.documents().items() if not path.endswith("changes")}
    assert sorted(publisher.requests) == sorted(fetched)
    assert synced.downloaded == sum(map(len, fetched.values()))
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


def test_new_revocation_costs_manifest_and_four_bytes(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    publisher.requests.clear()
    publisher.bundle = _newer(changes=bundles.CHANGES + NEWS)
    synced = _sync(publisher, folder)
    assert synced.bundle.shards[SHARD].is_revoked(77)
    assert publisher.requests == ["/trust/manifest", CHANGES]
    assert synced.downloaded == len(publisher.bundle.manifest) + 4
    assert TrustBundle.load(folder).shards == synced.bundle.shards


def test_new_key_set_costs_manifest_and_key_set(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    publisher.requests.clear()
    publisher.bundle = _newer(keys=a_key_set(version=4), keys_version=4)
    assert _sync(publisher, folder).bundle.keys.version == 4
    assert publisher.requests == ["/trust/manifest", "/trust/keys"]


def test_many_changes_are_not_fetched_where_the_list_is_shorter(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    publisher.requests.clear()
    publisher.bundle = _newer(changes=bundles.CHANGES + encode_changes([(index, True) for index in range(20, 120)]))
    assert _sync(publisher, folder).bundle.shards[SHARD].is_revoked(119)
    assert publisher.requests == ["/trust/manifest", LIST]


def test_log_that_became_shorter_is_fetched_as_a_list(publisher: Publisher, folder: Path) -> None:
    """The issuer's database was restored from a backup."""
    _sync(publisher, folder)
    publisher.requests.clear()
    publisher.bundle = _newer(changes=bundles.CHANGES[:4])
    assert not _sync(publisher, folder).bundle.shards[SHARD].is_revoked(9)
    assert publisher.requests == ["/trust/manifest", LIST]


def test_changes_that_lead_elsewhere_are_made_up_for_by_the_list(publisher: Publisher, folder: Path) -> None:
    """As after a restored backup whose log has grown again."""
    _sync(publisher, folder)
    publisher.requests.clear()
    publisher.bundle = _newer(changes=encode_changes([(index, True) for index in (1, 2, 3, 4, 77)]))
    assert _sync(publisher, folder).bundle.shards[SHARD].is_revoked(77)
    assert publisher.requests == ["/trust/manifest", CHANGES, LIST]


def test_changes_that_grew_since_the_manifest(publisher: Publisher, folder: Path) -> None:
    """Only those that the manifest counts are asked for."""
    _sync(publisher, folder)
    publisher.bundle = _newer(changes=bundles.CHANGES + NEWS)
    log = publisher.bundle.changes[SHARD] + encode_changes([(78, True)])
    publisher.bundle = replace(publisher.bundle, changes={**publisher.bundle.changes, SHARD: log})
    shard = _sync(publisher, folder).bundle.shards[SHARD]
    assert (shard.is_revoked(77), shard.is_revoked(78)) == (True, False)


def test_server_that_knows_no_ranges(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    publisher.bundle = _newer(changes=bundles.CHANGES + NEWS)
    publisher.requests.clear()
    publisher.answers[CHANGES] = (200, OCTETS, bundles.CHANGES + NEWS)
    assert _sync(publisher, folder).bundle.shards[SHARD].is_revoked(77)
    assert publisher.requests == ["/trust/manifest", CHANGES]


@pytest.mark.parametrize(
    "answer",
    [
        (206, {**OCTETS, "Content-Range": "bytes 0-3/20"}, bundles.CHANGES[:4]),
        (206, {**OCTETS, "Content-Range": "bytes 16-18/19"}, NEWS[:3]),
        (206, {**OCTETS, "Content-Range": "bytes 16-19/20"}, NEWS[:3]),
        (206, {**OCTETS, "Content-Range": "bytes 16-19/20"}, NEWS * 2),
        (206, {**OCTETS, "Content-Range": "words 16-19/20"}, NEWS),
        (206, OCTETS, NEWS),
        (206, {"Content-Type": "multipart/byteranges; boundary=x", "Content-Range": "bytes 16-19/20"}, NEWS),
        (206, {**OCTETS, "Content-Range": "bytes 16-19/20", "Content-Encoding": "gzip"}, NEWS),
        (200, OCTETS, bundles.CHANGES),
        (200, {"Content-Type": "text/html"}, b"<html>"),
        (404, {}, b""),
        (416, {"Content-Range": "bytes */16"}, b""),
    ],
    ids=[
        "another range",
        "shorter range",
        "shorter than it says",
        "longer than it says",
        "another unit",
        "no range",
        "several ranges",
        "compressed",
        "too short as a whole",
        "portal",
        "missing",
        "refused",
    ],
)
def test_changes_that_a_server_or_proxy_spoils_are_made_up_for_by_the_list(
    publisher: Publisher, folder: Path, answer: Answer
) -> None:
    _sync(publisher, folder)
    publisher.bundle = _newer(changes=bundles.CHANGES + NEWS)
    publisher.requests.clear()
    publisher.answers[CHANGES] = answer
    assert _sync(publisher, folder).bundle.shards[SHARD].is_revoked(77)
    assert publisher.requests == ["/trust/manifest", CHANGES, LIST]


def test_list_that_never_matches_is_given_up(publisher: Publisher, folder: Path) -> None:
    """Each time the manifest is asked for anew, for something newer may have been published meanwhile."""
    publisher.answers[LIST] = (200, OCTETS, encode_list({1}))
    _refuses(TrustError, "list_mismatch", publisher, folder)
    assert publisher.requests.count("/trust/manifest") == publisher.requests.count(LIST) == 3
    assert not folder.exists()


def test_what_is_published_between_two_requests_is_fetched_anew(publisher: Publisher, folder: Path) -> None:
    newer = _newer(changes=bundles.CHANGES + NEWS)

    def publish_before_the_list(path: str) -> None:
        if path == LIST:
            publisher.bundle = newer

    publisher.before = publish_before_the_list
    assert _sync(publisher, folder).bundle.manifest.version == 900
    assert publisher.requests.count("/trust/manifest") == 2


def test_folder_that_is_broken_is_fetched_anew(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    (folder / "keys.json").write_bytes(b"{}")
    assert _sync(publisher, folder).changed
    assert TrustBundle.load(folder).manifest.version == 812


def test_folder_that_lost_a_list_is_fetched_anew(publisher: Publisher, folder: Path) -> None:
    _sync(publisher, folder)
    (folder / f"status-{SHARD}.list").unlink()
    assert _sync(publisher, folder).bundle.missing_lists() == []
    assert TrustBundle.load(folder).missing_lists() == []


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
        "manifest-signed-by-a-retired-key",
        "list-beyond-the-shard",
        "list-truncated",
    ],
)
def test_unsound_material_is_refused_and_the_folder_stays(publisher: Publisher, folder: Path, name: str) -> None:
    publisher.bundle = a_bundle(
        changes=b"", manifest=lambda pins, **given: a_manifest(pins, **{**given, "version": 811})
    )
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
        ((200, {"Content-Type": "application/jose", "Content-Length": str(1 << 60)}, b"x"), "too_large"),
        ((200, {"Content-Type": "application/jose", "Content-Encoding": "gzip"}, b"x"), "unexpected"),
        ((206, {"Content-Type": "application/jose", "Content-Range": "bytes 0-0/1"}, b"x"), "unexpected"),
        ((302, {"Location": "/trust/manifest"}, b""), "unexpected"),
        ((302, {}, b""), "unexpected"),
        ((302, {"Location": "http://[/"}, b""), "unreachable"),
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
        "says that it is huge",
        "compressed",
        "partial",
        "to itself",
        "to nowhere",
        "to no address",
    ],
)
def test_answer_that_is_no_manifest(publisher: Publisher, folder: Path, answer: Answer, code: str) -> None:
    publisher.answers["/trust/manifest"] = answer
    _refuses(SyncError, code, publisher, folder, timeout=0.5)
    assert not folder.exists()


def test_redirect_within_the_scheme_is_followed(publisher: Publisher, folder: Path) -> None:
    publisher.answers["/trust/keys"] = (307, {"Location": "/elsewhere"}, b"")
    publisher.answers["/elsewhere"] = (200, {"Content-Type": "application/jose+json"}, publisher.bundle.keys)
    assert _sync(publisher, folder).changed


def test_answer_that_is_longer_than_it_says_is_cut(publisher: Publisher, folder: Path) -> None:
    """Content-Length is what counts in HTTP; what is left is no list."""
    whole = publisher.bundle.lists[SHARD]
    publisher.answers[LIST] = (200, {**OCTETS, "Content-Length": str(len(whole) - 1)}, whole)
    _refuses(TrustError, "list_mismatch", publisher, folder)


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


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/jose\r\n"


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b"H"),
        (HEAD, b"x"),
        (HEAD, b"X: y\r\n"),
        (HEAD + b"\r\n", b"x"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["status line", "header", "headers", "body", "length of a chunk", "chunks"],
)
def test_server_that_drips(folder: Path, start: bytes, drop: bytes) -> None:
    """Each byte comes in time, the whole never."""
    with pouring(start, drop, pause=0.02) as url:
        began = time.monotonic()
        with pytest.raises(SyncError, match="unreachable"):
            sync(url, ROOT, folder, now=NOW, timeout=0.1)
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("head", [HEAD, HEAD + b"Transfer-Encoding: chunked\r\n"], ids=["plain", "chunked"])
def test_body_that_never_ends(folder: Path, head: bytes) -> None:
    drop = b"8000\r\n" + bytes(0x8000) + b"\r\n" if b"chunked" in head else bytes(0x8000)
    with pouring(head + b"\r\n", drop) as url, pytest.raises(SyncError, match="too_large"):
        sync(url, ROOT, folder, now=NOW)


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/9.9\r\n\r\n",
        b"\0" * 99 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n",
        HEAD + b"Content-Length: -5\r\n\r\n",
    ],
    ids=["version", "noise", "headers", "long header", "chunk", "negative chunk", "negative length"],
)
def test_server_that_does_not_speak_http(folder: Path, start: bytes) -> None:
    with pouring(start, b"") as url, pytest.raises((SyncError, TrustError)):
        sync(url, ROOT, folder, now=NOW, timeout=0.3)


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
