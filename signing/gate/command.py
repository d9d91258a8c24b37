"""The command line of a gate: ``python -m signing gate``, ``gate enrol``, ``gate status``."""

from __future__ import annotations

import argparse
import json
import signal
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from signing import strict_json
from signing.errors import MalformedError, PolicyError, TrustError
from signing.gate import daemon, database, self_test
from signing.gate.addresses import parse_address
from signing.gate.asking import kept_facts
from signing.gate.device_key import POLICY, DeviceKey, Identity
from signing.gate.encryption_key import EncryptionKey
from signing.gate.enrolment import enrol, read_root
from signing.gate.health import count_facts, sector_facts, trust_facts
from signing.gate.issuer_api import IssuerApi, IssuerError, check_address
from signing.gate.online import MAX_OPERATOR, PURPOSES, Asker
from signing.gate.output import FORMS, is_journal, split_command
from signing.gate.private_files import IdentityError
from signing.gate.scan_log import DAYS_KEPT, EXTRAS, MOST_SCANS, ScanLog
from signing.gate.sectors import Sectors
from signing.policy import PRESETS, Policy
from signing.root import RootFile
from signing.trust import TrustBundle

DONE, FAILED, USAGE = 0, 1, 2

_PROGRAM = "python -m signing gate"
_MAX_FILE_BYTES = 64 * 1024


class UsageError(Exception):
    """Something on the command line that cannot be used."""


def main(arguments: Sequence[str]) -> int:
    """Runs a gate, or one of its other commands, and returns the exit status."""
    commands: Mapping[str, Callable[[Sequence[str]], int]] = {"enrol": _enrol, "status": _status}
    command = commands.get(arguments[0]) if arguments else None
    return _run(arguments) if command is None else command(arguments[1:])


def _run(arguments: Sequence[str]) -> int:
    parser = _run_parser()
    options = parser.parse_args(arguments)
    if options.self_test:
        return self_test.main(sys.stdout)
    try:
        gate = daemon.Gate(_settings(options))
    except (UsageError, ValueError, TrustError, IdentityError) as error:
        parser.error(str(error))
    except (OSError, sqlite3.Error, database.DatabaseTooNewError) as error:
        sys.stderr.write(f"gate: {error}\n")
        return FAILED
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: gate.stop.set())
    return gate.run()


def _settings(options: argparse.Namespace) -> daemon.Settings:
    if options.trust is None:
        raise UsageError("--trust is needed")
    if not (options.stdin or options.serial or options.tcp or options.http):
        raise UsageError("a gate needs something to read: --stdin, --serial, --tcp or --http")
    if options.hook is not None:
        split_command(options.hook)
    _check_ports(options.serial)
    _check_reveal(options)
    asker = _asker(options)
    identity = None if options.no_network else Identity.load(options.trust)
    if identity is not None:
        IssuerApi(identity.server)
    key = DeviceKey.load(options.trust)
    server, root = _server(options, identity), _root(options)
    if server is not None and root is None:
        raise UsageError("a server without a root file is nobody: --root FILE, or enrol the gate")
    return daemon.Settings(
        trust=options.trust,
        policy=_policy(options),
        server=server,
        root=root,
        stdin=options.stdin,
        serial=options.serial,
        tcp=[parse_address(text, allow_remote=options.allow_remote) for text in options.tcp],
        http=[parse_address(text, allow_remote=options.allow_remote) for text in options.http],
        origins=frozenset(options.origin),
        hosts=frozenset(options.host),
        output=options.output,
        hook=options.hook,
        keep=frozenset(options.keep),
        most_scans=options.most_scans,
        days=options.days,
        identity=identity,
        key=key,
        encryption_key=EncryptionKey.open_or_make(options.trust) if identity else None,
        asker=asker,
        reveal=options.reveal,
    )


def _check_reveal(options: argparse.Namespace) -> None:
    """Refuses to write down who was there: a journal is read by many, and for long."""
    if options.reveal and options.output == "json" and is_journal(sys.stdout):
        raise UsageError("--reveal with --output json would write names into the journal: send the output elsewhere")


def _asker(options: argparse.Namespace) -> Asker | None:
    if options.purpose is None and options.operator is None:
        return None
    if options.purpose is None or options.operator is None:
        raise UsageError("--purpose and --operator go together: both are on record at the issuer")
    operator = options.operator.strip()
    if not 0 < len(operator) <= MAX_OPERATOR or not operator.isprintable():
        raise UsageError(f"--operator is a line of 1 to {MAX_OPERATOR} characters")
    return Asker(options.purpose, operator)


def _check_ports(ports: Sequence[str]) -> None:
    if not ports:
        return
    try:
        from signing.gate.serial_port import parse_port  # noqa: PLC0415 - not on every system
    except ImportError as error:
        raise UsageError(
            "serial ports need a system with termios; here a program of yours may read the port"
        ) from error
    for port in ports:
        parse_port(port)


def _server(options: argparse.Namespace, identity: Identity | None) -> str | None:
    if options.no_network:
        return None
    if options.server is None:
        return None if identity is None else identity.server
    check_address(options.server)
    return str(options.server)


def _root(options: argparse.Namespace) -> RootFile | None:
    return read_root(options.trust) if options.root is None else RootFile.parse(_read(options.root))


def _policy(options: argparse.Namespace) -> Policy:
    kept = options.trust / POLICY
    path = options.policy or (kept if kept.exists() else None)
    if path is None:
        return Policy.preset("gate")
    try:
        return Policy.from_json(strict_json.parse_object(_read(path)))
    except (MalformedError, PolicyError) as error:
        raise UsageError(f"policy {path}: {error}") from error


def _enrol(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"{_PROGRAM} enrol", description=_ENROL, epilog=_ENROL_EXIT)
    parser.add_argument("--server", metavar="URL", required=True, help="the issuer's server, https")
    parser.add_argument(
        "--code", metavar="XXXX-XXXX-XXXX", required=True, help="the unit administrator's one-time code"
    )
    parser.add_argument(
        "--trust", type=Path, metavar="DIR", required=True, help="the gate's folder; made where it is missing"
    )
    options = parser.parse_args(arguments)
    server = options.server.rstrip("/")
    try:
        identity = enrol(IssuerApi(server), server, options.code, options.trust, daemon.wall_clock())
    except ValueError as error:
        parser.error(str(error))
    except (IssuerError, IdentityError, TrustError, OSError) as error:
        advice = _ENROL_ADVICE.get(getattr(error, "code", ""), "")
        sys.stderr.write(f"enrol: {error}{advice}\n")
        return FAILED
    _print({"verifier_id": identity.verifier_id, "label": identity.label, "server": identity.server})
    return DONE


def _status(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"{_PROGRAM} status", description=_STATUS, epilog=_STATUS_EXIT)
    parser.add_argument("--trust", type=Path, metavar="DIR", required=True, help="the gate's folder")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="as the gate itself is given it")
    options = parser.parse_args(arguments)
    try:
        policy, trust = _policy(options), TrustBundle.load(options.trust)
    except UsageError as error:
        parser.error(str(error))
    except TrustError as error:
        policy, trust = Policy.preset("gate"), None
        sys.stderr.write(f"status: {error}\n")
    known = trust_facts(trust, policy, daemon.wall_clock())
    _print({**known, **_own_facts(options.trust, policy)})
    return FAILED if known["unable"] else DONE


def _own_facts(folder: Path, policy: Policy) -> dict[str, object]:
    """Who the gate is, what it can open, and how its scan log and its questions stand; without a gate there is none of it."""
    known = sector_facts(Sectors(folder, lambda line: _complain(f"status: {line}")))
    try:
        identity = Identity.load(folder)
        known["verifier_id"] = identity.verifier_id if identity else None
        if (folder / database.FILE).exists():
            log = ScanLog(folder / database.FILE)
            known |= count_facts(log.counts()) | {"online": {"policy": policy.online, **kept_facts(log)}}
            log.close()
    except (IdentityError, sqlite3.Error) as error:
        known["trouble"] = str(error)
    return known


def _run_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM, description=_RUN, epilog=_RUN_EXIT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--trust", type=Path, metavar="DIR", help="the gate's folder: trust material, memory, scan log, key"
    )
    parser.add_argument("--self-test", action="store_true", help="judge the codes built into this package, and exit")
    _add_inputs(parser.add_argument_group("what it reads, several at once"))
    _add_judging(parser.add_argument_group("how it judges"))
    _add_answers(parser.add_argument_group("what it says and does"))
    _add_network(parser.add_argument_group("the network, which it can do without"))
    return parser


def _add_inputs(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--stdin", action="store_true", help="standard input; a line ends with CR, LF or TAB")
    group.add_argument(
        "--serial", action="append", default=[], metavar="PORT[@BAUD]", help="as /dev/ttyACM0 (115200 baud)"
    )
    group.add_argument(
        "--tcp", action="append", default=[], metavar="ADDRESS:PORT", help="a line a code, as 127.0.0.1:7531"
    )
    group.add_argument("--http", action="append", default=[], metavar="ADDRESS:PORT", help=_HTTP_HELP)
    group.add_argument(
        "--origin", action="append", default=[], metavar="URL", help="a web page's origin that may ask over --http"
    )
    group.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="NAME:PORT",
        help="a further name of the bridge, with --allow-remote",
    )
    group.add_argument(
        "--allow-remote", action="store_true", help="let --tcp and --http be reached from other machines"
    )


def _add_judging(group: argparse._ArgumentGroup) -> None:
    presets = ", ".join(PRESETS)
    group.add_argument(
        "--policy",
        type=Path,
        metavar="FILE",
        help=f"as JSON; presets: {presets} (default: policy.json in DIR, else gate)",
    )
    group.add_argument(
        "--purpose", choices=PURPOSES, help="for which the issuer is asked, on record there, where the policy asks it"
    )
    group.add_argument("--operator", metavar="NAME", help="who asks it, as the unit calls him, likewise on record")


def _add_answers(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--output",
        choices=FORMS,
        default="line",
        help="a line has no token numbers in it, json has all (default: line)",
    )
    group.add_argument("--reveal", action="store_true", help=_REVEAL_HELP)
    group.add_argument(
        "--hook",
        metavar="COMMAND",
        help="run for each verdict, without a shell; told by ECARD_OUTCOME, ECARD_CODE, ECARD_ACTION",
    )
    group.add_argument("--keep", action="append", default=[], choices=EXTRAS, help="keep this in the scan log too")
    group.add_argument(
        "--most-scans", type=_positive, default=MOST_SCANS, metavar="N", help="of the scan log (default: %(default)s)"
    )
    group.add_argument(
        "--days", type=_positive, default=DAYS_KEPT, metavar="N", help="that scans are kept (default: %(default)s)"
    )


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--server", metavar="URL", help="the issuer's (default: the one where the gate is enrolled)")
    group.add_argument(
        "--root", type=Path, metavar="FILE", help="the root file as handed over (default: root.json in DIR)"
    )
    group.add_argument("--no-network", action="store_true", help="follow DIR alone, which somebody else fills")


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= 10_000_000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to 10,000,000")
    return int(text)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error


def _complain(line: str) -> None:
    sys.stderr.write(line + "\n")


def _print(members: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(members, ensure_ascii=False) + "\n")


_RUN = f"""Judges codes for as long as it runs, with or without a network.

  {_PROGRAM} enrol --server URL --code CODE --trust DIR    make a key and enrol it, once
  {_PROGRAM} --trust DIR --serial /dev/ttyACM0             a gate
  {_PROGRAM} --trust DIR --http 127.0.0.1:7532             a bridge for a program on this machine
  {_PROGRAM} status --trust DIR                            how it stands"""
_RUN_EXIT = "Exit: 0 stopped by a signal or at the end of its input, 1 it could not go on, 2 wrong use."
_HTTP_HELP = "POST /verify, GET /challenge, /healthz, /metrics, as 127.0.0.1:7532"
_REVEAL_HELP = (
    "tell who the holder is in --output json and over --tcp too, and to other machines that ask over --http;"
    " without it, only on this machine in the HTTP answer that was asked for with reveal"
)
_ENROL = "Makes this gate's keys and enrols them at the issuer. What it needs from then on is in DIR."
_ENROL_ADVICE = {
    "enrolment_code_wrong": ": the code is mistyped, spent or older than a day; ask the unit's administrator for a new one",
    "idempotency_key_reused": ": the code is spent; `status` says whether this gate is enrolled, else ask for a new code",
    "proof_invalid": ": this machine's clock is wrong by more than the issuer lets pass; set it, and give the command again",
}
_ENROL_EXIT = "Exit: 0 enrolled, 1 refused or not reached (the same command may be given again), 2 wrong use."
_STATUS = "Says as JSON how a gate stands, by its folder alone."
_STATUS_EXIT = "Exit: 0 it can answer, 1 it cannot: `unable` says why, 2 wrong use."
