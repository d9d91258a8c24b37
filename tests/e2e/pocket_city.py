"""An issuer in the browser's network: the pages are the real server's, what they ask the issuer is answered here.

It brings about what a real city takes hours for: an old list, a key that is not there yet, a network that does not answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from playwright.sync_api import BrowserContext, Route

from signing import base64url, describe_key, describe_key_set, describe_seal_key, seal_bytes, seal_claims, sign_key_set
from signing.manifest import pin_shard
from signing.publisher import sign_manifest
from signing.seal import SealedClaims
from signing.sealing_keys import SealingKey, sealing_kid
from signing.statuslist import encode_list, live_shards
from tests.vectors import city
from tests.vectors.bundles import a_root

VERIFIER = "0123456789abcdef0123456789abcdef"
HOLDER = SealedClaims("欧阳明珠", "440106199003071234", 1)
_KEY = SealingKey(sealing_kid(city.SECTOR.public_key()), city.SECTOR.public_key())
_TYPES = {"keys": "application/jose+json", "manifest": "application/jose"}
_UNIT = {"kind": "health", "name": "珠江新城医院", "name_en": "Zhujiang New Town Hospital"}


@dataclass
class PocketCity:
    """``policy`` is what a device is enrolled with; ``is_sector``: whether its unit is given the medical sector's key."""

    policy: dict[str, Any]
    is_sector: bool = True
    list_age: int = 5
    revoked: set[int] = field(default_factory=set)
    online: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda _asked: None
    asked: list[dict[str, Any]] = field(default_factory=list)
    _point: bytes = b""

    def serve(self, context: BrowserContext) -> None:
        """Answers in the server's place from now on."""
        context.route("**/trust/**", self._trust)
        context.route("**/api/v1/verif*/**", self._api)
        context.route("**/api/v1/verifications", self._verification)
        context.route("**/api/v1/public/server-time", lambda route: route.fulfill(json={"epoch": int(time.time())}))

    def code(self, **claims: Any) -> str:
        """A server code of this moment."""
        now = int(time.time())
        return city.a_code(
            city.some_claims(**{"scene": city.IDENTITY, "issued_at": now, "expires_at": now + 60, **claims})
        )

    def device_code(self, *, challenge: int | None = None, age: int = 7200, late: int = 0, **claims: Any) -> str:
        """A code that a phone makes ``late`` seconds ago, out of a credential that is ``age`` seconds old."""
        now = int(time.time()) - late
        times = {"issued_at": now - age, "expires_at": now - age + 86_400}
        found = city.credential_claims(**{"scene": city.IDENTITY, **times, **claims})
        if found.scene is city.MEDICAL:
            found = replace(found, attributes={"sealed": seal_claims(HOLDER, _KEY, "medical")})
        return city.a_device_code(found, now=now, challenge=challenge)

    def _trust(self, route: Route) -> None:
        path = route.request.url.partition("/trust/")[2].partition("?")[0]
        body = self._documents().get(path)
        if body is None:
            route.fulfill(status=404, body="")
        else:
            kind = _TYPES.get(path, "application/octet-stream")
            route.fulfill(body=body, content_type=kind, headers={"ETag": f'"{hash(body)}"'})

    def _documents(self) -> dict[str, bytes]:
        now = int(time.time())
        keys = _key_set(now // 86_400 * 86_400)
        lists = {number: encode_list(self.revoked) for number in live_shards(now)}
        made = now - self.list_age
        manifest = sign_manifest(
            version=now,
            issued_at=made,
            expires_at=made + city.WEEK,
            keys_version=3,
            keys=keys,
            size=city.SHARD_SIZE,
            shards={number: pin_shard(len(self.revoked), data) for number, data in lists.items()},
            signer=city.LIST,
        )
        return {"keys": keys, "manifest": manifest, **{f"status/{number}/list": data for number, data in lists.items()}}

    def _api(self, route: Route) -> None:
        path = route.request.url.partition("/api/v1/")[2]
        asked = json.loads(route.request.post_data or "{}")
        if path == "verifiers/enrolment":
            self._point = base64url.decode(asked["encryption_key"]["x"])
            route.fulfill(status=201, json=self._enrolled())
        elif path == "verifiers/sessions":
            route.fulfill(status=201, json={"access_token": "x", "token_type": "Bearer", "expires_in": 900})
        elif path == "verifier/sector-keys":
            route.fulfill(json={"items": self._sector_keys(), "next": None})
        else:
            route.fulfill(json={"kid": "00000000"})

    def _verification(self, route: Route) -> None:
        asked = json.loads(route.request.post_data or "{}")
        self.asked.append(asked)
        answer = self.online(asked)
        if answer is not None:
            route.fulfill(json=answer)

    def _enrolled(self) -> dict[str, Any]:
        return {
            "verifier_id": VERIFIER,
            "label": "门诊窗口 3",
            "preset": self.policy.get("preset", "counter"),
            "unit": _UNIT,
            "root": json.loads(a_root()),
            "policy": self.policy,
        }

    def _sector_keys(self) -> list[dict[str, str]]:
        if not self.is_sector:
            return []
        point = X25519PublicKey.from_public_bytes(self._point)
        info = b"ecard sector key 1\0" + VERIFIER.encode()
        wrapped = seal_bytes(city.SECTOR.private_bytes_raw(), SealingKey(sealing_kid(point), point), info)
        window = {"not_before": "2026-01-01T00:00:00Z", "expires_at": "2036-01-01T00:00:00Z"}
        return [{"kid": _KEY.kid, "scene": "medical", **window, "wrapped": base64url.encode(wrapped)}]


def _key_set(start: int) -> bytes:
    window = {"not_before": start - 40 * city.WEEK, "expires_at": start + 40 * city.WEEK}
    keys = [
        describe_key(city.CODE.public_key, "code", **window),
        describe_key(city.LIST.public_key, "list", **window),
        describe_seal_key(city.SECTOR.public_key(), "medical", **window),
    ]
    payload = describe_key_set(
        issuer=city.ISSUER,
        version=3,
        issued_at=start - city.WEEK,
        expires_at=start + 40 * city.WEEK,
        keys=keys,
        scenes=[city.IDENTITY, city.TRANSIT, city.MEDICAL],
    )
    return sign_key_set(payload, [city.ROOT])
