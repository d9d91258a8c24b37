"""Trust material over HTTP: exactly the published bytes, cheap to ask again, readable from everywhere, good for any JOSE library."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from signing import TrustBundle, shard_of
from tests.town import Api, Town

DOCUMENTS = [
    ("/trust/root.json", "application/json"),
    ("/trust/keys", "application/jose+json"),
    ("/trust/manifest", "application/jose"),
    ("/.well-known/jwks.json", "application/jwk-set+json"),
    ("/trust/status/{}", "application/statuslist+jwt"),
    ("/trust/status/{}/delta", "application/octet-stream"),
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
    for shard in bundle.missing_snapshots():
        bundle = bundle.with_snapshot(shard, api.get(f"/trust/status/{shard}").data)
    for shard in bundle.missing_deltas():
        bundle = bundle.with_delta(shard, api.get(f"/trust/status/{shard}/delta").data)
    assert bundle.shards.keys() == bundle.manifest.shards.keys()


@pytest.mark.parametrize("shard", ["0", "1", "99999999"])
@pytest.mark.parametrize("part", ["", "/delta"])
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
