"""Judges a code by trust material, policy and time alone (docs/token-format.md §4).

It touches no file, socket or clock, and ends in a verdict for any text.
"""

from __future__ import annotations

from typing import Protocol

from signing import cose, digits, jwt
from signing.claims import MAX_LIFETIME, Claims, UnverifiedCode
from signing.errors import OUTCOME_OF, CodeError
from signing.keyset import IssuerKey, KeySet
from signing.policy import Policy
from signing.statuslist import Shard, shard_of, status_uri
from signing.trust import TrustBundle
from signing.verdict import Verdict


class ReplayMemory(Protocol):
    """Remembers the codes that were accepted here."""

    def seen(self, token_id: bytes, expires_at: int) -> bool:
        """Whether the code ``token_id`` (8 bytes) was seen before; records it if not.

        It may be forgotten at ``expires_at`` (seconds since 1970), when no clock within the leeway accepts it any more.
        """


def verify(
    text: str, *, trust: TrustBundle | None, policy: Policy, now: int, replay: ReplayMemory | None = None
) -> Verdict:
    """Judges the code ``text``.

    Args:
        text: what the scanner read, any string.
        trust: accepted trust material; None where there is none that can be used.
        policy: what this site accepts.
        now: seconds since 1970.
        replay: the memory that makes a code single-use here; None lets it pass again.

    Returns:
        The verdict of the first step that failed, or ``valid`` · ``ok``. No text makes this raise.
    """
    if trust is None:
        return Verdict("unknown", "no_trust", None, {})
    code, claims = None, None
    try:
        # The steps, numbered as in docs/token-format.md §4; the first that fails decides:
        #
        #  1 text and writing      7 issuer, scene, attributes   13 key set and manifest unexpired
        #  2 decoding              8 lifetime                    14 age of the list
        #  3 key                   9 clock                       15 shard and index
        #  4 algorithm            10 not before its time         16 the bit
        #  5 signature            11 expiry                      17 first sight
        #  6 the key's window     12 scene accepted here         18 valid
        code = parse_unverified(text)  # 1, 2
        key = _find_key(code, trust.keys)  # 3
        _check_algorithm(code, key)  # 4
        _check_signature(code, key)  # 5
        claims = _read_claims(code, trust.keys)
        _check_key_window(code, key)  # 6
        claims = _check_claims(code, claims, trust.keys)  # 7
        _check_lifetime(claims)  # 8
        _check_clock(trust, policy, now)  # 9
        _check_issued(claims, policy, now)  # 10
        _check_expiry(claims, policy, now)  # 11
        _check_scene(claims, policy)  # 12
        _check_trust_expiry(trust, now)  # 13
        _check_list_age(trust, policy, now)  # 14
        shard = _find_shard(claims, trust)  # 15
        _check_not_revoked(claims, shard)  # 16
        _check_first_sight(claims, policy, replay)  # 17
        result = "ok"  # 18
    except CodeError as refusal:
        result = refusal.code
    return Verdict(OUTCOME_OF[result], result, claims, _evidence(code, trust, now))


def parse_unverified(text: str) -> UnverifiedCode:
    """Reads a code without believing it: for looking at one, never for accepting one.

    Raises:
        CodeError: ``too_long``, ``not_a_code``, ``unsupported_format`` (step 1), ``malformed`` (step 2).
    """
    token = digits.decode(text)
    return jwt.decode(digits.fold(text)) if token is None else cose.decode(token)


def _find_key(code: UnverifiedCode, keys: KeySet) -> IssuerKey:
    key = keys.code_keys.get(code.kid)
    if key is None:
        raise CodeError("unknown_key")
    return key


def _check_algorithm(code: UnverifiedCode, key: IssuerKey) -> None:
    if code.algorithm != key.algorithm:
        raise CodeError("wrong_algorithm")


def _check_signature(code: UnverifiedCode, key: IssuerKey) -> None:
    if not key.public.verifies(code.signature, code.signing_input):
        raise CodeError("bad_signature")


def _read_claims(code: UnverifiedCode, keys: KeySet) -> Claims | None:
    """The claims under their names, which only the scene gives them; None where scene and attributes do not fit."""
    scene = keys.scenes.get(code.scene)
    if scene is None:
        return None
    written = code.attributes
    values = written if isinstance(written, list) else jwt.attribute_values(scene.attributes, written)
    attributes = scene.name_attributes(values)
    if attributes is None:
        return None
    return Claims(scene, code.index, code.token_id, code.issued_at, code.expires_at, attributes)


def _check_key_window(code: UnverifiedCode, key: IssuerKey) -> None:
    if not key.is_in_window(code.issued_at):
        raise CodeError("key_not_valid")


def _check_claims(code: UnverifiedCode, claims: Claims | None, keys: KeySet) -> Claims:
    if claims is None:
        raise CodeError("claims_invalid")
    if code.issuer is not None and code.issuer != keys.issuer:
        raise CodeError("claims_invalid")
    if code.status_uri is not None and code.status_uri != status_uri(keys.issuer, shard_of(code.expires_at)):
        raise CodeError("claims_invalid")
    return claims


def _check_lifetime(claims: Claims) -> None:
    if not 0 < claims.expires_at - claims.issued_at <= MAX_LIFETIME:
        raise CodeError("lifetime_invalid")


def _check_clock(trust: TrustBundle, policy: Policy, now: int) -> None:
    if now < trust.state.time_floor - policy.leeway:
        raise CodeError("clock_behind")


def _check_issued(claims: Claims, policy: Policy, now: int) -> None:
    if claims.issued_at > now + policy.leeway:
        raise CodeError("not_yet_valid")


def _check_expiry(claims: Claims, policy: Policy, now: int) -> None:
    if claims.expires_at <= now - policy.leeway:
        raise CodeError("expired")


def _check_scene(claims: Claims, policy: Policy) -> None:
    if policy.scenes is not None and claims.scene.name not in policy.scenes:
        raise CodeError("scene_not_accepted")


def _check_trust_expiry(trust: TrustBundle, now: int) -> None:
    if trust.keys.expires_at <= now:
        raise CodeError("keys_expired")
    if trust.manifest.expires_at <= now:
        raise CodeError("list_expired")


def _check_list_age(trust: TrustBundle, policy: Policy, now: int) -> None:
    if now - trust.manifest.issued_at > policy.max_list_age:
        raise CodeError("list_stale")


def _find_shard(claims: Claims, trust: TrustBundle) -> Shard:
    shard = trust.shards.get(shard_of(claims.expires_at))
    if shard is None:
        raise CodeError("list_missing")
    if claims.index >= shard.size:
        raise CodeError("claims_invalid")
    return shard


def _check_not_revoked(claims: Claims, shard: Shard) -> None:
    if shard.is_revoked(claims.index):
        raise CodeError("revoked")


def _check_first_sight(claims: Claims, policy: Policy, replay: ReplayMemory | None) -> None:
    if replay is not None and replay.seen(claims.token_id, claims.expires_at + policy.leeway):
        raise CodeError("replayed")


def _evidence(code: UnverifiedCode | None, trust: TrustBundle, now: int) -> dict[str, int | str]:
    manifest = trust.manifest
    known: dict[str, int | str] = {
        "list_age": now - manifest.issued_at,
        "list_version": manifest.version,
        "keys_version": trust.keys.version,
    }
    if code is not None:
        known |= {"code_age": now - code.issued_at, "kid": code.kid, "shard": shard_of(code.expires_at)}
    return known
