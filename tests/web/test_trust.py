"""Trust material over HTTP: exactly the published bytes, cheap to ask again, readable from everywhere, good for any JOSE library."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.serving import make_server

from ecard.store.models import Publication
from signing import RootFile, TrustBundle, base64url, shard_of
from signing.sync import sync
from tests.town import Api, Town

DOCUMENTS = [
    ("/trust/root.json", "application/json"),
    ("/trust/keys", "application/jose+json"),
    ("/trust/manifest", "application/jose"),
    ("/.well-known/jwks.json", "application/jwk-set+json"),
    ("/trust/status/{}", "application/statuslist+jwt"),
    ("/trust/status/{}/list", "application/octet-stream"),
    ("/trust/status/{}/changes", "application/octet-stream"),
]


@pytest.fixture
def published(small_town: Town) -> Town:
    small_town.a_card("suspended")
    small_town.publisher().publish()
    return small_town


def path_of(town: Town, path: str) -> str:
    return path.format(shard_of(town.clock.epoch))


@pytest.mark.parametrize(("path", "media_type"), DOCUMENTS)
def test_every_document_is_revalidated_and_costs_nothing_when_unchanged(
    published: Town, path: str, media_type: str
) -> None:
    client, address = published.client(), path_of(published, path)
    first = client.get(address)
    assert (first.status_code, first.mimetype) == (200, media_type)
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert client.get(address, headers={"If-None-Match": '"another"'}).status_code == 200


def test_an_entity_tag_changes_with_the_document(published: Town) -> None:
    client = published.client()
    first = client.get("/trust/manifest")
    assert first.headers["ETag"] == f'"{b64encode(hashlib.sha256(first.data).digest()[:18]).decode()}"'
    published.clock.forward(minutes=1)
    published.publisher().publish_if_due()
    second = client.get("/trust/manifest", headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.data != first.data) == (200, True)


def test_what_is_served_is_what_a_verifier_accepts(published: Town) -> None:
    api = Api(published.client())
    bundle = TrustBundle.accept(
        published.trust().root,
        keys=api.get("/trust/keys").data,
        manifest=api.get("/trust/manifest").data,
        now=published.clock.epoch,
    )
    for shard in bundle.missing_lists():
        bundle = bundle.with_list(shard, api.get(f"/trust/status/{shard}/list").data)
    assert bundle.shards.keys() == bundle.manifest.shards.keys()


def test_a_follower_asks_for_the_new_changes_alone(published: Town) -> None:
    client, address = published.client(), path_of(published, "/trust/status/{}/changes")
    whole = client.get(address)
    assert (whole.headers["Accept-Ranges"], len(whole.data)) == ("bytes", 4)
    published.a_card("suspended")
    published.publisher().publish()
    part = client.get(address, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.headers["Content-Range"], part.mimetype) == (206, "bytes 4-7/8", whole.mimetype)
    assert whole.data + part.data == client.get(address).data
    assert part.headers["ETag"] == client.get(address).headers["ETag"] != whole.headers["ETag"]


@pytest.mark.parametrize(
    ("headers", "status", "length"),
    [
        ({"Range": "bytes=0-3"}, 206, 4),
        ({"Range": "bytes=2-"}, 206, 2),
        ({"Range": "bytes=-1"}, 206, 1),
        ({"Range": "bytes=0-99"}, 206, 4),
        ({"Range": "bytes=3-1"}, 200, 4),
        ({"Range": "words=0-1"}, 200, 4),
        ({"Range": "bytes=0-1", "If-Range": '"another"'}, 200, 4),
        ({"Range": "nonsense"}, 200, 4),
        ({"Range": "bytes=0-0,2-2"}, 200, 4),
    ],
    ids=[
        "whole",
        "to the end",
        "last",
        "beyond the end",
        "backwards",
        "another unit",
        "of another version",
        "nonsense",
        "several",
    ],
)
def test_byte_ranges(published: Town, headers: dict[str, str], status: int, length: int) -> None:
    answer = published.client().get(path_of(published, "/trust/status/{}/changes"), headers=headers)
    assert (answer.status_code, len(answer.data)) == (status, length)


def test_a_range_behind_the_end_is_refused(published: Town) -> None:
    answer = published.client().get(path_of(published, "/trust/status/{}/changes"), headers={"Range": "bytes=4-7"})
    assert answer.status_code == 416
    assert answer.get_json()["code"] == "range_not_satisfiable"


@pytest.mark.parametrize(("path", "media_type"), DOCUMENTS)
def test_trust_material_carries_few_headers(published: Town, path: str, media_type: str) -> None:
    """Every gate asks each minute: what only a page needs is left out."""
    answer = published.client().get(path_of(published, path))
    assert set(answer.headers.keys()) - {"Accept-Ranges", "X-Request-Id"} == {
        "Content-Type",
        "Content-Length",
        "Date",
        "ETag",
        "Cache-Control",
        "Access-Control-Allow-Origin",
        "X-Content-Type-Options",
    }


def test_a_verifier_that_syncs_over_http_follows(published: Town, tmp_path: Path) -> None:
    """The real client against the real routes: joining by lists, then following by ranges."""
    with serving(published.app) as url:
        root = RootFile.parse(published.client().get("/trust/root.json").data)
        assert sync(url, root, tmp_path, now=published.clock.epoch).changed
        for _ in range(3):
            holder = published.a_card("suspended")
            published.publisher().publish()
            synced = sync(url, root, tmp_path, now=published.clock.epoch)
            assert published.revoked_in(synced.bundle, holder) == {True}
        assert synced.downloaded == len(synced.bundle.manifest.data) + 4 * len(synced.bundle.shards)
        assert not sync(url, root, tmp_path, now=published.clock.epoch).changed


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("shard", ["0", "1", "99999999"])
@pytest.mark.parametrize("part", ["", "/list", "/changes"])
def test_a_list_that_is_not_alive_is_not_there(published: Town, shard: str, part: str) -> None:
    answer = Api(published.client()).get(f"/trust/status/{shard}{part}")
    assert (answer.status_code, answer.json["code"]) == (404, "trust_not_found")


@pytest.mark.parametrize("path", ["/trust/keys", "/trust/manifest", "/.well-known/jwks.json"])
def test_before_the_first_publication_everybody_is_asked_to_come_again(small_town: Town, path: str) -> None:
    answer = Api(small_town.client()).get(path)
    assert (answer.status_code, answer.json["code"]) == (503, "trust_not_ready")


@pytest.mark.parametrize("scene", ["identity", "transit"])
def test_another_library_verifies_a_jwt_with_the_published_keys(published: Town, scene: str) -> None:
    citizen = published.sign_in(published.a_card())
    text = citizen.post("/api/v1/codes", {"scene": scene, "form": "jwt"}).json["text"]
    keys = KeySet.import_key_set(citizen.get("/.well-known/jwks.json").json)  # type: ignore[arg-type]
    token = jwt.decode(text, keys, algorithms=["ES256"])
    assert token.header["typ"] == "ecard+jwt"
    assert (token.claims["scene"], token.claims["exp"] - token.claims["iat"]) == (scene, 60)
    uri = token.claims["status"]["status_list"]["uri"]
    assert uri == f"{published.foundation.settings.issuer}/trust/status/{shard_of(token.claims['exp'])}"


def test_the_published_keys_hold_no_list_key_and_nothing_private(published: Town) -> None:
    keys = Api(published.client()).get("/.well-known/jwks.json").json["keys"]
    assert [sorted(key) for key in keys] == [["alg", "crv", "kid", "kty", "use", "x", "y"]]
    assert {key["kid"] for key in keys} == set(published.trust().keys.code_keys)


def test_a_revoked_key_is_offered_to_no_library(published: Town) -> None:
    """A JWK set has no word for revoked."""
    with published.foundation.uow.write() as tx:
        row = tx.db.get_one(Publication, "keys")
        document = json.loads(row.body)
        payload = json.loads(base64url.decode(document["payload"]))
        for key in payload["keys"]:
            key["revoked"] = published.clock.epoch
        row.body = json.dumps({"payload": base64url.encode(json.dumps(payload).encode())}).encode()
    assert Api(published.client()).get("/.well-known/jwks.json").json["keys"] == []


def test_the_stream_is_found_on_its_own_port(published: Town) -> None:
    answer = published.client().get("/trust/events", base_url="http://ecard.example:8000")
    assert (answer.status_code, answer.headers["Location"]) == (307, "http://ecard.example:8001/trust/events")


def test_ready_from_the_first_publication_on_and_still_when_the_worker_is_away(small_town: Town) -> None:
    """Were an old manifest a reason to send nobody here, a dead worker would keep people from reporting a loss."""
    client = small_town.client()
    assert client.get("/readyz").status_code == 503
    small_town.publisher().publish()
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json) == (
        200,
        {"ready": True, "database": True, "redis": True, "manifest_age": 0, "code_key": "ok"},
    )
    small_town.clock.forward(minutes=5)
    late = client.get("/readyz")
    assert (late.status_code, late.get_json()["manifest_age"]) == (200, 300)
    assert client.get("/healthz").status_code == 200


def test_metrics_answer_to_this_machine_only(small_town: Town) -> None:
    client = small_town.client()
    assert b"ecard_requests_total" in client.get("/metrics").data
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404
