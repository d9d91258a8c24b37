"""Steps 3 to 20 for device codes: a credential and the phone's signature around it, under every circumstance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

import cbor2

from signing import CredentialClaims, P256Signer, Scene
from tests.vectors import city
from tests.vectors.city import (
    IDENTITY,
    INDEX,
    MEDICAL,
    NOW,
    PHONE,
    SHARD,
    SHARD_SIZE,
    WEEK,
    a_code,
    a_credential,
    a_device_code,
    credential_claims,
    credential_payload,
    sign_cwt,
    sign_presentation,
    write_bytes,
    write_cwt,
    write_device,
)
from tests.vectors.vector import COUNTER, GATE, HOSPITAL, Sight, Vector

_CHALLENGING: Mapping[str, object] = {"preset": "gate", "challenge": True}
_CNF, _CARD = 8, -65537


def vectors() -> Iterator[Vector]:
    for vector in _all():
        yield replace(vector, name=f"device-{vector.name}")


def _all() -> Iterator[Vector]:
    yield from _keys()
    yield from _algorithms()
    yield from _issuer_signatures()
    yield from _claims()
    yield from _holder_keys()
    yield from _lifetimes()
    yield from _holder_signatures()
    yield from _times()
    yield from _challenges()
    yield from _scenes()
    yield from _credential_ages()
    yield from _trust_and_lists()
    yield from _replays()
    yield from _first_step_that_fails_decides()


def _code(name: str, code: str, text: str = "", **circumstances: object) -> Vector:
    return replace(Vector(name, text or a_device_code(), code), **circumstances)  # type: ignore[arg-type]


def _keys() -> Iterator[Vector]:
    yield _code("genuine", "ok")
    yield _code("unknown-key", "unknown_key", a_device_code(signer=city.STRANGER))
    yield _code("credential-signed-by-a-list-key", "unknown_key", a_device_code(signer=city.LIST))
    yield _code("credential-signed-by-the-phone", "unknown_key", a_device_code(signer=PHONE))
    yield _code("credential-of-a-revoked-key", "key_revoked", a_device_code(signer=city.REVOKED_CODE))
    yield _code("credential-issued-before-its-key-began", "key_not_valid", a_device_code(signer=city.COMING_CODE))
    yield _code("credential-issued-before-its-key-retired", "ok", a_device_code(signer=city.RETIRED_CODE))
    at_the_end = credential_claims(issued_at=NOW)
    yield _code(
        "credential-issued-when-its-key-retired", "key_not_valid", a_device_code(at_the_end, signer=city.RETIRED_CODE)
    )


def _algorithms() -> Iterator[Vector]:
    for name, number in {"eddsa": b"\x27", "es384": b"\x38\x22", "hs256": b"\x05", "es256k": b"\x38\x2e"}.items():
        header = b"\xa2\x01" + number + b"\x0d" + a_credential()
        yield _code(f"phone-algorithm-{name}", "wrong_algorithm", write_device(sign_presentation(header=header)))
        kid = bytes.fromhex(city.CODE.kid)
        credential = sign_cwt(credential_payload(), {1: cbor2.loads(number), 4: kid})
        yield _code(f"issuer-algorithm-{name}", "wrong_algorithm", _wrapped(credential))


def _issuer_signatures() -> Iterator[Vector]:
    *parts, signature = sign_cwt(credential_payload())
    assert isinstance(signature, bytes)
    foreign = credential_payload(holder=city.OTHER_PHONE)
    bent: Mapping[str, list[object]] = {
        "all-zero": [*parts, bytes(64)],
        "of-something-else": [*parts, city.CODE.sign(b"something else")],
        "by-the-phone": [*parts, PHONE.sign(cbor2.dumps(["Signature1", parts[0], b"", parts[2]]))],
        "halves-swapped": [*parts, signature[32:] + signature[:32]],
        "last-bit-flipped": [*parts, signature[:-1] + bytes([signature[-1] ^ 1])],
        "over-another-phone's-key": [parts[0], {}, cbor2.dumps(foreign), signature],
        "over-a-later-end": [parts[0], {}, cbor2.dumps({**credential_payload(), 4: NOW + 41_000}), signature],
        "over-another-card": [
            parts[0],
            {},
            cbor2.dumps({**credential_payload(), _CARD: [2, INDEX + 1, 1, bytes(8)]}),
            signature,
        ],
    }
    for name, credential in bent.items():
        yield _code(f"issuer-signature-{name}", "bad_signature", _wrapped(credential))


def _claims() -> Iterator[Vector]:
    wrong: Mapping[str, list[object]] = {
        "scene-unknown": [9, INDEX],
        "attributes-missing": [2, INDEX],
        "attribute-too-many": [2, INDEX, 1, bytes(8), 1],
        "concession-out-of-range": [2, INDEX, 256, bytes(8)],
        "pseudonym-of-seven-bytes": [2, INDEX, 1, bytes(7)],
        "attribute-not-known-yet": [4, INDEX, bytes(80)],
        "sealed-of-no-block": [3, INDEX, bytes(52)],
        "sealed-of-half-a-block": [3, INDEX, bytes(52 + 8)],
        "sealed-empty": [3, INDEX, b""],
        "sealed-a-number": [3, INDEX, 68],
    }
    for name, card in wrong.items():
        text = _wrapped(sign_cwt({**credential_payload(), _CARD: card}))
        yield _code(name, "claims_invalid", text, policy=COUNTER)
    for blocks in (1, 12):
        text = _wrapped(sign_cwt({**credential_payload(), _CARD: [3, INDEX, bytes(52 + 16 * blocks)]}))
        yield _code(f"sealed-of-{blocks}-blocks", "ok", text, policy=COUNTER)


def _holder_keys() -> Iterator[Vector]:
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    off_the_curve = next(x for x in range(1, 99) if not _is_on_curve(x, prime))
    wrong = {
        "off-the-curve": off_the_curve,
        "the-prime": prime,
        "beyond-the-prime": 2**256 - 1,
        "on-the-curve-but-for-the-prime": prime + 5,
    }
    for name, x in wrong.items():
        yield _code(f"cnf-x-{name}", "claims_invalid", _wrapped(sign_cwt(_payload_with_x(x))))
    other_sign = credential_payload()
    key = other_sign[_CNF]
    assert isinstance(key, dict)
    key[1][-3] = not key[1][-3]
    yield _code("cnf-sign-of-the-opposite-point", "bad_holder_signature", _wrapped(sign_cwt(other_sign)))


def _lifetimes() -> Iterator[Vector]:
    lasting = {
        "a-week-and-a-second": ("lifetime_invalid", NOW - 3600, NOW - 3600 + WEEK + 1),
        "zero": ("lifetime_invalid", NOW, NOW),
        "negative": ("lifetime_invalid", NOW, NOW - 1),
        "without-end": ("lifetime_invalid", NOW, 2**53 - 1),
        "a-week": ("ok", NOW - 3600, NOW - 3600 + WEEK),
    }
    for name, (code, issued_at, expires_at) in lasting.items():
        payload = {**credential_payload(), 4: expires_at, 6: issued_at}
        yield _code(f"credential-lifetime-{name}", code, _wrapped(sign_cwt(payload)))


def _holder_signatures() -> Iterator[Vector]:
    stripped = write_bytes(a_credential())
    yield _code("stripped-of-the-phone's-signature", "holder_signature_missing", stripped)
    fresh = credential_claims(issued_at=NOW, expires_at=NOW + 60)
    yield _code("stripped-and-as-short-as-a-server-code", "holder_signature_missing", write_bytes(a_credential(fresh)))
    yield _code("stripped-at-a-counter", "holder_signature_missing", stripped, policy=COUNTER)
    yield _code("stripped-and-revoked", "holder_signature_missing", write_bytes(a_credential(_revoked())))
    yield _code("stripped-off-the-curve", "claims_invalid", write_cwt(sign_cwt(_payload_with_x(2**256 - 1))))
    *parts, signature = sign_presentation()
    assert isinstance(signature, bytes)
    other = a_credential(holder=city.OTHER_PHONE)
    bent: Mapping[str, list[object]] = {
        "by-another-phone": sign_presentation(signer=city.OTHER_PHONE),
        "by-the-issuer": sign_presentation(signer=city.CODE),
        "by-the-phone-of-a-swapped-credential": sign_presentation(other),
        "of-a-swapped-credential": [b"\xa2\x01\x26\x0d" + other, {}, parts[2], signature],
        "of-a-renewed-credential": [
            b"\xa2\x01\x26\x0d" + a_credential(credential_claims(issued_at=NOW - 60)),
            {},
            parts[2],
            signature,
        ],
        "of-an-earlier-time": [parts[0], {}, cbor2.dumps({6: NOW}), sign_presentation(payload={6: NOW - 600})[3]],
        "of-no-challenge": [parts[0], {}, cbor2.dumps({6: NOW, 10: bytes(8)}), signature],
        "all-zero": [*parts, bytes(64)],
        "all-ones": [*parts, b"\xff" * 64],
        "halves-swapped": [*parts, signature[32:] + signature[:32]],
        "r-zero": [*parts, bytes(32) + signature[32:]],
        "s-zero": [*parts, signature[:32] + bytes(32)],
        "r-the-group-order": [*parts, city.GROUP_ORDER.to_bytes(32, "big") + signature[32:]],
        "last-bit-flipped": [*parts, signature[:-1] + bytes([signature[-1] ^ 1])],
        "of-the-credential": [*parts, a_credential()[-64:]],
        "without-the-header": [*parts, PHONE.sign(cbor2.dumps(["Signature1", b"", b"", parts[2]]))],
        "with-external-data": [*parts, PHONE.sign(cbor2.dumps(["Signature1", parts[0], b"x", parts[2]]))],
        "in-the-context-of-cose-sign": [*parts, PHONE.sign(cbor2.dumps(["Signature", parts[0], b"", b"", parts[2]]))],
    }
    for name, items in bent.items():
        yield _code(f"signature-{name}", "bad_holder_signature", write_device(items))
    yield _code("signature-rewritten-to-its-twin", "ok", write_device([*parts, _twin(signature)]))


def _times() -> Iterator[Vector]:
    yield _code("made-in-the-future-within-leeway", "ok", now=NOW - 30)
    yield _code("made-in-the-future", "not_yet_valid", now=NOW - 31)
    yield _code("made-in-a-far-future", "not_yet_valid", a_device_code(now=2**53 - 1))
    yield _code("last-second-within-leeway", "ok", now=NOW + 89)
    yield _code("expired", "expired", now=NOW + 90)
    yield _code("expired-without-leeway", "expired", now=NOW + 60, policy={**GATE, "leeway": 0})
    yield _code("last-second-without-leeway", "ok", now=NOW + 59, policy={**GATE, "leeway": 0})
    yield _code("made-in-1970", "expired", a_device_code(now=0))
    yield _code("clock-behind", "clock_behind", trust="seen-the-future")
    soon = a_device_code(credential_claims(issued_at=NOW + 30, expires_at=NOW + 900))
    yield _code("credential-of-the-future-within-leeway", "ok", soon)
    later = a_device_code(credential_claims(issued_at=NOW + 31, expires_at=NOW + 900))
    yield _code("credential-of-the-future", "credential_not_yet_valid", later)
    both = a_device_code(credential_claims(issued_at=NOW + 31, expires_at=NOW + 900), now=NOW + 31)
    yield _code("credential-and-time-of-the-future", "credential_not_yet_valid", both)
    dying = credential_claims(expires_at=NOW - 29)
    yield _code("credential-expired-within-leeway", "ok", a_device_code(dying))
    dead = credential_claims(expires_at=NOW - 30)
    yield _code("credential-expired", "credential_expired", a_device_code(dead))
    yield _code("credential-and-time-expired", "expired", a_device_code(dead, now=NOW - 90))
    yield _code("made-before-its-credential", "ok", a_device_code(credential_claims(issued_at=NOW), now=NOW - 20))


def _challenges() -> Iterator[Vector]:
    answering = a_device_code(challenge=123_456)
    yield _code("challenge-answered", "ok", answering, challenge=123_456)
    yield _code(
        "challenge-answered-at-a-site-that-always-asks", "ok", answering, challenge=123_456, policy=_CHALLENGING
    )
    yield _code("challenge-zero-answered", "ok", a_device_code(challenge=0), challenge=0)
    largest = 2**53 - 1
    yield _code("challenge-the-largest-answered", "ok", a_device_code(challenge=largest), challenge=largest)
    yield _code("challenge-not-answered", "challenge_missing", challenge=123_456)
    yield _code("challenge-zero-not-answered", "challenge_missing", challenge=0)
    yield _code("challenge-wrong", "challenge_wrong", answering, challenge=123_457)
    yield _code("challenge-zero-for-another", "challenge_wrong", a_device_code(challenge=0), challenge=123_456)
    yield _code("challenge-unexpected", "challenge_unexpected", answering)
    yield _code("challenge-always-asked-and-none-shown", "challenge_missing", policy=_CHALLENGING)
    yield _code("challenge-answered-and-none-shown", "challenge_unexpected", answering, policy=_CHALLENGING)
    yield _code("server-code-where-a-challenge-is-asked", "challenge_missing", a_code(), challenge=123_456)
    yield _code("server-code-where-one-is-always-asked", "challenge_missing", a_code(), policy=_CHALLENGING)


def _scenes() -> Iterator[Vector]:
    yield _code("transit-at-a-hospital", "scene_not_accepted", policy=HOSPITAL)
    yield _code("identity-at-a-gate", "ok", _of(IDENTITY))
    yield _code("medical-at-a-hospital", "ok", _of(MEDICAL), policy=HOSPITAL)
    yield _code("medical-at-a-gate", "scene_not_accepted", _of(MEDICAL))
    yield _code("medical-at-a-counter", "ok", _of(MEDICAL), policy=COUNTER)


def _credential_ages() -> Iterator[Vector]:
    day = credential_claims(issued_at=NOW - 86_400)
    yield _code("credential-a-day-old", "ok", a_device_code(day))
    older = credential_claims(issued_at=NOW - 86_401)
    yield _code("credential-over-a-day-old", "credential_stale", a_device_code(older))
    yield _code("credential-over-a-day-old-where-a-week-will-do", "ok", a_device_code(older), policy=_aged(604_800))
    yield _code("credential-as-old-as-the-policy-allows", "ok", policy=_aged(3600))
    yield _code("credential-stale-by-the-policy", "credential_stale", policy=_aged(3599))
    yield _code("server-code-has-no-credential", "ok", a_code(), now=NOW + 80, policy=_aged(60))


def _trust_and_lists() -> Iterator[Vector]:
    yield _code("key-set-expired", "keys_expired", trust="keys-expire-now")
    yield _code("list-expired", "list_expired", trust="list-expires-now")
    yield _code("list-stale", "list_stale", trust="list-over-a-day-old")
    yield _code("list-missing", "list_missing", trust="without-this-week")
    next_week = credential_claims(issued_at=NOW, expires_at=NOW + 86_400)
    assert next_week.expires_at // WEEK == SHARD + 1
    yield _code("in-the-shard-of-its-credential", "ok", a_device_code(next_week), trust="without-this-week")
    yield _code("index-outside-the-shard", "claims_invalid", a_device_code(credential_claims(index=SHARD_SIZE)))
    yield _code("revoked", "revoked", a_device_code(_revoked()))


def _replays() -> Iterator[Vector]:
    number = _number()
    yield _code("nothing-seen-before", "ok", seen=())
    yield _code("read-twice", "double_read", now=NOW + 10, seen=(Sight(number, NOW, NOW + 10),))
    yield _code("read-twice-within-two-seconds", "double_read", now=NOW + 10, seen=(Sight(number, NOW, NOW + 8),))
    yield _code("shown-again-after-three-seconds", "replayed", now=NOW + 10, seen=(Sight(number, NOW, NOW + 7),))
    yield _code("earlier-code-of-this-credential-seen", "ok", seen=(Sight(number, NOW - 15, NOW),))
    yield _code("another-credential-seen", "ok", seen=(Sight(bytes(8), NOW, NOW),))
    twin = sign_presentation()
    assert isinstance(twin[3], bytes)
    rewritten = write_device([*twin[:3], _twin(twin[3])])
    yield _code("rewritten-and-shown-again", "replayed", rewritten, now=NOW + 9, seen=(Sight(number, NOW, NOW),))
    signature = a_credential()[-64:]
    other = a_credential()[:-64] + _twin(signature)
    text = write_device(sign_presentation(other))
    yield _code("credential-rewritten-and-shown-again", "replayed", text, now=NOW + 9, seen=(Sight(number, NOW, NOW),))
    yield _code(
        "revoked-and-seen-before",
        "revoked",
        a_device_code(_revoked()),
        seen=(Sight(_number(a_credential(_revoked())), NOW, NOW),),
    )


def _first_step_that_fails_decides() -> Iterator[Vector]:
    unknown = b"\xa2\x01\x27\x0d" + a_credential(signer=city.STRANGER)
    yield _code("unknown-key-and-algorithm", "unknown_key", write_device(sign_presentation(header=unknown)))
    *parts, _ = sign_cwt(credential_payload())
    forged = _wrapped([*parts, bytes(64)], signer=city.OTHER_PHONE)
    yield _code("both-signatures-forged", "bad_signature", forged)
    foreign = write_device(sign_presentation(a_credential(signer=city.REVOKED_CODE), signer=city.OTHER_PHONE))
    yield _code("key-revoked-and-phone-forged", "key_revoked", foreign)
    yield _code("phone-forged-and-expired", "bad_holder_signature", _by_another_phone(), now=NOW + 900)
    yield _code("phone-forged-and-clock-behind", "bad_holder_signature", _by_another_phone(), trust="seen-the-future")
    yield _code("expired-and-challenge-missing", "expired", now=NOW + 90, challenge=1)
    yield _code("challenge-missing-and-scene-not-accepted", "challenge_missing", challenge=1, policy=HOSPITAL)
    older = a_device_code(credential_claims(issued_at=NOW - 86_401))
    yield _code("scene-not-accepted-and-credential-stale", "scene_not_accepted", older, policy=HOSPITAL)
    yield _code("credential-stale-and-key-set-expired", "credential_stale", older, trust="keys-expire-now")
    yield _code("revoked-and-credential-stale", "credential_stale", a_device_code(_revoked()), policy=_aged(60))


def _of(scene: Scene) -> str:
    return a_device_code(credential_claims(scene=scene))


def _by_another_phone() -> str:
    return write_device(sign_presentation(signer=city.OTHER_PHONE))


def _revoked() -> CredentialClaims:
    return credential_claims(index=city.REVOKED_INDEX)


def _aged(seconds: int) -> Mapping[str, object]:
    return {**GATE, "max_credential_age": seconds}


def _wrapped(credential: list[object], signer: P256Signer = PHONE) -> str:
    return write_device(sign_presentation(cbor2.dumps(cbor2.CBORTag(18, credential)), signer=signer))


def _payload_with_x(x: int) -> dict[object, object]:
    payload = credential_payload()
    key = payload[_CNF]
    assert isinstance(key, dict)
    key[1][-2] = x.to_bytes(32, "big")
    return payload


def _is_on_curve(x: int, prime: int) -> bool:
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    return pow(x**3 - 3 * x + b, (prime - 1) // 2, prime) == 1


def _twin(signature: bytes) -> bytes:
    """The other signature of the same key over the same message: (r, n − s)."""
    return signature[:32] + (city.GROUP_ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")


def _number(credential: bytes | None = None) -> bytes:
    payload = cbor2.loads(credential or a_credential()).value[2]
    return hashlib.sha256(payload).digest()[:8]
