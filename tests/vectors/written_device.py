"""Step 2 for device codes: structure and canonical form, outside and inside. But for the defect, all are signed by credential and phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import cbor2

from signing import cose
from tests.vectors.city import (
    CODE,
    NOW,
    PHONE,
    a_code,
    a_credential,
    a_device_code,
    credential_payload,
    cwt_header,
    sign_cwt,
    sign_presentation,
    token_of,
    write_bytes,
    write_cwt,
    write_device,
)
from tests.vectors.vector import Vector

EXP, IAT, CTI, CNF, CARD = 4, 6, 7, 8, -65537
NONCE = 10


def vectors() -> Iterator[Vector]:
    texts = {**_frames(), **_headers(), **_payloads(), **_nonces(), **_credentials(), **_confirmations(), **_integers()}
    yield from (Vector(f"device-{name}", text, "malformed") for name, text in texts.items())


def _frames() -> Mapping[str, str]:
    protected, unprotected, payload, signature = sign_presentation()
    assert isinstance(protected, bytes)
    assert isinstance(signature, bytes)
    token, length = token_of(a_device_code()), len(protected)
    return {
        "no-number": "352",
        "zero": "3520",
        "leading-zero": "3520" + a_device_code()[3:],
        "byte-after-the-token": write_device(token + b"\0"),
        "byte-before-the-token": write_device(b"\x01" + token),
        "two-tokens": write_device(token * 2),
        "last-byte-missing": write_device(token[:-1]),
        "first-byte-missing": write_device(token[1:]),
        "cut-inside-the-credential": write_device(token[:100]),
        "written-as-a-server-code": write_bytes(token),
        "server-code-written-as-one": "352" + a_code()[3:],
        "credential-alone": write_device(a_credential()),
        "presentation-of-a-presentation": write_device(sign_presentation(token)),
        "untagged": write_device(token[1:]),
        "tag-of-cose-sign": write_device(b"\xd8\x62" + token[1:]),
        "tag-in-two-bytes": write_device(b"\xd8\x12" + token[1:]),
        "tagged-again-as-cwt": write_device(b"\xd8\x3d" + token),
        "array-of-five": write_device([*sign_presentation(), b""]),
        "array-of-three": write_device(sign_presentation()[:3]),
        "array-of-indefinite-length": write_device(b"\xd2\x9f" + token[2:] + b"\xff"),
        "protected-header-not-wrapped": write_device([{1: -7}, unprotected, payload, signature]),
        "protected-header-length-in-three-bytes": write_device(b"\xd2\x84\x59" + length.to_bytes(2, "big") + token[4:]),
        "protected-header-in-chunks": write_device(
            b"\xd2\x84\x5f"
            + cose.byte_string(protected[:9])
            + cose.byte_string(protected[9:])
            + b"\xff"
            + token[4 + length :]
        ),
        "protected-header-longer-than-the-token": write_device(b"\xd2\x84\x58\xff" + token[4:]),
        "protected-header-of-a-huge-length": write_device(b"\xd2\x84\x5b" + b"\xff" * 8 + token[4:]),
        "unprotected-header-with-the-credential": write_device(
            [b"\xa1\x01\x26", {13: cbor2.loads(a_credential())}, payload, signature]
        ),
        "unprotected-header-with-a-member": write_device([protected, {4: b"\0\0\0\0"}, payload, signature]),
        "payload-detached": write_device([protected, unprotected, None, signature]),
        "signature-of-63-bytes": write_device([protected, unprotected, payload, signature[:63]]),
        "signature-of-65-bytes": write_device([protected, unprotected, payload, signature + b"\0"]),
        "signature-empty": write_device([protected, unprotected, payload, b""]),
    }


def _headers() -> Mapping[str, str]:
    credential = a_credential()
    return {
        "header-without-algorithm": _with_header(b"\xa1\x0d" + credential),
        "header-without-credential": _with_header(b"\xa1\x01\x26"),
        "header-keys-out-of-order": _with_header(b"\xa2\x0d" + credential + b"\x01\x26"),
        "header-with-kid": _with_header(b"\xa3\x01\x26\x04\x44" + bytes.fromhex(PHONE.kid) + b"\x0d" + credential),
        "header-with-critical-member": _with_header(b"\xa3\x01\x26\x02\x81\x0d\x0d" + credential),
        "header-algorithm-twice": _with_header(b"\xa3\x01\x26\x01\x26\x0d" + credential),
        "header-credential-twice": _with_header(b"\xa3\x01\x26\x0d" + credential + b"\x0d" + credential),
        "header-algorithm-as-text": _with_header(b"\xa2\x01\x65ES256\x0d" + credential),
        "header-algorithm-in-two-bytes": _with_header(b"\xa2\x01\x38\x06\x0d" + credential),
        "header-credential-as-byte-string": _with_header(b"\xa2\x01\x26\x0d" + cose.byte_string(credential)),
        "header-credential-as-kccs": _with_header(b"\xa2\x01\x26\x0e" + credential),
        "header-credential-untagged": _with_header(b"\xa2\x01\x26\x0d" + credential[1:]),
        "header-credential-tagged-again": _with_header(b"\xa2\x01\x26\x0d\xd8\x3d" + credential),
        "header-bytes-after-the-map": _with_header(b"\xa2\x01\x26\x0d" + credential + b"\0"),
        "header-of-indefinite-length": _with_header(b"\xbf\x01\x26\x0d" + credential + b"\xff"),
        "header-empty": _with_header(b"\xa0"),
        "header-missing": _with_header(b""),
    }


def _payloads() -> Mapping[str, str]:
    now = cbor2.dumps(NOW)
    return {
        "payload-empty-map": _with_payload(b"\xa0"),
        "payload-empty": _with_payload(b""),
        "payload-an-array": _with_payload(cbor2.dumps([NOW])),
        "payload-nested-without-end": _with_payload(b"\x81" * 22),
        "payload-without-iat": _with_payload({NONCE: bytes(8)}),
        "payload-with-exp": _with_payload(b"\xa2\x04" + now + b"\x06" + now),
        "payload-with-iat-twice": _with_payload(b"\xa2\x06" + now + b"\x06" + now),
        "payload-keys-out-of-order": _with_payload({NONCE: bytes(8), IAT: NOW}),
        "payload-of-indefinite-length": _with_payload(b"\xbf\x06" + now + b"\xff"),
        "payload-bytes-after-the-map": _with_payload(b"\xa1\x06" + now + b"\0"),
        "iat-as-float": _with_payload({IAT: float(NOW)}),
        "iat-as-text": _with_payload({IAT: str(NOW)}),
        "iat-as-bignum": _with_payload(b"\xa1\x06\xc2\x44" + now[1:]),
        "iat-as-tagged-time": _with_payload({IAT: cbor2.CBORTag(1, NOW)}),
        "iat-negative": _with_payload({IAT: -1}),
        "iat-null": _with_payload({IAT: None}),
        "iat-in-eight-bytes": _with_payload(b"\xa1\x06\x1b" + bytes(4) + now[1:]),
        "iat-of-53-bits": _with_payload({IAT: 2**53}),
        "iat-of-64-bits": _with_payload({IAT: 2**64 - 1}),
    }


def _nonces() -> Mapping[str, str]:
    wrong: Mapping[str, object] = {
        "empty": b"",
        "of-seven-bytes": bytes(7),
        "of-nine-bytes": bytes(9),
        "of-sixteen-bytes": bytes(16),
        "of-53-bits": (2**53).to_bytes(8, "big"),
        "of-64-bits": b"\xff" * 8,
        "as-number": 123_456,
        "as-text": "00123456",
        "null": None,
        "an-array": [bytes(8), bytes(8)],
    }
    texts = {f"nonce-{name}": _with_payload({IAT: NOW, NONCE: nonce}) for name, nonce in wrong.items()}
    nonce_twice = b"\xa3\x06" + cbor2.dumps(NOW) + (b"\x0a\x48" + bytes(8)) * 2
    return texts | {"nonce-twice": _with_payload(nonce_twice)}


def _credentials() -> Mapping[str, str]:
    payload = credential_payload()
    encoded = cbor2.dumps(payload)
    *parts, signature = sign_cwt(payload)
    names = {EXP: "exp", IAT: "iat", CNF: "confirmation-key", CARD: "card-claims"}
    return {
        **{
            f"credential-without-{name}": _with_credential({k: v for k, v in payload.items() if k != key})
            for key, name in names.items()
        },
        "credential-is-a-server-code": write_device(sign_presentation(token_of(a_code()))),
        "credential-with-token-number": _with_credential(
            {EXP: NOW, IAT: NOW, CTI: bytes(8), **_but(payload, EXP, IAT)}
        ),
        "credential-with-issuer": _with_credential({1: "https://ecard.guangzhou.example", **payload}),
        "credential-keys-out-of-order": _with_credential(dict(reversed(payload.items()))),
        "credential-with-confirmation-key-twice": _with_credential(
            b"\xa5" + encoded[1:].replace(_confirmation(payload), _confirmation(payload) * 2)
        ),
        "credential-of-indefinite-length": _with_credential(b"\xbf" + encoded[1:] + b"\xff"),
        "credential-bytes-after-the-map": _with_credential(encoded + b"\0"),
        "credential-bytes-after-its-signature": write_device(sign_presentation(a_credential() + b"\0")),
        "credential-signature-of-63-bytes": _wrapped([*parts, CODE.sign(b"")[:63]]),
        "credential-signature-missing": _wrapped([*parts, b""]),
        "credential-header-of-kid-of-eight-bytes": _wrapped(sign_cwt(payload, {1: -7, 4: bytes.fromhex(CODE.kid) * 2})),
        "credential-with-unprotected-header": _wrapped([parts[0], {4: b"\0\0\0\0"}, parts[2], signature]),
        "stripped-with-confirmation-key-and-token-number": write_cwt(
            sign_cwt({EXP: NOW + 60, IAT: NOW, CTI: bytes(8), **_but(payload, EXP, IAT)})
        ),
    }


def _confirmations() -> Mapping[str, str]:
    key = credential_payload()[CNF]
    assert isinstance(key, dict)
    members = key[1]
    x = members[-2]
    wrong: Mapping[str, object] = {
        "empty": {},
        "null": None,
        "a-key-id": {3: b"\0\0\0\0"},
        "a-key-without-its-member": members,
        "with-key-id": {1: members, 3: b"\0\0\0\0"},
        "encrypted": {2: [b"", {}, b"", []]},
        "key-as-byte-string": {1: cbor2.dumps(members)},
        "key-nested": {1: {1: members}},
        "key-of-p-384": {1: {**members, -1: 2}},
        "key-of-p-521": {1: {**members, -1: 3}},
        "key-of-secp256k1": {1: {**members, -1: 8}},
        "key-of-ed25519": {1: {1: 1, -1: 6, -2: x}},
        "key-symmetric": {1: {1: 4, -1: x}},
        "key-without-curve": {1: _but(members, -1)},
        "key-without-x": {1: _but(members, -2)},
        "key-without-sign": {1: _but(members, -3)},
        "key-with-kid": {1: {1: 2, 2: b"\0\0\0\0", **_but(members, 1)}},
        "key-with-algorithm": {1: {1: 2, 3: -7, **_but(members, 1)}},
        "key-with-private-part": {1: {**members, -4: x}},
        "key-members-out-of-order": {1: dict(reversed(members.items()))},
        "key-with-y": {1: {**members, -3: x}},
        "key-sign-a-number": {1: {**members, -3: 1}},
        "key-sign-null": {1: {**members, -3: None}},
        "key-x-of-31-bytes": {1: {**members, -2: x[1:]}},
        "key-x-of-33-bytes": {1: {**members, -2: b"\0" + x}},
        "key-x-as-number": {1: {**members, -2: int.from_bytes(x[:4], "big")}},
        "key-x-as-bignum": {1: {**members, -2: int.from_bytes(x, "big")}},
        "key-curve-as-text": {1: {**members, -1: "P-256"}},
    }
    return {f"cnf-{name}": _with_credential({**credential_payload(), CNF: value}) for name, value in wrong.items()}


def _integers() -> Mapping[str, str]:
    payload = credential_payload()
    encoded, exp = cbor2.dumps(payload), cbor2.dumps(payload[EXP])
    wide = {
        "credential-exp-in-eight-bytes": encoded.replace(exp, b"\x1b" + bytes(4) + exp[1:]),
        "credential-exp-as-bignum": encoded.replace(exp, b"\xc2\x44" + exp[1:]),
        "credential-scene-in-two-bytes": encoded.replace(b"\x84\x02\x07", b"\x84\x18\x02\x07"),
        "credential-index-in-nine-bytes": encoded.replace(b"\x84\x02\x07", b"\x84\x02\x1b" + bytes(7) + b"\x07"),
        "cnf-key-type-in-two-bytes": encoded.replace(b"\xa4\x01\x02\x20\x01", b"\xa4\x01\x18\x02\x20\x01"),
        "cnf-curve-key-in-two-bytes": encoded.replace(b"\xa4\x01\x02\x20\x01", b"\xa4\x01\x02\x38\x00\x01"),
        "cnf-x-length-in-three-bytes": encoded.replace(b"\x21\x58\x20", b"\x21\x59\x00\x20"),
        "cnf-map-length-in-two-bytes": encoded.replace(b"\x08\xa1\x01", b"\x08\xb8\x01\x01"),
        "cnf-of-indefinite-length": encoded.replace(b"\x08\xa1\x01", b"\x08\xbf\x01").replace(b"\x3a\0", b"\xff\x3a\0"),
        "cnf-sign-in-two-bytes": encoded.replace(b"\x22\xf4", b"\x22\xf8\xf4").replace(b"\x22\xf5", b"\x22\xf8\xf5"),
    }
    return {name: _with_credential(changed) for name, changed in wide.items() if changed != encoded} | {
        "credential-index-beyond-53-bits": _with_credential({**payload, CARD: [2, 2**53, 1, bytes(8)]}),
        "credential-exp-beyond-53-bits": _with_credential({**payload, EXP: 2**53}),
    }


def _with_header(header: bytes) -> str:
    return write_device(sign_presentation(header=header))


def _with_payload(payload: Mapping[object, object] | bytes) -> str:
    content = payload if isinstance(payload, bytes) else cbor2.dumps(payload)
    protected = b"\xa2\x01\x26\x0d" + a_credential()
    return write_device([protected, {}, content, PHONE.sign(cbor2.dumps(["Signature1", protected, b"", content]))])


def _with_credential(payload: Mapping[object, object] | bytes) -> str:
    return _wrapped(sign_cwt(payload, cwt_header()))


def _wrapped(credential: list[object]) -> str:
    return write_device(sign_presentation(cbor2.dumps(cbor2.CBORTag(18, credential))))


def _but(members: Mapping[object, object], *keys: object) -> dict[object, object]:
    return {key: value for key, value in members.items() if key not in keys}


def _confirmation(payload: Mapping[object, object]) -> bytes:
    return cbor2.dumps({CNF: payload[CNF]})[1:]
