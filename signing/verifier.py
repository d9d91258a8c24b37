"""Judges a code by trust material, policy and time alone (docs/token-format.md §4).

It touches no file, socket or clock, and ends in a verdict for any text.
"""

from __future__ import annotations

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec

from signing import cose, digits, jwt, presentation
from signing.claims import CODE_LIFETIME, MAX_LIFETIME, Claims, UnverifiedCode, UnverifiedPresentation
from signing.credential_memo import CredentialMemo, KnownCredential
from signing.errors import OUTCOME_OF, CodeError
from signing.keys import ALGORITHM, decompress, verifies
from signing.keyset import IssuerKey, KeySet
from signing.policy import Policy
from signing.replay import ReplayMemory
from signing.statuslist import Shard, shard_of, status_uri
from signing.trust import TrustBundle
from signing.verdict import Verdict

_KNOWN_CREDENTIALS = CredentialMemo()


def verify(
    text: str,
    *,
    trust: TrustBundle | None,
    policy: Policy,
    now: int,
    replay: ReplayMemory | None = None,
    challenge: int | None = None,
) -> Verdict:
    """Judges the code ``text``.

    Args:
        text: what the scanner read, any string.
        trust: accepted trust material; None where there is none that can be used.
        policy: what this site accepts.
        now: seconds since 1970.
        replay: the memory that makes a code single-use here; None lets it pass again.
        challenge: the number that this site showed and wants answered, 0 … 2^53 − 1; None where it showed none.

    Returns:
        The verdict of the first step that failed, or ``valid`` · ``ok``. No text makes this raise.
    """
    if trust is None:
        return Verdict("unknown", "no_trust", None, {})
    keys, code, shown, claims = trust.keys, None, None, None
    try:
        # The steps, numbered as in docs/token-format.md §4; the first that fails decides. A credential seen before is
        # taken as read, and its signature as holding under the key under which it held; all else is judged anew.
        #
        #  1 text and writing            8 lifetime              15 age of the credential
        #  2 decoding                    9 the phone's signature 16 key set and manifest unexpired
        #  3 key                        10 clock                 17 age of the list
        #  4 algorithms                 11 not before its time   18 shard and index
        #  5 the issuer's signature     12 expiry                19 revoked
        #  6 the key's life             13 challenge             20 first sight
        #  7 issuer, scene, attributes, 14 scene accepted here   21 valid
        #    the phone's key
        code, shown, known = _read(text)  # 1, 2
        key = _find_key(code, keys)  # 3
        _check_algorithms(code, shown, key)  # 4
        _check_signature(code, key, known)  # 5
        claims = _read_claims(code, keys)
        _check_key_life(code, key)  # 6
        claims = _check_claims(code, claims, keys)  # 7
        holder = _find_holder(code, shown, key, known)  # 7
        _check_lifetime(code)  # 8
        _check_holder(shown, holder)  # 9
        _take_phone_time(claims, shown)
        _check_clock(trust, policy, now)  # 10
        _check_issued(code, shown, policy, now)  # 11
        _check_expiry(code, shown, policy, now)  # 12
        _check_challenge(shown, policy, challenge)  # 13
        _check_scene(claims, policy)  # 14
        _check_credential_age(code, shown, policy, now)  # 15
        _check_trust_expiry(trust, now)  # 16
        _check_list_age(trust, policy, now)  # 17
        shard = _find_shard(code, trust)  # 18
        _check_not_revoked(code, shard)  # 19
        _check_first_sight(claims, policy, now, replay)  # 20
        result = "ok"  # 21
    except CodeError as refusal:
        result = refusal.code
    return Verdict(OUTCOME_OF[result], result, claims, _evidence(code, shown, trust, now))


def parse_unverified(text: str) -> UnverifiedCode:
    """Reads a code without believing it: for looking at one, never for accepting one.

    Raises:
        CodeError: ``too_long``, ``not_a_code``, ``unsupported_format`` (step 1), ``malformed`` (step 2).
    """
    code, shown, _ = _read(text)
    return replace(code, presentation=shown)


def _read(text: str) -> tuple[UnverifiedCode, UnverifiedPresentation | None, KnownCredential | None]:
    written = digits.decode(text)
    if written is None:
        return jwt.decode(digits.fold(text)), None, None
    form, token = written
    if form == digits.SERVER_FORMAT:
        return cose.decode(token), None, None
    shown = presentation.decode(token)
    known = _KNOWN_CREDENTIALS.get(shown.credential)
    return known.code if known else presentation.decode_credential(shown.credential), shown, known


def _find_key(code: UnverifiedCode, keys: KeySet) -> IssuerKey:
    key = keys.code_keys.get(code.kid)
    if key is None:
        raise CodeError("unknown_key")
    return key


def _check_algorithms(code: UnverifiedCode, shown: UnverifiedPresentation | None, key: IssuerKey) -> None:
    if code.algorithm != key.algorithm or (shown is not None and shown.algorithm != ALGORITHM):
        raise CodeError("wrong_algorithm")


def _check_signature(code: UnverifiedCode, key: IssuerKey, known: KnownCredential | None) -> None:
    if known is not None and known.key is key.public:
        return
    if not verifies(key.public.point, code.signature, code.signing_input):
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


def _check_key_life(code: UnverifiedCode, key: IssuerKey) -> None:
    if key.revoked_at is not None:
        raise CodeError("key_revoked")
    if not key.not_before <= code.issued_at < key.expires_at:
        raise CodeError("key_not_valid")


def _check_claims(code: UnverifiedCode, claims: Claims | None, keys: KeySet) -> Claims:
    if claims is None:
        raise CodeError("claims_invalid")
    if code.issuer is not None and code.issuer != keys.issuer:
        raise CodeError("claims_invalid")
    if code.status_uri is not None and code.status_uri != status_uri(keys.issuer, shard_of(code.expires_at)):
        raise CodeError("claims_invalid")
    return claims


def _find_holder(
    code: UnverifiedCode, shown: UnverifiedPresentation | None, key: IssuerKey, known: KnownCredential | None
) -> ec.EllipticCurvePublicKey | None:
    """The phone's key, if the token names one. By now the issuer's signature over it holds: it may be remembered."""
    if code.holder is None:
        return None
    if known is not None and known.key is key.public:
        return known.holder
    holder = decompress(code.holder)
    if holder is None:
        raise CodeError("claims_invalid")
    if shown is not None:
        _KNOWN_CREDENTIALS.keep(shown.credential, KnownCredential(code, key.public, holder))
    return holder


def _check_lifetime(code: UnverifiedCode) -> None:
    if not 0 < code.expires_at - code.issued_at <= MAX_LIFETIME:
        raise CodeError("lifetime_invalid")


def _check_holder(shown: UnverifiedPresentation | None, holder: ec.EllipticCurvePublicKey | None) -> None:
    if holder is None:
        return
    if shown is None:
        raise CodeError("holder_signature_missing")
    if not verifies(holder, shown.signature, shown.signing_input):
        raise CodeError("bad_holder_signature")


def _take_phone_time(claims: Claims, shown: UnverifiedPresentation | None) -> None:
    """From here on the claims of a device code are the code's, no longer the credential's."""
    if shown is not None:
        claims.issued_at = shown.issued_at
        claims.expires_at = min(shown.issued_at + CODE_LIFETIME, claims.expires_at)


def _check_clock(trust: TrustBundle, policy: Policy, now: int) -> None:
    if now < trust.state.time_floor - policy.leeway:
        raise CodeError("clock_behind")


def _check_issued(code: UnverifiedCode, shown: UnverifiedPresentation | None, policy: Policy, now: int) -> None:
    latest = now + policy.leeway
    if code.issued_at > latest:
        raise CodeError("not_yet_valid" if shown is None else "credential_not_yet_valid")
    if shown is not None and shown.issued_at > latest:
        raise CodeError("not_yet_valid")


def _check_expiry(code: UnverifiedCode, shown: UnverifiedPresentation | None, policy: Policy, now: int) -> None:
    passed = now - policy.leeway
    if shown is not None and shown.issued_at + CODE_LIFETIME <= passed:
        raise CodeError("expired")
    if code.expires_at <= passed:
        raise CodeError("expired" if shown is None else "credential_expired")


def _check_challenge(shown: UnverifiedPresentation | None, policy: Policy, challenge: int | None) -> None:
    answer = None if shown is None else shown.challenge
    if answer is None:
        if policy.challenge or challenge is not None:
            raise CodeError("challenge_missing")
    elif challenge is None:
        raise CodeError("challenge_unexpected")
    elif answer != challenge:
        raise CodeError("challenge_wrong")


def _check_scene(claims: Claims, policy: Policy) -> None:
    if policy.scenes is not None and claims.scene.name not in policy.scenes:
        raise CodeError("scene_not_accepted")


def _check_credential_age(code: UnverifiedCode, shown: UnverifiedPresentation | None, policy: Policy, now: int) -> None:
    if shown is not None and now - code.issued_at > policy.max_credential_age:
        raise CodeError("credential_stale")


def _check_trust_expiry(trust: TrustBundle, now: int) -> None:
    if trust.keys.expires_at <= now:
        raise CodeError("keys_expired")
    if trust.manifest.expires_at <= now:
        raise CodeError("list_expired")


def _check_list_age(trust: TrustBundle, policy: Policy, now: int) -> None:
    if now - trust.manifest.issued_at > policy.max_list_age:
        raise CodeError("list_stale")


def _find_shard(code: UnverifiedCode, trust: TrustBundle) -> Shard:
    shard = trust.shards.get(shard_of(code.expires_at))
    if shard is None:
        raise CodeError("list_missing")
    if code.index >= shard.size:
        raise CodeError("claims_invalid")
    return shard


def _check_not_revoked(code: UnverifiedCode, shard: Shard) -> None:
    if shard.is_revoked(code.index):
        raise CodeError("revoked")


def _check_first_sight(claims: Claims, policy: Policy, now: int, replay: ReplayMemory | None) -> None:
    if replay is None:
        return
    end = claims.expires_at + policy.leeway
    sighting = replay.sight(claims.token_id, claims.issued_at, now=now, forget_at=end)
    if sighting != "first":
        raise CodeError(sighting)


def _evidence(
    code: UnverifiedCode | None, shown: UnverifiedPresentation | None, trust: TrustBundle, now: int
) -> dict[str, int | str]:
    manifest = trust.manifest
    known: dict[str, int | str] = {
        "list_age": now - manifest.issued_at,
        "list_version": manifest.version,
        "keys_version": trust.keys.version,
    }
    if code is None:
        return known
    known["kid"] = code.kid
    known["shard"] = shard_of(code.expires_at)
    if shown is None:
        known["form"] = "server"
        known["code_age"] = now - code.issued_at
    else:
        known["form"] = "device"
        known["code_age"] = now - shown.issued_at
        known["credential_age"] = now - code.issued_at
    return known
