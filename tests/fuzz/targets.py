"""What the fuzzer calls: bytes in, and a complaint only where the verifier did what it must never do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from signing import (
    OUTCOME_OF,
    CredentialClaims,
    Policy,
    PolicyError,
    TrustError,
    Verdict,
    base64url,
    cose,
    digits,
    encode_credential,
    encode_presentation,
    strict_json,
    verify,
)
from signing.errors import MalformedError
from signing.manifest import Manifest
from signing.root import RootFile
from signing.statuslist import encode_list, parse_list
from signing.trust import TrustBundle
from tests.fuzz.mutations import write
from tests.fuzz.tokens import HOLDER
from tests.signing.circumstances import GATE, a_trust
from tests.vectors import bundles, city

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Target:
    """Something that takes a stranger's bytes; ``seeds`` are honest ones to start from."""

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


_GENUINE = frozenset({city.a_code(), city.a_jwt()})


def _judge_text(data: bytes) -> None:
    _judge(data.decode("utf-8", "surrogateescape"))


def _judge_server_token(data: bytes) -> None:
    _judge(write(data, "1"))


def _judge_device_token(data: bytes) -> None:
    _judge(write(data, "2"))


def _judge_jwt(data: bytes) -> None:
    """A zero byte parts header, payload and signature."""
    parts = [*data.split(b"\0", 2), b"", b""][:3]
    _judge(".".join(map(base64url.encode, parts)))


def _judge_signed_payload(data: bytes) -> None:
    """Under a signature that holds: what a stolen key would still have to get past."""
    verdict = _verdict(city.write_cwt(city.sign_cwt(data or b"\0")))
    if verdict.outcome == "valid":
        claims = verdict.claims
        if claims is None or not claims.issued_at - GATE.leeway <= city.NOW < claims.expires_at + GATE.leeway:
            raise AssertionError(f"accepted outside its time: {data.hex()}")


def _read_policy(data: bytes) -> None:
    with suppress(MalformedError, PolicyError):
        Policy.from_json(strict_json.parse_object(data))


def _read_root(data: bytes) -> None:
    with suppress(TrustError):
        RootFile.parse(data)


def _read_keys(data: bytes) -> None:
    """No bytes but the root's own are a key set."""
    files = bundles.a_bundle().to_files()
    try:
        TrustBundle.accept(RootFile.parse(files.root), keys=data, manifest=files.manifest)
    except TrustError:
        return
    if data != files.keys:
        raise AssertionError(f"a key set of nobody's: {data!r}")


def _read_manifest(data: bytes) -> None:
    """No bytes but the list key's own are a manifest."""
    with suppress(TrustError):
        Manifest.parse_unverified(data)
    files = bundles.a_bundle().to_files()
    try:
        TrustBundle.accept(RootFile.parse(files.root), keys=files.keys, manifest=data)
    except TrustError:
        return
    if data != files.manifest:
        raise AssertionError(f"a manifest of nobody's: {data!r}")


def _read_list(data: bytes) -> None:
    """What is read is written again with the same bytes."""
    try:
        indices = parse_list(data, 1 << 25)
    except MalformedError:
        return
    if encode_list(indices) != data:
        raise AssertionError(f"a second writing of one list: {data.hex()}")


def _judge(text: str) -> None:
    verdict = _verdict(text)
    if verdict.outcome == "valid" and digits.fold(text) not in _GENUINE:
        raise AssertionError(f"accepted: {text!r}")


def _verdict(text: str) -> Verdict:
    verdict = verify(text, trust=a_trust(), policy=GATE, now=city.NOW)
    if OUTCOME_OF[verdict.code] != verdict.outcome:
        raise AssertionError(f"{verdict.code} is not {verdict.outcome}")
    return verdict


def _bytes_of(code: str) -> bytes:
    number = int(code[3:])
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _jwt_parts() -> bytes:
    return b"\0".join(map(base64url.decode, city.a_jwt().split(".")))


def _stale_device_token() -> bytes:
    """Near a genuine one, and not valid itself: its time is over."""
    return _bytes_of(encode_presentation(_credential(), HOLDER, now=city.NOW - 600))


def _credential() -> bytes:
    issued = city.NOW - 60
    claims = CredentialClaims(city.TRANSIT, city.INDEX, issued, issued + _DAY, city.TRANSIT_ATTRIBUTES)
    return encode_credential(claims, HOLDER.public_key, city.CODE)


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "text": Target(_judge_text, lambda: [city.a_code().encode(), city.a_jwt().encode(), "３５１ 2".encode()]),
        "server-token": Target(_judge_server_token, lambda: [_bytes_of(city.a_code()), _credential()]),
        "device-token": Target(_judge_device_token, lambda: [_stale_device_token()]),
        "jwt": Target(_judge_jwt, lambda: [_jwt_parts()]),
        "signed-payload": Target(_judge_signed_payload, lambda: [cose.encode_payload(city.some_claims())]),
        "policy": Target(_read_policy, lambda: [b'{"preset":"gate","leeway":1,"scenes":["transit"],"online":"first"}']),
        "root": Target(_read_root, lambda: [bundles.a_root()]),
        "keys": Target(_read_keys, lambda: [bundles.a_key_set()]),
        "manifest": Target(_read_manifest, lambda: [bundles.a_bundle().manifest]),
        "list": Target(_read_list, lambda: [encode_list({5, 6, 700, 70_000, 7_000_000})]),
    }
)
"""The targets by name."""
