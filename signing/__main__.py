"""The command line of a verifier: ``python -m signing verify``, ``sync`` and ``gate``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from signing import strict_json
from signing.digits import MAX_CHARACTERS
from signing.errors import MalformedError, PolicyError, SyncError, TrustError
from signing.policy import PRESETS, Policy
from signing.root import RootFile
from signing.sync import TIMEOUT, sync
from signing.trust import TrustBundle
from signing.verdict import Verdict
from signing.verifier import verify

VALID, NOT_VALID, USAGE = 0, 1, 2
"""Exit codes; of ``sync``: done, not done, usage."""

_MAX_FILE_BYTES = 64 * 1024
_MAX_UTF8_BYTES = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; 2, with a message, for a wrong use."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["gate"]:
        from signing.gate import command  # noqa: PLC0415 - a single verdict needs no server, no database and no thread

        return command.main(words[1:])
    parser = _parser()
    options = parser.parse_args(words)
    try:
        return _verify(options) if options.command == "verify" else _sync(options)
    except UsageError as error:
        parser.error(str(error))
    except BrokenPipeError:
        return NOT_VALID


class UsageError(Exception):
    """A file named on the command line that cannot be used."""


def _verify(options: argparse.Namespace) -> int:
    policy = _read_policy(options.policy)
    text = _read_input() if options.text == "-" else options.text
    now = int(time.time()) if options.now is None else options.now
    try:
        trust = TrustBundle.load(options.trust)
    except TrustError as error:
        verdict = Verdict("unknown", "no_trust", None, {"trust_error": error.code, "detail": error.reason})
    else:
        verdict = verify(text, trust=trust, policy=policy, now=now)
    _print(verdict.to_json())
    return VALID if verdict.outcome == "valid" else NOT_VALID


def _sync(options: argparse.Namespace) -> int:
    root = _read_root(options.root)
    try:
        synced = sync(options.from_url, root, options.trust, now=options.now, timeout=options.timeout)
    except (SyncError, TrustError) as error:
        sys.stderr.write(f"sync: {error}\n")
        return NOT_VALID
    manifest = synced.bundle.manifest
    _print({"manifest_version": manifest.version, "changed": synced.changed, "downloaded": synced.downloaded})
    return VALID


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m signing", description="Verify the codes of an electronic social-security card, offline."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="verify | sync | gate")
    _add_verify(commands.add_parser("verify", help="judge one code", description=_VERIFY, epilog=_VERIFY_EXIT))
    _add_sync(commands.add_parser("sync", help="fetch trust material", description=_SYNC, epilog=_SYNC_EXIT))
    commands.add_parser("gate", help="judge codes for as long as it runs: a gate, a counter; gate --help")
    return parser


_VERIFY = "Judges one code without any network and prints one JSON object: outcome, code, claims, evidence."
_VERIFY_EXIT = "Exit: 0 valid, 1 anything else, 2 wrong use."
_SYNC = "Brings the trust folder up to what the issuer publishes. Run it as often as the list must be fresh."
_SYNC_EXIT = "Exit: 0 done, 1 nothing changed in the folder because fetching or checking failed, 2 wrong use."


def _add_verify(parser: argparse.ArgumentParser) -> None:
    _add_trust(parser, "the trust folder that `sync` keeps")
    parser.add_argument(
        "--policy",
        type=Path,
        metavar="FILE",
        help=f"what this site accepts, as JSON; presets: {', '.join(PRESETS)} (default: counter)",
    )
    parser.add_argument("text", metavar="TEXT", help="what the scanner read; - reads it from standard input")


def _add_sync(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="from_url", metavar="URL", required=True, help="the issuer's server, http or https"
    )
    parser.add_argument(
        "--root", type=Path, metavar="FILE", required=True, help="the root file, as handed over by the issuer"
    )
    _add_trust(parser, "the trust folder; made where it is missing")
    parser.add_argument(
        "--timeout",
        type=_positive_seconds,
        default=TIMEOUT,
        metavar="SECONDS",
        help="how long the server may stay silent (default: %(default)g)",
    )


def _add_trust(parser: argparse.ArgumentParser, purpose: str) -> None:
    parser.add_argument("--trust", type=Path, metavar="DIR", required=True, help=purpose)
    parser.add_argument(
        "--now", type=_epoch, metavar="EPOCH", help="the time, in seconds since 1970 (default: the clock's)"
    )


def _epoch(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > strict_json.MAX_INTEGER:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds since 1970")
    return int(text)


def _positive_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"'{text}' is not between 0 and 3600 seconds")
    return seconds


def _read_policy(path: Path | None) -> Policy:
    if path is None:
        return Policy.preset("counter")
    try:
        return Policy.from_json(strict_json.parse_object(_read_file(path)))
    except (MalformedError, PolicyError) as error:
        raise UsageError(f"policy {path}: {error}") from error


def _read_root(path: Path) -> RootFile:
    try:
        return RootFile.parse(_read_file(path))
    except TrustError as error:
        raise UsageError(f"root file {path}: {error.reason}") from error


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error


def _read_input() -> str:
    """Standard input, as much of it as can still be a code; more than that is judged too long."""
    return sys.stdin.buffer.read(_MAX_UTF8_BYTES * (MAX_CHARACTERS + 1)).decode("utf-8", "replace")


def _print(members: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(members, ensure_ascii=False) + "\n")


def _settled(code: int) -> int:
    """``code``, once all that was printed has left; `NOT_VALID` where nobody reads it any more, instead of this interpreter's own 120."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code or NOT_VALID
    return code


if __name__ == "__main__":
    sys.exit(_settled(main()))
