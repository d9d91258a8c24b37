"""What answers look like, member by member, with an example of each; the OpenAPI document is made from these (`ecard.web.contract`).

Nothing here runs while a request is served: the presenters write the answers, and `tests/web` holds every answer against these models.
Clients ignore members that they do not know; a member that is named here stays.
"""

from __future__ import annotations

from ecard.web.answers.base import Answer
from ecard.web.answers.card import (
    BoundCard,
    CardInfo,
    CodeShown,
    FundAccountInfo,
    OwnCard,
    SceneInfo,
    Timeline,
    TimelineEntry,
)
from ecard.web.answers.counter import CardAction, CardFound, CounterCard, Proposal, Proposals
from ecard.web.answers.devices import CredentialInfo, Credentials, DeviceEnrolled, DeviceInfo, Devices
from ecard.web.answers.operations import Alive, ContractDocument, ReadinessInfo
from ecard.web.answers.problem import Fault, ProblemDocument
from ecard.web.answers.record import AuditEntries, AuditEntryInfo, AuditVerification
from ecard.web.answers.registers import (
    BankBrief,
    Banks,
    BankWithOutlets,
    OutletBrief,
    OutletOfBank,
    ServerTime,
    UnitBrief,
)
from ecard.web.answers.sessions import SessionInfo, SignedIn, SmsCodeSent
from ecard.web.answers.trust import CodeKey, CodeKeys, KeySetSignature, RootKey, SignedKeySet, TrustRoot
from ecard.web.answers.verification import (
    ClaimsInfo,
    EvidenceInfo,
    HolderInfo,
    ScansTakenInfo,
    VerdictInfo,
    VerificationResult,
)
from ecard.web.answers.verifiers import (
    EncryptionKeyInfo,
    EnrolledVerifier,
    PolicyInfo,
    SectorKeyInfo,
    SectorKeys,
    VerifierInfo,
    Verifiers,
    VerifierSession,
    VerifierWithCode,
)

__all__ = [
    "Alive",
    "Answer",
    "AuditEntries",
    "AuditEntryInfo",
    "AuditVerification",
    "BankBrief",
    "BankWithOutlets",
    "Banks",
    "BoundCard",
    "CardAction",
    "CardFound",
    "CardInfo",
    "ClaimsInfo",
    "CodeKey",
    "CodeKeys",
    "CodeShown",
    "ContractDocument",
    "CounterCard",
    "CredentialInfo",
    "Credentials",
    "DeviceEnrolled",
    "DeviceInfo",
    "Devices",
    "EncryptionKeyInfo",
    "EnrolledVerifier",
    "EvidenceInfo",
    "Fault",
    "FundAccountInfo",
    "HolderInfo",
    "KeySetSignature",
    "OutletBrief",
    "OutletOfBank",
    "OwnCard",
    "PolicyInfo",
    "ProblemDocument",
    "Proposal",
    "Proposals",
    "ReadinessInfo",
    "RootKey",
    "ScansTakenInfo",
    "SceneInfo",
    "SectorKeyInfo",
    "SectorKeys",
    "ServerTime",
    "SessionInfo",
    "SignedIn",
    "SignedKeySet",
    "SmsCodeSent",
    "Timeline",
    "TimelineEntry",
    "TrustRoot",
    "UnitBrief",
    "VerdictInfo",
    "VerificationResult",
    "VerifierInfo",
    "VerifierSession",
    "VerifierWithCode",
    "Verifiers",
]
