"""What each endpoint promises: its answer, and the codes by which it may refuse. One table.

Whatever follows from elsewhere is not repeated here: roles and session codes from `ecard.web.access`, rates from `ecard.web.limits`,
refusals of the transition table from `ecard.domain.cards`, statuses and wording from `ecard.web.wording`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, combinations, product
from typing import Literal

from ecard.domain.actors import Actor
from ecard.domain.cards import CardEvent, CardState, CardStatus, Condition, decide
from ecard.domain.errors import RefusedError
from ecard.domain.one_time_codes import REFUSALS, CodePurpose
from ecard.web import answers
from ecard.web.access import ACCESS
from ecard.web.answers import Answer

Store = Literal["untouched", "read", "written"]
BINARY: tuple[str, ...] = ("image/png", "application/octet-stream")
"""Media types whose content is bytes; of the others that are not JSON it is text."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One endpoint's promise.

    ``answer`` is the JSON body of the success ``status``; ``media`` names what else may come with it. ``codes`` are its own refusals.
    ``store`` says whether the database is asked or changed, ``once`` whether an ``Idempotency-Key`` counts.
    """

    status: int = 200
    answer: type[Answer] | None = None
    codes: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    json: str = "application/json"
    store: Store = "read"
    once: bool = False
    summary: str = ""


def _reads(answer: type[Answer] | None, *codes: str, media: str = "", store: Store = "read") -> Promise:
    return Promise(200, answer, codes, (media,) if media else (), store=store)


def _writes(status: int, answer: type[Answer] | None, *codes: str) -> Promise:
    """Changes something, and takes no key: `WITHOUT_KEY` says why."""
    return Promise(status, answer, codes, store="written")


def _once(status: int, answer: type[Answer] | None, *codes: str) -> Promise:
    """The same `Idempotency-Key` has one effect: a kept answer, or one made anew where it carries tokens (`TOKENS_ANEW`)."""
    return Promise(status, answer, codes, store="written", once=True)


def _publication(summary: str, media: str, *codes: str, answer: type[Answer] | None = None) -> Promise:
    store: Store = "read" if codes else "untouched"
    if answer is None:
        return Promise(200, None, codes, (media,), store=store, summary=summary)
    return Promise(200, answer, codes, json=media, store=store, summary=summary)


def refusals(event: CardEvent, endpoint: str, given: frozenset[Condition] = frozenset()) -> tuple[str, ...]:
    """Every code by which the transition table may refuse ``event`` to the roles of ``endpoint``, found by asking it everything."""
    asked = [set(some) | given for size in range(len(Condition)) for some in combinations(Condition, size)]
    actors = [Actor(role, "", bank_id) for role in ACCESS[endpoint] for bank_id in (None, 1)]
    statuses = [CardStatus(*values) for values in product(CardState, (False, True), (False, True))]
    today = datetime.now(UTC).date()
    found = set()
    for actor, status, fulfilled in product(actors, statuses, asked):
        try:
            decide(event, status, actor, on=today, fulfilled=fulfilled)
        except RefusedError as refusal:
            found.add(refusal.code)
    return tuple(sorted(found))


_RANGE = ("range_not_satisfiable",)
_HOLDER = ("not_bound", "no_card")
_CANCEL = (CardEvent.CANCEL, "counter.propose", frozenset({Condition.SECOND_PERSON}))
_SHOW = ("card_not_active", "card_locked", "card_suspended", "card_cancelled", "card_replaced")
_REFRESH = ("token_missing", "token_invalid", "token_expired", "csrf_failed", "token_revoked", "refresh_reused")
_SMS_CODE = tuple(REFUSALS[CodePurpose.SIGN_IN].values())
_STEP_UP = tuple(REFUSALS[CodePurpose.DEVICE_ENROLMENT].values())


def promises() -> dict[str, Promise]:
    """Endpoint → promise, for every endpoint that others may hold on to."""
    return dict(chain(_sessions(), _holder(), _devices(), _counter(), _verifiers(), _records(), _trust(), _health()))


UNPROMISED: dict[str, str] = {
    "pages.home": "a page for people",
    "pages.page": "a page for people",
    "pages.asset": "a page's file",
    "demo.mode": "the demo's own page, absent elsewhere",
    "demo.who_to_be": "the demo's own page, absent elsewhere",
    "demo.inbox": "the demo's own page, absent elsewhere",
}
"""Endpoints that are no part of the contract, and why."""

WITHOUT_KEY: dict[str, str] = {
    "auth.sign_out": "who is signed out stays so",
    "codes.issue": "nothing changes, a code is computed and not written: simply ask again",
    "counter.look_up": "every look counts and is on record as one, a repeated one too",
    "counter.photo": "every look counts and is on record as one, a repeated one too",
}
"""POSTs, and what else is written down, at which no `Idempotency-Key` counts, and why."""

TOKENS_ANEW = frozenset({"auth.sign_in_citizen", "auth.sign_in_staff", "auth.renew", "verifier.open_verifier_session"})
"""Endpoints whose answers carry tokens, which are never kept: a repeated request is given new ones for the same session, for a while."""

_Rows = list[tuple[str, Promise]]


def _sessions() -> _Rows:
    return [
        (
            "auth.request_sms",
            _once(202, answers.SmsCodeSent, "phone_malformed", "sms_too_soon", "sms_unavailable"),
        ),
        ("auth.sign_in_citizen", _once(201, answers.SignedIn, "phone_malformed", *_SMS_CODE)),
        ("auth.sign_in_staff", _once(201, answers.SignedIn, "sign_in_failed", "account_locked")),
        ("auth.renew", _once(200, answers.SignedIn, *_REFRESH)),
        ("auth.session", _reads(answers.SessionInfo)),
        ("auth.sign_out", _writes(204, None)),
    ]


def _holder() -> _Rows:
    lost = refusals(CardEvent.REPORT_LOSS, "citizen.report_loss")
    asked = refusals(CardEvent.REQUEST_REPLACEMENT, "citizen.request_new_card")
    return [
        (
            "citizen.bind",
            _once(200, answers.BoundCard, "document_number_malformed", "binding_refused", "already_bound"),
        ),
        ("citizen.card", _reads(answers.OwnCard, *_HOLDER)),
        ("citizen.photo", _reads(None, "not_bound", "no_photo", media="image/png")),
        ("citizen.timeline", _reads(answers.Timeline, *_HOLDER)),
        ("citizen.report_loss", _once(200, answers.OwnCard, *_HOLDER, *lost)),
        ("citizen.request_new_card", _once(202, answers.OwnCard, *_HOLDER, *asked)),
        (
            "codes.issue",
            Promise(
                201,
                answers.CodeShown,
                (*_HOLDER, "scene_unknown", "scene_unavailable", "codes_unavailable", *_SHOW),
                ("image/png",),
            ),
        ),
    ]


def _devices() -> _Rows:
    sent = ("not_bound", "sms_too_soon", "sms_unavailable")
    keys = ("device_key_invalid", "device_proof_invalid", "device_clock_wrong", "device_key_in_use")
    asked = (
        "credential_request_invalid",
        "credential_request_replayed",
        "device_clock_wrong",
        "single_use_unavailable",
    )
    scenes = ("scene_unknown", "scene_unavailable")
    own = ("device_not_found", "device_ended")
    return [
        ("devices.request_step_up", _once(202, answers.SmsCodeSent, *sent)),
        ("devices.enrol", _once(201, answers.DeviceEnrolled, *_HOLDER, *_STEP_UP, *keys, *_SHOW)),
        ("devices.devices", _reads(answers.Devices, "not_bound")),
        ("devices.unlink", _once(200, answers.DeviceInfo, "not_bound", *own)),
        (
            "devices.issue_credentials",
            _once(201, answers.Credentials, *_HOLDER, *own, *asked, *scenes, "codes_unavailable", *_SHOW),
        ),
    ]


def _counter() -> _Rows:
    found = ("document_number_malformed", "person_not_found", "no_card", "other_bank")
    lost = refusals(CardEvent.REPORT_LOSS, "counter.report_loss")
    withdrawn = refusals(CardEvent.WITHDRAW_LOSS_REPORT, "counter.withdraw_loss_report")
    cancelled = refusals(*_CANCEL)
    decided = ("proposal_not_found", "proposal_closed")
    photo = ("card_not_found", "other_bank", "purpose_missing", "no_photo")
    return [
        ("counter.look_up", _writes(200, answers.CardFound, *found)),
        ("counter.photo", _reads(None, *photo, media="image/png", store="written")),
        ("counter.report_loss", _once(200, answers.CounterCard, "card_not_found", *lost)),
        (
            "counter.withdraw_loss_report",
            _once(200, answers.CounterCard, "card_not_found", "serials_exhausted", *withdrawn),
        ),
        ("counter.propose", _once(201, answers.Proposal, "card_not_found", "proposal_exists", *cancelled)),
        ("counter.proposals", _reads(answers.Proposals)),
        ("counter.confirm", _once(200, answers.Proposal, *decided, "same_person", *cancelled)),
        ("counter.reject", _once(200, answers.Proposal, *decided)),
    ]


def _verifiers() -> _Rows:
    return [
        ("unit.create", _once(201, answers.VerifierWithCode)),
        ("unit.verifiers", _reads(answers.Verifiers)),
        ("unit.disable", _once(204, None, "verifier_not_found")),
        ("unit.renew_code", _once(201, answers.VerifierWithCode, "verifier_not_found")),
        ("verifier.enrol", _once(201, answers.EnrolledVerifier, "enrolment_code_wrong", "proof_invalid")),
        (
            "verifier.open_verifier_session",
            _once(201, answers.VerifierSession, "assertion_invalid", "single_use_unavailable"),
        ),
        ("verifier.sector_keys", _reads(answers.SectorKeys)),
        ("verifier.replace_encryption_key", _once(200, answers.EncryptionKeyInfo, "proof_invalid")),
        ("verifier.verify_online", _once(200, answers.VerificationResult, "single_use_unavailable")),
        ("verifier.take_scans", _once(200, answers.ScansTakenInfo)),
    ]


def _records() -> _Rows:
    return [
        ("auditor.entries", _reads(answers.AuditEntries)),
        ("auditor.verification", _reads(answers.AuditVerification)),
        ("public.banks", _reads(answers.Banks)),
        ("public.server_time", _reads(answers.ServerTime, store="untouched")),
    ]


def _trust() -> _Rows:
    list_codes = ("trust_not_found", "not_found")
    return [
        ("trust.root", _publication("Root file", "application/json", answer=answers.TrustRoot)),
        (
            "trust.keys",
            _publication("Key set", "application/jose+json", "trust_not_ready", answer=answers.SignedKeySet),
        ),
        ("trust.manifest", _publication("Manifest", "application/jose", "trust_not_ready")),
        ("trust.shard_list", _publication("A shard's list", "application/octet-stream", *list_codes, *_RANGE)),
        ("trust.changes", _publication("A shard's changes", "application/octet-stream", *list_codes, *_RANGE)),
        ("trust.status_list", _publication("A shard for others", "application/statuslist+jwt", *list_codes)),
        ("trust.events", _publication("Manifests as they are published", "text/event-stream")),
        (
            "trust.jwks",
            _publication("Code keys", "application/jwk-set+json", "trust_not_ready", answer=answers.CodeKeys),
        ),
    ]


def _health() -> _Rows:
    def probe(summary: str, answer: type[Answer] | None, *codes: str, media: str = "") -> Promise:
        return Promise(200, answer, codes, (media,) if media else (), store="untouched", summary=summary)

    return [
        ("operations.healthz", probe("Alive?", answers.Alive)),
        ("operations.readyz", probe("Ready for requests?", answers.ReadinessInfo)),
        ("operations.metrics", probe("Metrics", None, "not_found", media="text/plain")),
        ("contract.openapi", probe("This document", answers.ContractDocument)),
    ]
