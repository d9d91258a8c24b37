"""Step 2 for digits: structure and canonical form. But for the defect, every one is signed by the code key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import cbor2

from signing import cose
from tests.vectors.city import CODE, NOW, a_code, cwt_header, cwt_payload, sign_cwt, some_claims, write_bytes, write_cwt
from tests.vectors.vector import Vector

EXP, IAT, CTI, CARD = 4, 6, 7, -65537


def vectors() -> Iterator[Vector]:
    texts = {**_numbers(), **_frames(), **_headers(), **_payloads(), **_integers(), **_types()}
    yield from (Vector(name, text, "malformed") for name, text in texts.items())


def _numbers() -> Mapping[str, str]:
    token = _token()
    return {
        "leading-zero": "3510" + a_code()[3:],
        "zero": "3510",
        "small-number": "3517",
        "byte-after-the-token": write_bytes(token + b"\0"),
        "byte-before-the-token": write_bytes(b"\x01" + token),
        "two-tokens": write_bytes(token + token),
        "last-byte-missing": write_bytes(token[:-1]),
        "first-byte-missing": write_bytes(token[1:]),
    }


def _frames() -> Mapping[str, str]:
    protected, unprotected, payload, signature = sign_cwt()
    assert isinstance(protected, bytes)
    assert isinstance(payload, bytes)
    token = _token()
    return {
        "untagged": write_bytes(token[1:]),
        "tag-of-cose-mac": write_cwt(sign_cwt(), tag=17),
        "tag-in-two-bytes": write_bytes(b"\xd8\x12" + token[1:]),
        "tagged-again-as-cwt": write_bytes(b"\xd8\x3d" + token),
        "array-of-five": write_cwt([*sign_cwt(), b""]),
        "array-of-three": write_cwt(sign_cwt()[:3]),
        "array-length-in-two-bytes": write_bytes(b"\xd2\x98\x04" + token[2:]),
        "array-of-indefinite-length": write_bytes(b"\xd2\x9f" + token[2:] + b"\xff"),
        "protected-header-not-wrapped": write_cwt([cwt_header(), unprotected, payload, signature]),
        "protected-header-length-in-two-bytes": write_bytes(b"\xd2\x84\x58" + bytes([len(protected)]) + token[3:]),
        "unprotected-header-with-kid": write_cwt([protected, {4: b"\0\0\0\0"}, payload, signature]),
        "unprotected-header-null": write_cwt([protected, None, payload, signature]),
        "payload-detached": write_cwt([protected, unprotected, None, signature]),
        "payload-as-text": write_bytes(
            token.replace(cose.byte_string(payload), b"\x78" + cose.byte_string(payload)[1:])
        ),
        "payload-length-in-three-bytes": write_bytes(
            token.replace(b"\x58" + bytes([len(payload)]), b"\x59\0" + bytes([len(payload)]), 1)
        ),
        "payload-in-chunks": write_bytes(
            token.replace(
                cose.byte_string(payload),
                b"\x5f" + cose.byte_string(payload[:9]) + cose.byte_string(payload[9:]) + b"\xff",
            )
        ),
        "signature-of-63-bytes": _resigned(CODE.sign(b"")[:63]),
        "signature-of-65-bytes": _resigned(CODE.sign(b"") + b"\0"),
        "signature-empty": _resigned(b""),
    }


def _headers() -> Mapping[str, str]:
    kid = bytes.fromhex(CODE.kid)
    return {
        "header-without-algorithm": _with_header({4: kid}),
        "header-without-kid": _with_header({1: -7}),
        "header-empty": _with_header(b"\xa0"),
        "header-missing": _with_header(b""),
        "header-keys-out-of-order": _with_header({4: kid, 1: -7}),
        "header-with-critical-member": _with_header({1: -7, 2: [4], 4: kid}),
        "header-with-content-type": _with_header({1: -7, 3: 0, 4: kid}),
        "header-algorithm-as-text": _with_header({1: "ES256", 4: kid}),
        "header-algorithm-twice": _with_header(b"\xa3\x01\x26\x01\x26\x04\x44" + kid),
        "header-algorithm-in-two-bytes": _with_header(b"\xa2\x01\x38\x06\x04\x44" + kid),
        "header-kid-of-three-bytes": _with_header({1: -7, 4: kid[:3]}),
        "header-kid-of-eight-bytes": _with_header({1: -7, 4: kid * 2}),
        "header-kid-as-text": _with_header({1: -7, 4: CODE.kid[:4]}),
        "header-bytes-after-the-map": _with_header(cbor2.dumps(cwt_header()) + b"\0"),
    }


def _payloads() -> Mapping[str, str]:
    payload = cwt_payload()
    encoded = cbor2.dumps(payload)
    names = {EXP: "exp", IAT: "iat", CTI: "cti", CARD: "card-claims"}
    return {
        **{
            f"{name}-missing": _with_payload({k: v for k, v in payload.items() if k != key})
            for key, name in names.items()
        },
        "payload-with-issuer": _with_payload({1: "https://ecard.guangzhou.example", **payload}),
        "payload-with-confirmation-key-too": _with_payload(
            {EXP: NOW + 60, IAT: NOW, CTI: payload[CTI], 8: {1: {}}, CARD: payload[CARD]}
        ),
        "payload-keys-out-of-order": _with_payload(dict(reversed(payload.items()))),
        "payload-with-exp-twice": _with_payload(b"\xa5\x04" + cbor2.dumps(NOW + 9999) + encoded[1:]),
        "payload-map-of-indefinite-length": _with_payload(b"\xbf" + encoded[1:] + b"\xff"),
        "payload-map-length-in-two-bytes": _with_payload(b"\xb8\x04" + encoded[1:]),
        "payload-bytes-after-the-map": _with_payload(encoded + b"\0"),
        "payload-empty": _with_payload(b""),
        "payload-an-array": _with_payload(cbor2.dumps(list(payload.values()))),
    }


def _integers() -> Mapping[str, str]:
    encoded = cbor2.dumps(cwt_payload())
    exp, iat = cbor2.dumps(NOW + 60), cbor2.dumps(NOW)
    wide = {exp: b"\x1b" + bytes(4) + exp[1:], iat: b"\x1b" + bytes(4) + iat[1:]}
    return {
        "exp-in-eight-bytes": _with_payload(encoded.replace(exp, wide[exp])),
        "iat-in-eight-bytes": _with_payload(encoded.replace(iat, wide[iat])),
        "exp-as-bignum": _with_payload(encoded.replace(exp, b"\xc2\x44" + exp[1:])),
        "exp-as-float": _with_claim(EXP, float(NOW + 60)),
        "exp-as-text": _with_claim(EXP, str(NOW + 60)),
        "exp-as-tagged-time": _with_claim(EXP, cbor2.CBORTag(1, NOW + 60)),
        "exp-negative": _with_claim(EXP, -1),
        "exp-beyond-53-bits": _with_claim(EXP, 2**53),
        "exp-null": _with_claim(EXP, None),
        "scene-in-two-bytes": _with_payload(encoded.replace(b"\x84\x02\x07", b"\x84\x18\x02\x07")),
        "index-in-three-bytes": _with_payload(encoded.replace(b"\x84\x02\x07", b"\x84\x02\x19\x00\x07")),
        "card-claims-length-in-two-bytes": _with_payload(encoded.replace(b"\x84\x02\x07", b"\x98\x04\x02\x07")),
        "card-claims-of-indefinite-length": _with_payload(encoded.replace(b"\x84\x02\x07", b"\x9f\x02\x07") + b"\xff"),
        "pseudonym-length-in-two-bytes": _with_payload(encoded.replace(b"\x48\x00\x01", b"\x58\x08\x00\x01")),
    }


def _types() -> Mapping[str, str]:
    return {
        "cti-of-seven-bytes": _with_claim(CTI, b"1234567"),
        "cti-of-sixteen-bytes": _with_claim(CTI, b"12345678" * 2),
        "cti-as-text": _with_claim(CTI, "12345678"),
        "card-claims-as-map": _with_claim(CARD, {1: 2, 2: 7}),
        "card-claims-empty": _with_claim(CARD, []),
        "card-claims-without-index": _with_claim(CARD, [2]),
        "scene-as-text": _with_claim(CARD, ["transit", 7, 1, bytes(8)]),
        "index-negative": _with_claim(CARD, [2, -1, 1, bytes(8)]),
        "index-beyond-53-bits": _with_claim(CARD, [2, 2**53, 1, bytes(8)]),
        "attribute-as-text": _with_claim(CARD, [2, 7, 1, "12345678"]),
        "attribute-as-float": _with_claim(CARD, [2, 7, 1.0, bytes(8)]),
        "attribute-true": _with_claim(CARD, [2, 7, True, bytes(8)]),
    }


def _token() -> bytes:
    number = int(a_code()[3:])
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _resigned(signature: bytes) -> str:
    return write_cwt([*sign_cwt()[:3], signature])


def _with_header(header: Mapping[object, object] | bytes) -> str:
    return write_cwt(sign_cwt(header=header))


def _with_payload(payload: Mapping[object, object] | bytes) -> str:
    return write_cwt(sign_cwt(payload))


def _with_claim(key: int, value: object) -> str:
    return _with_payload({**cwt_payload(some_claims()), key: value})
