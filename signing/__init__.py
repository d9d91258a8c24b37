"""Issues and verifies the codes of an electronic social-security card (docs/token-format.md).

The package stands alone: a hospital or a gate installs just this. A verifier needs four names::

    from signing import Policy, TrustBundle, verify

    trust = TrustBundle.load("trust")
    verdict = verify(text, trust=trust, policy=Policy.preset("gate"), now=int(time.time()))
    if verdict.outcome == "valid": ...
"""

from signing.claims import Claims, CredentialClaims, Scene, UnverifiedCode, UnverifiedPresentation
from signing.errors import (
    OUTCOME_OF,
    ClaimsError,
    CodeError,
    MalformedError,
    Outcome,
    PolicyError,
    SealError,
    SigningError,
    SyncError,
    TrustError,
)
from signing.keys import generate_key, kid_of, thumbprint, to_jwk
from signing.manifest import ShardPin, pin_shard
from signing.policy import Policy
from signing.publisher import (
    describe_key,
    describe_key_set,
    describe_seal_key,
    sign_key_set,
    sign_manifest,
    sign_status_list,
    write_root,
)
from signing.replay import BoundedReplayMemory, ReplayMemory, Sighting
from signing.root import RootFile
from signing.seal import SealedClaims, open_bytes, open_sealed, seal_bytes, seal_claims
from signing.signer import P256Signer, Signer, encode_code, encode_credential, encode_jwt, encode_presentation
from signing.statuslist import WEEK, Shard, encode_changes, encode_list, live_shards, shard_of, status_uri
from signing.trust import TrustBundle
from signing.trust_state import TrustState
from signing.verdict import Verdict
from signing.verifier import parse_unverified, verify

__all__ = [
    "OUTCOME_OF",
    "WEEK",
    "BoundedReplayMemory",
    "Claims",
    "ClaimsError",
    "CodeError",
    "CredentialClaims",
    "MalformedError",
    "Outcome",
    "P256Signer",
    "Policy",
    "PolicyError",
    "ReplayMemory",
    "RootFile",
    "Scene",
    "SealError",
    "SealedClaims",
    "Shard",
    "ShardPin",
    "Sighting",
    "Signer",
    "SigningError",
    "SyncError",
    "TrustBundle",
    "TrustError",
    "TrustState",
    "UnverifiedCode",
    "UnverifiedPresentation",
    "Verdict",
    "describe_key",
    "describe_key_set",
    "describe_seal_key",
    "encode_changes",
    "encode_code",
    "encode_credential",
    "encode_jwt",
    "encode_list",
    "encode_presentation",
    "generate_key",
    "kid_of",
    "live_shards",
    "open_bytes",
    "open_sealed",
    "parse_unverified",
    "pin_shard",
    "seal_bytes",
    "seal_claims",
    "shard_of",
    "sign_key_set",
    "sign_manifest",
    "sign_status_list",
    "status_uri",
    "thumbprint",
    "to_jwk",
    "verify",
    "write_root",
]
