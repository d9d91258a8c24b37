"""A credential seen before costs one verification; it counts no longer than one seen for the first time."""

from __future__ import annotations

from signing import P256Signer, Policy, TrustBundle, encode_presentation, parse_unverified, verifier, verify
from signing.credential_memo import CredentialMemo, KnownCredential
from signing.keys import PublicKey
from tests.signing.circumstances import GATE, a_trust, judge
from tests.vectors import bundles, city
from tests.vectors.city import CODE, NOW, PHONE, a_credential, a_device_code, credential_claims

MEMO = verifier._KNOWN_CREDENTIALS


def credential_of(index: int) -> bytes:
    """A credential that no other test shows: the memo is the process's."""
    return a_credential(credential_claims(index=index))


def show(credential: bytes, phone: P256Signer = PHONE) -> str:
    return encode_presentation(credential, phone, now=NOW)


def known(credential: bytes) -> KnownCredential:
    found = MEMO.get(credential)
    assert found is not None
    return found


def code_key(trust: TrustBundle | None = None) -> PublicKey:
    return (trust or a_trust()).keys.code_keys[CODE.kid].public


def test_a_credential_is_known_after_its_first_sight() -> None:
    credential = credential_of(201)
    assert MEMO.get(credential) is None
    first = judge(show(credential))
    assert known(credential).key is code_key()
    assert judge(show(credential)) == first


def test_a_known_credential_shown_by_another_phone_is_refused() -> None:
    credential = credential_of(202)
    judge(show(credential))
    assert judge(show(credential, city.OTHER_PHONE)).code == "bad_holder_signature"


def test_only_what_an_issuer_signed_is_kept() -> None:
    claims = credential_claims(index=203)
    refused = {
        a_credential(claims)[:-64] + CODE.sign(b"something else"): "bad_signature",
        a_credential(claims, signer=city.STRANGER): "unknown_key",
        a_credential(claims, signer=city.REVOKED_CODE): "key_revoked",
    }
    for credential, code in refused.items():
        assert judge(show(credential)).code == code
        assert MEMO.get(credential) is None


def test_a_known_credential_is_judged_anew() -> None:
    text = show(credential_of(204))
    assert judge(text).code == "ok"
    assert judge(text, now=NOW + 90).code == "expired"
    assert judge(text, policy=Policy.from_json({"preset": "gate", "max_credential_age": 60})).code == "credential_stale"
    assert judge(text, policy=Policy.preset("hospital")).code == "scene_not_accepted"
    without = TrustBundle.from_files(bundles.a_bundle(shards=(city.SHARD + 1,)).to_files())
    assert verify(text, trust=without, policy=GATE, now=NOW).code == "list_missing"


def test_a_key_of_the_same_name_is_not_the_same_key() -> None:
    """Names have four bytes: what was verified under one key says nothing under another of that name."""
    credential = credential_of(205)
    judge(show(credential))
    another = a_trust().keys.code_keys[city.COMING_CODE.kid].public
    MEMO.keep(credential, known(credential)._replace(key=another, holder=city.OTHER_PHONE.public_key))
    assert judge(show(credential, city.OTHER_PHONE)).code == "bad_holder_signature"
    assert known(credential).key is code_key()
    assert judge(show(credential)).code == "ok"


def test_a_key_set_read_again_verifies_again() -> None:
    credential = credential_of(206)
    judge(show(credential))
    again = TrustBundle.from_files(bundles.a_bundle().to_files())
    assert verify(show(credential), trust=again, policy=GATE, now=NOW).code == "ok"
    assert known(credential).key is code_key(again)


def test_a_memo_is_bounded_and_forgets_what_came_first() -> None:
    memo = CredentialMemo(capacity=2)
    credentials = [credential_of(index) for index in (207, 208, 209)]
    entry = KnownCredential(parse_unverified(a_device_code()), code_key(), PHONE.public_key)
    for credential in credentials:
        memo.keep(credential, entry)
    assert [memo.get(credential) is not None for credential in credentials] == [False, True, True]
    assert len(memo) == 2
