"""The words of the OpenAPI document: what holds for many endpoints, said once, and what each part is for, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ecard.domain.policies import LOST_ANSWER_WINDOW
from ecard.web.promises import TOKENS_ANEW, WITHOUT_KEY, Promise
from ecard.web.wording import PROBLEMS

Json = dict[str, Any]

SUMMARY = "电子社会保障卡：签领、出示、核验、挂失、注销。 Show, verify, report lost, cancel."

_ABOUT = """\
Applications hold on to this contract. Within `/api/v1` members, codes and parameters are added, never taken away or
given another meaning: ignore members that you do not know, and show `detail` for a `code` that you do not know.

**约定**：本文件即接口契约。`/api/v1` 之内只增不减；不认识的成员请忽略，不认识的 `code` 请直接显示 `detail`。

## Sessions · 会话

*Apps and mini-programs* sign in with `"delivery": "body"` and send `Authorization: Bearer <access_token>`. When a
request answers 401 `token_expired`, exchange the refresh token once at `POST /api/v1/auth/sessions/refresh` and
repeat the request; on every other 401 sign in again. A refresh token counts once: showing an old one ends the session
(`refresh_reused`).

*Browsers* sign in with `"delivery": "cookie"`. The tokens then come in `HttpOnly` cookies, and two readable cookies
carry the values that POST, PUT, PATCH and DELETE repeat in `X-CSRF-Token`: `ecard_csrf`, and for the refresh endpoint
`ecard_refresh_csrf`. The counter's apps have cookies of their own (`ecard_counter_…`), so that both can be open in
one browser: paths under `/counter`, `/unit` and `/audit` read these by themselves, the endpoints under `/auth` when
the request carries `X-Ecard-App: counter`. If a request carries both, `Authorization` counts.

*Verifier devices* open a session by a signed assertion and send the token as a bearer token.

应用与小程序用 `body` 方式取得令牌；浏览器用 `cookie` 方式，写操作须携带 `X-CSRF-Token`；柜台应用在 `/auth` 下另加 `X-Ecard-App: counter`。

## Problems · 错误

Every error is an RFC 9457 document, `application/problem+json`, with a stable `code`; each operation names its codes.
Nothing that was sent is repeated in it. `Accept-Language` chooses Chinese (the default) or English for `title` and
`detail`. Where waiting helps, `Retry-After` says how many seconds; `X-Request-Id` finds the request in the record of
the service.

错误一律为 RFC 9457 格式，按 `code` 判断；`Retry-After` 为建议等待的秒数。

## Sending again · 重发

A state-changing request with an `Idempotency-Key` has its effect once, however often it is sent within a day; the
answer is the same, marked `Idempotency-Replayed: true`. Use a new key for every new act, best a random UUID; a refused
request may be sent again with its key.

Tokens are never stored. Where an answer carries some (sign-in, renewal, a verifier's session), the very same request is
given new ones for the same session for {minutes} minutes, unless that was renewed or ended meanwhile; later it is refused as
ever. So *send a key with each renewal*, and the same key while its answer is lost: without one, a refresh token shown
twice ends the session.

Each operation that takes no key says why.

同一 `Idempotency-Key` 的请求只生效一次；新的操作请换新的键。
令牌从不保存：登录或续期的应答丢失时，{minutes} 分钟内以同一键重发同一请求，可为同一会话重新取得令牌。

## Lists and times · 分页与时间

Lists come newest first in pages of `limit` items; `next` is the `cursor` of the page after, null on the last one.
Times are RFC 3339 in UTC; times inside codes and trust material are integer seconds since 1970.

列表由新到旧，`next` 为下一页的 `cursor`；时间为 UTC。
"""
_WINDOW_MINUTES = int(LOST_ANSWER_WINDOW.total_seconds() // 60)
ABOUT = _ABOUT.replace("{minutes}", str(_WINDOW_MINUTES))

TAGS = {
    "auth": "会话：登录、续期、退出。 Sessions: sign in, renew, sign out.",
    "citizen": "本人的卡：绑定、卡面、记录、挂失、补领。 The holder's own card: binding, face, timeline, loss, replacement.",
    "devices": "本人的手机：绑定、离线凭证、解除。 The holder's phones: linking, credentials for codes without a network, unlinking.",
    "codes": "亮码：供屏幕出示的二维码。 Codes for the screen.",
    "counter": "柜台服务（第六条）：查询、挂失、解除挂失、注销。 Services of Art. 6: look-up, loss, withdrawal, cancellation.",
    "unit": "应用单位的核验设备。 A unit's verifiers.",
    "verifier": "核验设备：登记、会话、联网核验。 Verifier devices: enrolment, sessions, online verification.",
    "auditor": "防篡改的操作记录。 The tamper-evident record.",
    "public": "公开的名录与时间。 Published registers, and the time.",
    "trust": "离线核验资料：密钥、清单、状态名单。 What offline verification stands on: keys, manifest, status lists.",
    "operations": "运行状况。 Health of the service.",
    "contract": "本契约。 This contract.",
}

CONDITIONAL = frozenset(
    {f"trust.{name}" for name in ("root", "keys", "manifest", "shard_list", "changes", "status_list", "jwks")}
)
"""Endpoints that answer 304 to whoever has the newest already."""
RANGED = frozenset({"trust.shard_list", "trust.changes"})
"""Endpoints that answer 206 to whoever asks for a part."""

FOR_ALL = {
    "auth.renew": "For whoever holds the refresh token.",
    "verifier.enrol": "For whoever holds the one-time code.",
    "verifier.open_verifier_session": "For whoever holds the enrolled key.",
    "operations.metrics": "For this machine only; 404 to all others.",
}

_SECRET = {"type": "apiKey", "in": "cookie"}
SECURITY_SCHEMES: Json = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "the access token of a session",
    },
    "cookie": _SECRET | {"name": "ecard_access", "description": "set by signing in with delivery `cookie`"},
    "counterCookie": _SECRET
    | {"name": "ecard_counter_access", "description": "the same in the counter's apps, with `X-Ecard-App: counter`"},
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "beside a cookie: the value of the readable cookie `ecard_csrf` (`ecard_counter_csrf`); "
        "beside a refresh cookie that of `ecard_refresh_csrf` (`ecard_counter_refresh_csrf`)",
    },
    "refreshBearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "the refresh token of a session, which counts once",
    },
    "refreshCookie": _SECRET | {"name": "ecard_refresh", "description": "set by signing in with delivery `cookie`"},
    "counterRefreshCookie": _SECRET
    | {"name": "ecard_counter_refresh", "description": "the same in the counter's apps"},
}

PARAMETERS: Json = {
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        "description": "language of a problem's `title` and `detail`: Chinese unless English is ranked above it",
        "schema": {"type": "string", "default": "zh-CN"},
        "examples": {"chinese": {"value": "zh-CN"}, "english": {"value": "en"}},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "one key an act, the same when it is sent again: it has its effect once. Best a UUID.",
        "schema": {"type": "string", "pattern": "^[!-~]{8,100}$"},
        "example": "0c0e6e1e-6a3b-4b53-9f3c-2f5a8a3a9d10",
    },
    "EcardApp": {
        "name": "X-Ecard-App",
        "in": "header",
        "description": "`counter` chooses the cookies of the counter's apps; without it those of the citizen's app",
        "schema": {"type": "string", "enum": ["citizen", "counter"], "default": "citizen"},
        "example": "counter",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "the `ETag` of what the client has: 304 if it is still the newest",
        "schema": {"type": "string"},
        "example": '"4nQ0mZ8T1qJYw1c2o0Wc3k5A"',
    },
    "Range": {
        "name": "Range",
        "in": "header",
        "description": "`bytes=first-last`: that part alone (RFC 9110 §14)",
        "schema": {"type": "string"},
        "example": "bytes=30840-30847",
    },
}

DESCRIBED: dict[str, Json] = {
    "cursor": {"description": "`next` of the page before; left out for the first page", "example": 41},
    "limit": {"description": "items a page", "example": 20},
    "state": {"description": "`open`: those that can still be decided", "example": "open"},
    "reveal": {"description": "holder's name and document number in full", "example": False},
    "card_id": {"description": "`id` of the card", "example": "5f0c2b7d9e1a4c3b8d6e7f8091a2b3c4"},
    "proposal_id": {"description": "`id` of the proposal", "example": "9a1b2c3d4e5f60718293a4b5c6d7e8f9"},
    "verifier_id": {"description": "`id` of the verifier", "example": "0123456789abcdef0123456789abcdef"},
    "device_id": {"description": "`id` of the phone", "example": "00112233445566778899aabbccddeeff"},
    "shard": {"description": "the week of expiry, counted from 1970", "example": 2967},
}

_TEXT: Json = {"type": "string"}
_TIME: Json = {"type": "string", "format": "date-time"}
HEADERS: Json = {
    "RetryAfter": {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 0}, "example": 30},
    "RequestId": {
        "description": "finds the request in the service's record",
        "schema": _TEXT,
        "example": "8f3a1c5e7d902b46",
    },
    "IdempotencyReplayed": {
        "description": "`true` if an earlier request with the same key had the effect: its kept answer, or new tokens for its session",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "SetCookie": {
        "description": "with delivery `cookie`, four of them: `ecard_access` and `ecard_refresh` (HttpOnly), `ecard_csrf` and "
        "`ecard_refresh_csrf` (readable); `ecard_counter_…` in the counter's apps; after signing out, emptied",
        "schema": _TEXT,
        "example": "ecard_csrf=3f2b…; Max-Age=2592000; Path=/; SameSite=Strict; Secure",
    },
    "WWWAuthenticate": {"description": "how to sign in", "schema": _TEXT, "example": "Bearer"},
    "ETag": {"description": "names this version", "schema": _TEXT, "example": '"4nQ0mZ8T1qJYw1c2o0Wc3k5A"'},
    "ContentRange": {
        "description": "which bytes these are, and of how many",
        "schema": _TEXT,
        "example": "bytes 30840-30847/30848",
    },
    "ExpiresAt": {
        "description": "with a picture: the code's `expires_at`",
        "schema": _TIME,
        "example": "2026-11-23T08:01:00Z",
    },
}

_MANIFEST = "eyJhbGciOiJFUzI1NiJ9.eyJ2ZXJzaW9uIjo0NzExfQ.c2lnbmF0dXJl"
MEDIA_EXAMPLES = {
    "application/jose": _MANIFEST,
    "application/statuslist+jwt": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIyOTY3In0.c2lnbmF0dXJl",
    "text/event-stream": "event: manifest\nid: 4711\n"
    f'data: {{"manifest":"{_MANIFEST}","changes":{{"2967":{{"from":41,"words":"gAAABw"}}}}}}\n\n',
    "text/plain": 'ecard_requests_total{endpoint="codes.issue",status="201"} 42.0\n',
}

_SUCCESS = {
    "auth.request_sms": "sent, or would be: the answer does not tell whether the phone is known",
    "devices.request_step_up": "sent to the phone on record",
    "devices.unlink": "unlinked; `credentials_until` says until when what it has may be accepted without a network",
    "auth.sign_out": "signed out; the cookies are taken back",
    "codes.issue": "the code; with `Accept: image/png` its QR picture, whose end of life stands in `Ecard-Expires-At`",
    "citizen.photo": "the picture, not to be kept",
    "counter.photo": "the picture, not to be kept",
    "unit.disable": "disabled",
    "trust.shard_list": "the revoked indices, as distances in LEB128; no bytes where there are none (token format 2.3)",
    "trust.changes": "what happened since the shard's beginning, four bytes a change; no bytes where nothing did (token format 2.4)",
    "trust.status_list": "a Token Status List as a signed JWT (token format 2.7)",
    "trust.manifest": "a compact JWS (token format 2.5)",
    "trust.events": "server-sent events `manifest` (token format 2.6), where a proxy serves the stream at this address",
    "contract.openapi": "an OpenAPI 3.1 document",
}
_WITH_SECONDS = frozenset(
    {"codes_unavailable", "database_busy", "request_in_progress", "trust_not_ready", "trust_not_found"}
)


def success(endpoint: str, promise: Promise) -> str:
    """What a success means."""
    if endpoint in _SUCCESS:
        return _SUCCESS[endpoint]
    return ((promise.answer.__doc__ if promise.answer else None) or "done").strip()


def sent_again(endpoint: str) -> Iterator[str]:
    """What becomes of a request that is sent again, where that needs saying."""
    if endpoint in WITHOUT_KEY:
        yield f"Takes no `Idempotency-Key`: {WITHOUT_KEY[endpoint]}."
    if endpoint in TOKENS_ANEW:
        yield f"Sent again with its `Idempotency-Key` within {_WINDOW_MINUTES} minutes: new tokens for the same session."


def headers_of(endpoint: str, promise: Promise) -> Json:
    """The headers of a success that clients act on."""
    found = []
    if promise.once and promise.answer:
        found.append(("Idempotency-Replayed", "IdempotencyReplayed"))
    if endpoint in {"auth.sign_in_citizen", "auth.sign_in_staff", "auth.renew", "auth.sign_out"}:
        found.append(("Set-Cookie", "SetCookie"))
    if endpoint in CONDITIONAL:
        found.append(("ETag", "ETag"))
    if endpoint == "codes.issue":
        found.append(("Ecard-Expires-At", "ExpiresAt"))
    return _named(found)


def problem_headers(codes: Iterable[str]) -> Json:
    """The headers of a problem with one of these codes."""
    codes = set(codes)
    found = [("X-Request-Id", "RequestId")]
    if any(code in _WITH_SECONDS or "{retry_after}" in PROBLEMS[code].detail for code in codes):
        found.append(("Retry-After", "RetryAfter"))
    if any(PROBLEMS[code].status == 401 for code in codes):
        found.append(("WWW-Authenticate", "WWWAuthenticate"))
    return _named(found)


def _named(found: Iterable[tuple[str, str]]) -> Json:
    return {name: {"$ref": f"#/components/headers/{key}"} for name, key in found}
