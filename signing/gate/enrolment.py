"""Enrolment: the one-time code of the unit's administrator against a key that never leaves this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from signing import strict_json
from signing.errors import MalformedError, TrustError
from signing.gate.device_key import POLICY, DeviceKey, Identity
from signing.gate.encryption_key import EncryptionKey
from signing.gate.issuer_api import IssuerApi, IssuerError
from signing.gate.private_files import IdentityError, write_private
from signing.gate.sectors import Sectors
from signing.policy import Policy
from signing.root import RootFile
from signing.trust_folder import ROOT

PENDING = "enrolment.json"
_REFUSED = (400, 401, 403, 404, 413, 422)
_TOO_OLD = "proof_invalid"
_SAME = ("code", "public_key", "encryption_key")


def enrol(api: IssuerApi, server: str, code: str, folder: Path, now: int) -> Identity:
    """Enrols the gate whose folder is ``folder``: keys, identity, the site's policy and the root file are kept there.

    A root file that is there already, handed over out of band, is what counts: a server that names another is refused. Sector keys of an
    earlier enrolment are removed: the new unit may be of another sector.

    Raises:
        IssuerError: the code is wrong or spent, or there was no answer.
        IdentityError: a key that cannot be used, or an answer that is none.
        TrustError: ``root_differs``, ``root_malformed``.
        PolicyError: a policy that this release does not know.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key, own = DeviceKey.open_or_make(folder), EncryptionKey.open_or_make(folder)
    pinned = read_root(folder)
    answer = _spend(api, key, own, code, pending=folder / PENDING, now=now)
    try:
        identity = Identity(server, strict_json.text(answer, "verifier_id"), strict_json.text(answer, "label"), own.kid)
        root, policy = strict_json.nested(answer, "root"), strict_json.nested(answer, "policy")
    except MalformedError as error:
        raise IdentityError(f"the server's answer is none: {error}") from error
    _check_root(pinned, root)
    Policy.from_json(policy)
    if pinned is None:
        write_private(folder / ROOT, strict_json.write(root))
    write_private(folder / POLICY, strict_json.write(policy))
    Sectors.clear(folder)
    identity.save(folder)
    (folder / PENDING).unlink(missing_ok=True)
    return identity


def _spend(
    api: IssuerApi, key: DeviceKey, own: EncryptionKey, code: str, *, pending: Path, now: int
) -> strict_json.Object:
    """Asks, and again with the very request whose answer was lost: the code is spent by then, and the issuer repeats its answer.

    A request that never arrived is too old after some minutes; the code still counts, for a new one.
    """
    fresh = key.enrolment_request(code, now, own.public_jwk())
    kept = _kept(pending, fresh)
    request = kept or fresh
    if kept is None:
        write_private(pending, strict_json.write(request))
    try:
        return api.enrol(key, own, request)
    except IssuerError as error:
        if error.status in _REFUSED:
            pending.unlink()
            if kept is not None and error.code == _TOO_OLD:
                return _spend(api, key, own, code, pending=pending, now=now)
        raise


def _kept(pending: Path, fresh: strict_json.Object) -> strict_json.Object | None:
    """The request that waits, if it is of the same code and keys as the ``fresh`` one."""
    try:
        kept = strict_json.parse_object(pending.read_bytes())
    except (FileNotFoundError, MalformedError):
        return None
    return kept if all(kept.get(name) == fresh[name] for name in _SAME) else None


def read_root(folder: Path) -> RootFile | None:
    """The root file in a trust folder; None where there is none.

    Raises:
        TrustError: ``root_malformed``.
    """
    try:
        return RootFile.parse((folder / ROOT).read_bytes())
    except FileNotFoundError:
        return None


def _check_root(pinned: RootFile | None, offered: Mapping[str, object]) -> None:
    named = RootFile.parse(strict_json.write(offered))
    if pinned is None:
        return
    if (named.issuer, named.threshold, named.keys.keys()) != (pinned.issuer, pinned.threshold, pinned.keys.keys()):
        raise TrustError("root_differs", "the server names another root than the file that is here")
