"""Issues and verifies the codes of an electronic social-security card (docs/token-format.md).

The package stands alone: a hospital or a gate installs just this. A verifier needs four names::

    from signing import Policy, TrustBundle, verify

    trust = TrustBundle.load("trust")
    verdict = verify(text, trust=trust, policy=Policy.preset("gate"), now=int(time.time()))
    if verdict.outcome == "valid": ...
"""

from signing.claims import Claims, Scene, UnverifiedCode
from signing.errors import (
    OUTCOME_OF,
    ClaimsError,
    CodeError,
    MalformedError,
    Outcome,
    PolicyError,
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
from signing.root import RootFile
from signing.signer import P256Signer, Signer, encode_code, encode_jwt
from signing.statuslist import WEEK, Shard, encode_changes, encode_list, live_shards, shard_of, status_uri
from signing.trust import TrustBundle
from signing.trust_state import TrustState
from signing.verdict import Verdict
from signing.verifier import ReplayMemory, parse_unverified, verify

__all__ = [
    "OUTCOME_OF",
    "WEEK",
    "Claims",
    "ClaimsError",
    "CodeError",
    "MalformedError",
    "Outcome",
    "P256Signer",
    "Policy",
    "PolicyError",
    "ReplayMemory",
    "RootFile",
    "Scene",
    "Shard",
    "ShardPin",
    "Signer",
    "SigningError",
    "SyncError",
    "TrustBundle",
    "TrustError",
    "TrustState",
    "UnverifiedCode",
    "Verdict",
    "describe_key",
    "describe_key_set",
    "describe_seal_key",
    "encode_changes",
    "encode_code",
    "encode_jwt",
    "encode_list",
    "generate_key",
    "kid_of",
    "live_shards",
    "parse_unverified",
    "pin_shard",
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
