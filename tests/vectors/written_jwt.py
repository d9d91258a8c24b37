"""Step 2 for JWTs: structure, strict base64url and strict JSON. But for the defect, every one is signed by the code key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from signing import base64url
from tests.vectors.city import CODE, ISSUER, a_jwt, sign_jws
from tests.vectors.vector import Vector


def vectors() -> Iterator[Vector]:
    texts = {**_encodings(), **_headers(), **_payloads(), **_types()}
    yield from (Vector(f"jwt-{name}", text, "malformed") for name, text in texts.items())
    yield Vector(
        "jwt-header-in-another-order", sign_jws(json.dumps(dict(reversed(_header().items()))), _text(_claims())), "ok"
    )
    yield Vector(
        "jwt-with-blanks-in-its-json",
        sign_jws(json.dumps(_header(), indent=1), json.dumps(_claims(), indent="\t")),
        "ok",
    )
    yield Vector(
        "jwt-with-escapes-in-its-json", sign_jws(_text(_header()), _text(_claims()).replace("iat", "\\u0069at")), "ok"
    )


def _encodings() -> Mapping[str, str]:
    header, payload, signature = a_jwt().split(".")
    unused_bits = signature[:-1] + chr(ord(signature[-1]) + 1)
    return {
        "unused-bits-in-the-signature": f"{header}.{payload}.{unused_bits}",
        "signature-one-character-longer": f"{header}.{payload}.{signature}A",
        "signature-of-63-bytes": f"{header}.{payload}.{base64url.encode(base64url.decode(signature)[:63])}",
        "signature-of-65-bytes": f"{header}.{payload}.{base64url.encode(base64url.decode(signature) + b'0')}",
        "header-not-utf-8": f"{base64url.encode(bytes([0xFF]))}.{payload}.{signature}",
        "header-not-json": f"{base64url.encode(b'alg=ES256')}.{payload}.{signature}",
        "payload-not-json": sign_jws(_text(_header()), "iss"),
        "payload-an-array": sign_jws(_text(_header()), json.dumps([_claims()])),
        "payload-with-byte-order-mark": sign_jws(_text(_header()), "\ufeff" + _text(_claims())),
        "payload-with-text-after-it": sign_jws(_text(_header()), _text(_claims()) + "{}"),
        "payload-nested-without-end": sign_jws(_text(_header()), '{"status":' + "[" * 1500),
    }


def _headers() -> Mapping[str, str]:
    return {
        "header-without-typ": _with_header(typ=None),
        "header-typ-jwt": _with_header(typ="JWT"),
        "header-typ-of-a-manifest": _with_header(typ="ecard-manifest+jws"),
        "header-without-alg": _with_header(alg=None),
        "header-alg-a-number": _with_header(alg=-7),
        "header-without-kid": _with_header(kid=None),
        "header-kid-in-upper-case": _with_header(kid="A1B2C3D4"),
        "header-kid-a-number": _with_header(kid=12345678),
        "header-kid-too-long": _with_header(kid=CODE.kid + "00"),
        "header-with-crit": _with_header(crit=["exp"], exp=1),
        "header-with-b64": _with_header(b64=True),
        "header-with-jwk": _with_header(jwk={"kty": "EC"}),
        "header-with-member-twice": sign_jws(_text(_header())[:-1] + ',"alg":"ES256"}', _text(_claims())),
        "header-an-array": sign_jws(json.dumps([_header()]), _text(_claims())),
    }


def _payloads() -> Mapping[str, str]:
    text = _text(_claims())
    return {
        **{f"without-{name}": _with_claims(**{name: None}) for name in ("iss", "iat", "exp", "jti", "scene", "status")},
        "exp-twice": sign_jws(_text(_header()), text[:-1] + ',"exp":1795000160}'),
        "exp-twice-by-escape": sign_jws(_text(_header()), text[:-1] + ',"\\u0065xp":1795000160}'),
        "exp-with-a-fraction": sign_jws(_text(_header()), text.replace('"exp":1795000160', '"exp":1795000160.0')),
        "exp-with-an-exponent": sign_jws(_text(_header()), text.replace('"exp":1795000160', '"exp":1795000160e0')),
        "exp-not-a-number": sign_jws(_text(_header()), text.replace('"exp":1795000160', '"exp":NaN')),
    }


def _types() -> Mapping[str, str]:
    uri = f"{ISSUER}/trust/status/2967"
    return {
        "exp-as-text": _with_claims(exp="1795000160"),
        "exp-true": _with_claims(exp=True),
        "exp-negative": _with_claims(exp=-1),
        "exp-beyond-53-bits": _with_claims(exp=2**53),
        "iss-an-array": _with_claims(iss=[ISSUER]),
        "scene-a-number": _with_claims(scene=2),
        "jti-of-seven-bytes": _with_claims(jti=base64url.encode(b"1234567")),
        "jti-padded": _with_claims(jti=base64url.encode(b"12345678") + "="),
        "jti-with-unused-bits": _with_claims(jti="AAAAAAAAAAB"),
        "status-with-another-member": _with_claims(status={"status_list": {"idx": 7, "uri": uri}, "x": 1}),
        "status-list-with-another-member": _with_claims(status={"status_list": {"idx": 7, "uri": uri, "x": 1}}),
        "status-list-missing": _with_claims(status={}),
        "status-index-as-text": _with_claims(status={"status_list": {"idx": "7", "uri": uri}}),
        "status-index-negative": _with_claims(status={"status_list": {"idx": -7, "uri": uri}}),
        "status-uri-missing": _with_claims(status={"status_list": {"idx": 7}}),
    }


def _header() -> dict[str, object]:
    return {"alg": "ES256", "kid": CODE.kid, "typ": "ecard+jwt"}


def _claims() -> dict[str, object]:
    claims = json.loads(base64url.decode(a_jwt().split(".")[1]))
    assert isinstance(claims, dict)
    return claims


def _text(members: Mapping[str, object]) -> str:
    return json.dumps(members, separators=(",", ":"))


def _changed(members: Mapping[str, object], changes: Mapping[str, object]) -> str:
    return _text({name: value for name, value in {**members, **changes}.items() if value is not None})


def _with_header(**changes: object) -> str:
    return sign_jws(_changed(_header(), changes), _text(_claims()))


def _with_claims(**changes: object) -> str:
    return sign_jws(_text(_header()), _changed(_claims(), changes))
