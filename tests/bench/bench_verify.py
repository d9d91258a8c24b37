"""How fast codes are judged offline and made, beside the bare P-256 operation that neither can do without.

Rates are per second of processor time, so that a machine with other work to do measures the code and not its neighbours.

``python -m tests.bench.bench_verify``
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import process_time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from signing import (
    Claims,
    P256Signer,
    Policy,
    TrustBundle,
    encode_code,
    encode_jwt,
    generate_key,
    parse_unverified,
    verify,
)
from tests.bench.large_list import a_large_bundle
from tests.bench.report import Goal, Row, at_least, print_rows
from tests.vectors import city

_TURNS, _CALLS = 100, 200
_POLICY = Policy.preset("gate")
_CLAIMS = city.some_claims(index=20_123_456)
_ECDSA_SHA256 = ec.ECDSA(hashes.SHA256())


def main() -> list[Row]:
    """One core, one code at a time; the last three goals only guard what was reached."""
    return [
        bench_verify("offline verification of a server code, digits", city.a_code(_CLAIMS), at_least(0.85)),
        bench_verify("offline verification of a server code, JWT", city.a_jwt(_CLAIMS), at_least(0.5)),
        bench_issue("making a server code, digits", encode_code, at_least(0.55)),
        bench_issue("making a server code, JWT", _encode_jwt, at_least(0.5)),
    ]


def bench_verify(what: str, code: str, goal: Goal) -> Row:
    """From the scanner's text to the verdict; reference: the same signature, ready in DER, by a ready key."""
    trust = TrustBundle.from_files(a_large_bundle(city.NOW).to_files())
    token = parse_unverified(code)
    key, message = trust.keys.code_keys[token.kid].public.point, token.signing_input
    signature = encode_dss_signature(int.from_bytes(token.signature[:32]), int.from_bytes(token.signature[32:]))
    assert verify(code, trust=trust, policy=_POLICY, now=city.NOW).outcome == "valid"
    return _compare(
        what,
        lambda: verify(code, trust=trust, policy=_POLICY, now=city.NOW),
        lambda: key.verify(signature, message, _ECDSA_SHA256),
        goal,
    )


def bench_issue(what: str, encode: Callable[[Claims, P256Signer], str], goal: Goal) -> Row:
    """From claims to text; reference: signing the same message, left in DER."""
    key = generate_key()
    signer = P256Signer(key)
    message = parse_unverified(encode(_CLAIMS, signer)).signing_input
    return _compare(what, lambda: encode(_CLAIMS, signer), lambda: key.sign(message, _ECDSA_SHA256), goal)


def _compare(what: str, act: Callable[[], object], reference: Callable[[], object], goal: Goal) -> Row:
    """Measures the two in short turns, so that a busy neighbour slows both; the median turn of each counts."""
    turns = [(_rate(act), _rate(reference)) for _ in range(_TURNS)]
    rates, references = zip(*turns, strict=True)
    return Row(what, median(rates), "/s", goal, median(references))


def _rate(act: Callable[[], object]) -> float:
    start = process_time()
    for _ in range(_CALLS):
        act()
    return _CALLS / (process_time() - start)


def _encode_jwt(claims: Claims, signer: P256Signer) -> str:
    return encode_jwt(claims, signer, issuer=city.ISSUER)


if __name__ == "__main__":
    print_rows(main())
