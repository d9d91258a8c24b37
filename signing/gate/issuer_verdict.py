"""The issuer's answer to a code, read as a verdict of this site would be, and never believed beyond what a verdict can say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, get_args

from signing import strict_json
from signing.claims import Claims, Scene, UnverifiedCode, Value
from signing.errors import OUTCOME_OF, CodeError, MalformedError, Outcome
from signing.policy import Policy
from signing.verdict import Verdict
from signing.verifier import parse_unverified

_CODE = re.compile(r"[a-z_]{1,40}")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_MEMBERS = frozenset(("scene", "issued_at", "expires_at", "token_id"))


class Ruling(NamedTuple):
    """What the issuer says of a code. ``holder``: of a valid one, what it grants this unit to know."""

    verdict: Verdict
    holder: Mapping[str, object] | None


def read_ruling(answer: strict_json.Object, text: str, own: Verdict) -> Ruling:
    """The ruling in an answer about the code ``text``, of which this site says ``own``.

    Raises:
        MalformedError: no such answer, or one about another code.
    """
    written = strict_json.nested(answer, "verdict")
    outcome, code = strict_json.text(written, "outcome"), strict_json.text(written, "code")
    if outcome not in get_args(Outcome) or not _CODE.fullmatch(code) or OUTCOME_OF.get(code, outcome) != outcome:
        raise MalformedError("not an outcome and its code")
    if (outcome == "valid") != (code == "ok"):
        raise MalformedError("valid is ok, and nothing else is")
    claims = None
    if written.get("claims") is not None:
        claims = _read_claims(strict_json.nested(written, "claims"), _unverified(text), own.claims)
    elif outcome == "valid":
        raise MalformedError("valid without claims")
    evidence = {
        n: v for n, v in strict_json.nested(written, "evidence").items() if type(v) is int or isinstance(v, str)
    }
    holder = strict_json.nested(answer, "holder") if outcome == "valid" and answer.get("holder") else None
    return Ruling(Verdict(_outcome(outcome), code, claims, evidence), holder)


def within(ruling: Verdict, policy: Policy) -> Verdict:
    """What is left of the issuer's verdict by what only the site's policy says: the scene and the credential's age (steps 14, 15)."""
    if ruling.outcome != "valid" or ruling.claims is None:
        return ruling
    if policy.scenes is not None and ruling.claims.scene.name not in policy.scenes:
        return judged(ruling, "scene_not_accepted")
    age = ruling.evidence.get("credential_age", 0)
    if isinstance(age, int) and age > policy.max_credential_age:
        return judged(ruling, "credential_stale")
    return ruling


def judged(verdict: Verdict, code: str) -> Verdict:
    """The verdict with another end."""
    return verdict._replace(outcome=OUTCOME_OF[code], code=code)


def is_code(text: str) -> bool:
    """Whether ``text`` has the form of a code: nothing else is worth a question."""
    try:
        parse_unverified(text)
    except CodeError:
        return False
    return True


def _outcome(word: str) -> Outcome:
    return next(known for known in get_args(Outcome) if known == word)


def _unverified(text: str) -> UnverifiedCode:
    try:
        return parse_unverified(text)
    except CodeError as error:
        raise MalformedError("claims of a text that is no code") from error


def _read_claims(written: strict_json.Object, code: UnverifiedCode, own: Claims | None) -> Claims:
    """The code's claims: as this site read them, if it could; else as the issuer did, whose key set knows more scenes."""
    if strict_json.text(written, "token_id") != code.token_id.hex():
        raise MalformedError("claims of another code")
    if own is not None:
        return own
    name = strict_json.text(written, "scene")
    attributes = {n: _value(written, n) for n in written if n not in _MEMBERS}
    if not all(_NAME.fullmatch(word) for word in (name, *attributes)):
        raise MalformedError("not the name of a scene or an attribute")
    issued_at, expires_at = strict_json.integer(written, "issued_at"), strict_json.integer(written, "expires_at")
    number = code.scene if isinstance(code.scene, int) else 0
    scene = Scene(number, name, tuple(attributes))
    return Claims(scene, code.index, code.token_id, issued_at, expires_at, attributes)


def _value(written: strict_json.Object, name: str) -> Value:
    if type(written[name]) is int:
        return strict_json.integer(written, name)
    try:
        return bytes.fromhex(strict_json.text(written, name))
    except ValueError as error:
        raise MalformedError(f"'{name}' is not in hex") from error
