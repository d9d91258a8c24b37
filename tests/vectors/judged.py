"""Steps 3 to 20: well-formed server codes under every circumstance, most of them in both writings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

import cbor2

from signing import Claims, P256Signer, base64url
from tests.vectors import city
from tests.vectors.city import (
    CODE,
    IDENTITY,
    INDEX,
    ISSUER,
    MEDICAL,
    NOW,
    SHARD,
    SHARD_SIZE,
    WEEK,
    a_code,
    a_jwt,
    cwt_payload,
    sign_cwt,
    sign_jws,
    some_claims,
    write_cwt,
)
from tests.vectors.vector import COUNTER, GATE, HOSPITAL, Sight, Vector

_CARD = -65537


def vectors() -> Iterator[Vector]:
    yield from _keys_and_windows()
    yield from _algorithms()
    yield from _signatures()
    yield from _claims_of_a_cwt()
    yield from _claims_of_a_jwt()
    yield from _times()
    yield from _scenes()
    yield from _ages_of_trust()
    yield from _lists()
    yield from _replays()
    yield from _first_step_that_fails_decides()


def _both(template: Vector, claims: Claims | None = None, signer: P256Signer = CODE) -> Iterator[Vector]:
    yield replace(template, name=f"{template.name}-digits", text=a_code(claims, signer))
    yield replace(template, name=f"{template.name}-jwt", text=a_jwt(claims, signer))


def _case(name: str, code: str, **circumstances: object) -> Vector:
    return replace(Vector(name, "", code), **circumstances)  # type: ignore[arg-type]


def _keys_and_windows() -> Iterator[Vector]:
    yield from _both(_case("unknown-key", "unknown_key"), signer=city.STRANGER)
    yield from _both(_case("signed-by-a-list-key", "unknown_key"), signer=city.LIST)
    yield from _both(_case("signed-by-a-root-key", "unknown_key"), signer=city.ROOT)
    yield from _both(_case("issued-when-the-key-retired", "key_not_valid"), signer=city.RETIRED_CODE)
    before = some_claims(issued_at=NOW - 1, expires_at=NOW + 59)
    yield from _both(_case("issued-just-before-the-key-retired", "ok"), before, city.RETIRED_CODE)
    yield from _both(_case("issued-just-before-the-key-began", "key_not_valid"), before, city.COMING_CODE)
    yield from _both(_case("issued-when-the-key-began", "ok"), signer=city.COMING_CODE)
    yield from _both(_case("key-revoked", "key_revoked"), signer=city.REVOKED_CODE)
    long_ago = some_claims(issued_at=NOW - WEEK, expires_at=NOW)
    yield from _both(_case("issued-before-the-key-was-revoked", "key_revoked"), long_ago, city.REVOKED_CODE)


def _algorithms() -> Iterator[Vector]:
    kid = bytes.fromhex(CODE.kid)
    for name, number in {"eddsa": -8, "es384": -35, "es512": -36, "ps256": -37, "hs256": 5, "rs1": -65535}.items():
        yield Vector(f"cose-algorithm-{name}", write_cwt(sign_cwt(header={1: number, 4: kid})), "wrong_algorithm")
    payload = base64url.decode(a_jwt().split(".")[1]).decode()
    for name in ("none", "HS256", "ES384", "es256", "ES256K", ""):
        header = json.dumps({"alg": name, "kid": CODE.kid, "typ": "ecard+jwt"})
        yield Vector(f"jwt-algorithm-{name or 'empty'}", sign_jws(header, payload), "wrong_algorithm")


def _signatures() -> Iterator[Vector]:
    *parts, signature = sign_cwt()
    assert isinstance(signature, bytes)
    r, s = signature[:32], signature[32:]
    order = city.GROUP_ORDER.to_bytes(32, "big")
    bent = {
        "signature-of-something-else": CODE.sign(b"something else"),
        "signature-by-another-key": city.STRANGER.sign(b"something else"),
        "signature-halves-swapped": s + r,
        "signature-r-zero": bytes(32) + s,
        "signature-s-zero": r + bytes(32),
        "signature-all-zero": bytes(64),
        "signature-all-ones": b"\xff" * 64,
        "signature-r-the-group-order": order + s,
        "signature-s-the-group-order": r + order,
        "signature-last-bit-flipped": signature[:-1] + bytes([signature[-1] ^ 1]),
    }
    for name, other in bent.items():
        yield Vector(name, write_cwt([*parts, other]), "bad_signature")
    untagged_context = CODE.sign(cbor2.dumps(["Signature", parts[0], b"", b"", parts[2]]))
    yield Vector("signature-in-the-context-of-cose-sign", write_cwt([*parts, untagged_context]), "bad_signature")
    yield Vector(
        "signature-with-external-data",
        write_cwt([*parts, CODE.sign(cbor2.dumps(["Signature1", parts[0], b"x", parts[2]]))]),
        "bad_signature",
    )
    yield from _foreign_payloads(parts)


def _foreign_payloads(parts: list[object]) -> Iterator[Vector]:
    signature = sign_cwt()[3]
    other = cbor2.dumps({**cwt_payload(), 4: NOW + 61})
    yield Vector("payload-changed-under-the-signature", write_cwt([parts[0], {}, other, signature]), "bad_signature")
    header, _, jws_signature = a_jwt().split(".")
    claims = a_jwt(some_claims(expires_at=NOW + 61)).split(".")[1]
    yield Vector("jwt-payload-changed-under-the-signature", f"{header}.{claims}.{jws_signature}", "bad_signature")


def _claims_of_a_cwt() -> Iterator[Vector]:
    wrong = {
        "scene-unknown": [9, INDEX],
        "attributes-missing": [2, INDEX],
        "attribute-missing": [2, INDEX, 1],
        "attribute-too-many": [2, INDEX, 1, bytes(8), 1],
        "attribute-where-the-scene-has-none": [1, INDEX, 1],
        "attributes-in-another-order": [2, INDEX, bytes(8), 1],
        "concession-as-bytes": [2, INDEX, b"\1", bytes(8)],
        "concession-out-of-range": [2, INDEX, 256, bytes(8)],
        "pseudonym-of-seven-bytes": [2, INDEX, 1, bytes(7)],
        "pseudonym-of-twenty-four-bytes": [2, INDEX, 1, bytes(24)],
        "pseudonym-as-number": [2, INDEX, 1, 12345678],
        "scene-with-an-attribute-not-known-yet": [4, INDEX, bytes(80)],
        "sealed-of-no-block": [3, INDEX, bytes(52)],
        "sealed-of-half-a-block": [3, INDEX, bytes(76)],
        "sealed-of-seventeen-blocks": [3, INDEX, bytes(52 + 17 * 16)],
    }
    for name, card in wrong.items():
        yield Vector(name, write_cwt(sign_cwt({**cwt_payload(), _CARD: card})), "claims_invalid", policy=COUNTER)
    largest = some_claims(attributes={"concession": 255, "pseudonym": b"\xff" * 8})
    yield from _both(_case("concession-at-its-largest", "ok"), largest)


def _claims_of_a_jwt() -> Iterator[Vector]:
    header, payload = (base64url.decode(part).decode() for part in a_jwt().split(".")[:2])
    uri = f"{ISSUER}/trust/status"
    wrong: Mapping[str, Mapping[str, object]] = {
        "scene-unknown": {"scene": "toll"},
        "scene-by-number": {"scene": "2"},
        "attribute-missing": {"concession": None},
        "member-that-no-scene-has": {"name": "someone"},
        "member-of-another-kind-of-token": {"nbf": NOW},
        "concession-as-text": {"concession": "1"},
        "concession-true": {"concession": True},
        "concession-out-of-range": {"concession": 256},
        "concession-negative": {"concession": -1},
        "pseudonym-in-hex": {"pseudonym": bytes(8).hex()},
        "pseudonym-padded": {"pseudonym": "AAECAwQFBgc="},
        "pseudonym-with-unused-bits": {"pseudonym": "AAECAwQFBgd"},
        "sealed-in-another-scene": {"sealed": base64url.encode(bytes(68))},
        "issuer-another": {"iss": "https://elsewhere.example"},
        "issuer-with-a-slash": {"iss": ISSUER + "/"},
        "status-uri-of-another-shard": {"status": {"status_list": {"idx": INDEX, "uri": f"{uri}/{SHARD + 1}"}}},
        "status-uri-elsewhere": {
            "status": {"status_list": {"idx": INDEX, "uri": f"https://elsewhere.example/trust/status/{SHARD}"}}
        },
    }
    for name, changes in wrong.items():
        members = {key: value for key, value in {**json.loads(payload), **changes}.items() if value is not None}
        yield Vector(f"jwt-{name}", sign_jws(header, json.dumps(members)), "claims_invalid")


def _times() -> Iterator[Vector]:
    yield from _both(_case("lifetime-of-a-week", "ok"), some_claims(expires_at=NOW + WEEK))
    yield Vector("lifetime-of-a-week-and-a-second", _lasting(NOW, NOW + WEEK + 1), "lifetime_invalid")
    yield Vector("lifetime-zero", _lasting(NOW, NOW), "lifetime_invalid")
    yield Vector("lifetime-negative", _lasting(NOW, NOW - 1), "lifetime_invalid")
    yield Vector("lifetime-without-end", _lasting(NOW, 2**53 - 1), "lifetime_invalid")
    yield Vector("lifetime-since-1970", _lasting(0, NOW + 60), "key_not_valid")
    yield from _both(_case("issued-in-the-future-within-leeway", "ok", now=NOW - 30))
    yield from _both(_case("issued-in-the-future", "not_yet_valid", now=NOW - 31))
    yield from _both(_case("last-second-within-leeway", "ok", now=NOW + 60 + 29))
    yield from _both(_case("expired", "expired", now=NOW + 60 + 30))
    yield from _both(_case("expired-without-leeway", "expired", now=NOW + 60, policy={**GATE, "leeway": 0}))
    yield from _both(_case("last-second-without-leeway", "ok", now=NOW + 59, policy={**GATE, "leeway": 0}))
    yield from _both(_case("clock-behind", "clock_behind", trust="seen-the-future"))
    yield from _both(_case("clock-behind-within-leeway", "ok", trust="seen-the-near-future"))
    yield from _both(_case("clock-before-the-list", "clock_behind", now=NOW - 91))


def _lasting(issued_at: int, expires_at: int) -> str:
    return write_cwt(sign_cwt({**cwt_payload(), 4: expires_at, 6: issued_at}))


def _scenes() -> Iterator[Vector]:
    yield from _both(_case("transit-at-a-hospital", "scene_not_accepted", policy=HOSPITAL))
    yield from _both(_case("identity-at-a-hospital", "ok", policy=HOSPITAL), some_claims(scene=IDENTITY))
    yield from _both(_case("identity-at-a-gate", "ok"), some_claims(scene=IDENTITY))
    yield from _both(_case("any-scene-at-a-counter", "ok", policy=COUNTER))
    yield from _both(_case("medical-at-a-hospital", "ok", policy=HOSPITAL), some_claims(scene=MEDICAL))
    yield from _both(_case("medical-at-a-gate", "scene_not_accepted"), some_claims(scene=MEDICAL))
    yield from _both(_case("no-scene-accepted", "scene_not_accepted", policy={**GATE, "scenes": []}))
    yield from _both(_case("all-scenes-accepted", "ok", policy={**HOSPITAL, "scenes": None}))


def _ages_of_trust() -> Iterator[Vector]:
    yield from _both(_case("key-set-expired", "keys_expired", trust="keys-expire-now"))
    yield from _both(_case("key-set-in-its-last-second", "ok", trust="keys-expire-next-second"))
    yield from _both(_case("list-expired", "list_expired", trust="list-expires-now"))
    yield from _both(_case("list-in-its-last-second", "ok", trust="list-expires-next-second"))
    yield from _both(_case("list-as-old-as-allowed", "ok", trust="list-a-day-old"))
    yield from _both(_case("list-stale", "list_stale", trust="list-over-a-day-old"))
    yield from _both(_case("list-stale-by-the-policy", "list_stale", policy={**GATE, "max_list_age": 59}))
    yield from _both(_case("list-as-old-as-the-policy-allows", "ok", policy={**GATE, "max_list_age": 60}))


def _lists() -> Iterator[Vector]:
    yield from _both(_case("list-missing", "list_missing", trust="without-this-week"))
    two_weeks_on = some_claims(issued_at=NOW + 2 * WEEK, expires_at=NOW + 2 * WEEK + 60)
    yield from _both(
        _case(
            "list-of-a-later-week-missing",
            "list_missing",
            now=NOW + 2 * WEEK,
            trust="long-lived-list",
            policy={**GATE, "max_list_age": WEEK},
        ),
        two_weeks_on,
    )
    yield from _both(_case("revoked", "revoked"), some_claims(index=city.REVOKED_INDEX))
    yield from _both(_case("revoked-later", "revoked"), some_claims(index=city.REVOKED_LATER))
    yield from _both(_case("loss-report-withdrawn", "ok"), some_claims(index=city.WITHDRAWN))
    yield from _both(_case("empty-list", "ok", trust="empty-list"), some_claims(index=city.REVOKED_INDEX))
    yield from _both(_case("index-zero", "ok"), some_claims(index=0))
    yield from _both(_case("index-the-last", "ok"), some_claims(index=SHARD_SIZE - 1))
    yield from _both(_case("index-outside-the-shard", "claims_invalid"), some_claims(index=SHARD_SIZE))
    yield from _both(_case("two-roots-needed-and-there", "ok", trust="two-roots-signed"))


def _replays() -> Iterator[Vector]:
    number = some_claims().token_id
    yield from _both(_case("seen-before", "replayed", now=NOW + 10, seen=(Sight(number, NOW, NOW),)))
    yield from _both(_case("read-twice", "double_read", seen=(Sight(number, NOW, NOW),)))
    yield from _both(_case("read-twice-in-two-seconds", "double_read", now=NOW + 2, seen=(Sight(number, NOW, NOW),)))
    yield from _both(_case("seen-three-seconds-before", "replayed", now=NOW + 3, seen=(Sight(number, NOW, NOW),)))
    yield from _both(_case("another-seen-before", "ok", seen=(Sight(bytes(8), NOW, NOW),)))
    yield from _both(_case("same-number-of-another-time-seen", "ok", seen=(Sight(number, NOW - 1, NOW),)))
    yield from _both(_case("nothing-seen-before", "ok", seen=()))
    revoked = some_claims(index=city.REVOKED_INDEX)
    yield from _both(_case("revoked-and-seen-before", "revoked", seen=(Sight(revoked.token_id, NOW, NOW),)), revoked)


def _first_step_that_fails_decides() -> Iterator[Vector]:
    revoked = some_claims(index=city.REVOKED_INDEX)
    yield from _both(_case("expired-and-revoked", "expired", now=NOW + 90), revoked)
    yield from _both(_case("revoked-in-a-scene-not-accepted", "scene_not_accepted", policy=HOSPITAL), revoked)
    yield from _both(_case("revoked-on-an-expired-list", "list_expired", trust="list-expires-now"), revoked)
    yield from _both(_case("revoked-on-a-stale-list", "list_stale", trust="list-over-a-day-old"), revoked)
    yield from _both(
        _case("expired-and-the-clock-behind", "clock_behind", now=NOW - 91),
        some_claims(issued_at=NOW - 400, expires_at=NOW - 300),
    )
    yield from _both(_case("not-yet-valid-by-a-stranger", "unknown_key", now=NOW - 9999), signer=city.STRANGER)
    wrong_key = write_cwt(sign_cwt(header={1: -8, 4: bytes.fromhex(city.STRANGER.kid)}))
    yield Vector("unknown-key-with-another-algorithm", wrong_key, "unknown_key")
    forged = write_cwt([*sign_cwt({**cwt_payload(), 4: NOW - 1})[:3], bytes(64)])
    yield Vector("forged-and-expired", forged, "bad_signature")
    keys_and_list = Vector(
        "key-set-expired-before-the-list", a_code(), "keys_expired", trust="keys-and-list-expire-now"
    )
    yield keys_and_list
