"""The ``ecard keys`` commands: a key ceremony that can be held by its help texts alone."""

from __future__ import annotations

import getpass
import json
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ecard.plainly import plainly, read_settings

if TYPE_CHECKING:  # `ecard --help` must be quick
    from ecard.config import Settings
    from ecard.keystore import KeyStore
    from ecard.services.ceremony import Act, Table
    from ecard.services.key_status import KeyStatus
    from ecard.services.root_keys import RootKey

_F = TypeVar("_F", bound=Callable[..., Any])
_SPAN = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_PURPOSES = click.Choice(["code", "list", "seal"])


class When(click.ParamType):  # type: ignore[type-arg]  # generic in newer releases of click only
    """``now``, a span from now, or an RFC 3339 time with its zone; gives an aware time."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it."""
        now = _now()
        if isinstance(value, datetime) or value == "now":
            return value if isinstance(value, datetime) else now
        span = _SPAN.fullmatch(value)
        if span:
            return now + timedelta(**{_UNITS[span[2]]: int(span[1])})
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            self.fail(f"{value!r} is none of: now, 7d, 36h, 30m, 2026-12-01T08:00:00+08:00", param, ctx)
        return found.astimezone(UTC)


def _root_options(function: _F) -> _F:
    """Where the root key is that signs."""
    folder = click.option(
        "--root-folder",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder or stick with the root key; default: the key folder.",
    )
    passphrase = click.option(
        "--passphrase-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File (mode 0600) that opens the root key; default: ECARD_PASSPHRASE_FILE in the key folder, else the "
        "file `passphrase` beside the root key.",
    )
    return folder(passphrase(function))


@click.group()
def keys() -> None:
    """The keys: root, code, list and sector keys, and the key set that the root signs.

    \b
    Three kinds of key, each in a file sealed by a passphrase:
      root      held by people, offline; signs key sets and nothing else
      code      web processes sign codes with it     list   the worker signs lists
      seal      a sector (hospitals) opens with it what is sealed in a code

    A city begins with `init-root`, `init` and, where several people hold root keys, `sign`. Later changes (`rotate`, `revoke`,
    `new-issuer`, `renew`) are drafted in the key folder as keys.draft.json, and become keys.json once enough root keys have signed. With a
    threshold of one and the root key at hand, that is one step. `status` says what there is and what wants doing.

    The key folder is ECARD_KEY_DIR (default var/keys); ECARD_PASSPHRASE_FILE opens the issuer's keys in it.
    docs/operations.md has the ceremony step by step.
    """


@keys.command("init-root")
@click.option(
    "--keys", "number", type=click.IntRange(1, 16), default=1, show_default=True, help="How many root keys to make."
)
@click.option(
    "--threshold", type=click.IntRange(1, 16), default=1, show_default=True, help="How many must sign a key set."
)
@click.option(
    "--root-folder",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder or stick for the root keys: once for all, or once for each key, in order. Default: the key folder.",
)
@click.option(
    "--passphrase-file",
    "passphrases",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Passphrase file: once for all, or once for each key, in order. One that does not exist is made.",
)
@plainly
def init_root(number: int, threshold: int, folders: tuple[Path, ...], passphrases: tuple[Path, ...]) -> None:
    """Make the root keys root-1, root-2 … and root.json, which every verifier pins.

    \b
    Three people, two of whom must agree, each with a stick:
      ecard keys init-root --keys 3 --threshold 2 \\
        --root-folder /media/anna  --passphrase-file /media/anna/passphrase \\
        --root-folder /media/bo    --passphrase-file /media/bo/passphrase \\
        --root-folder /media/chen  --passphrase-file /media/chen/passphrase
      ecard keys init --draft
      ecard keys sign --with root-1 --root-folder /media/anna
      ecard keys sign --with root-3 --root-folder /media/chen

    This happens once in the life of a city: a root is never replaced, and fewer keys than its threshold can sign nothing more. Then keep
    each root key and its passphrase apart from each other and from this machine, and hand root.json to verifiers by a way that is not
    this service.
    """
    from ecard.services.key_folder import KeyFolder  # noqa: PLC0415
    from ecard.services.root_keys import PREFIX, RootKey, make_root  # noqa: PLC0415

    settings = read_settings()
    chosen = [
        RootKey(_store(settings, folder, passphrase), f"{PREFIX}-{place}")
        for place, (folder, passphrase) in enumerate(
            zip(
                _for_each(folders, number, "--root-folder"),
                _for_each(passphrases, number, "--passphrase-file"),
                strict=True,
            ),
            1,
        )
    ]
    root = make_root(KeyFolder(settings.keys), settings.issuer, chosen, threshold)
    for key, kid in zip(chosen, root.keys, strict=True):
        click.echo(f"{key.name}  {kid}  {key.store.folder}, opened by {key.store.passphrase_file}")
    click.echo(
        f"root of {root.issuer}: {root.threshold} of {len(root.keys)} must sign; its file is {settings.keys / 'root.json'}"
    )
    click.echo(f"next: `ecard keys init{'' if _root_is_at_hand(settings) else ' --draft'}`")


@keys.command("init")
@click.option("--draft", is_flag=True, help="Only draft the first key set, for root keys held elsewhere to sign.")
@plainly
def init(*, draft: bool) -> None:
    """Make whatever keys are missing in the key folder, and the first key set.

    Without `init-root` before it, it makes one root key too, as a demo or a small town needs it. An interrupted start is finished by
    running it again; where a key set is, it changes nothing.
    """
    from ecard.services.ceremony import Act  # noqa: PLC0415
    from ecard.services.key_folder import KeyFolder  # noqa: PLC0415
    from ecard.services.keyset import draft_first_set, init_keys  # noqa: PLC0415

    settings = read_settings()
    table = _table(settings)
    if draft:
        _finish(settings, table, draft_first_set(table.store, table.now))
        return
    made = init_keys(table.store, settings.issuer, table.now)
    click.echo(f"keys {'made' if made else 'are there already'} in {settings.keys}")
    if made:
        _finish(settings, table, Act("key_set_installed", KeyFolder(settings.keys).key_set().version, ()))
        click.echo(f"take the root key and its passphrase offline now; hand {settings.keys}/root.json to verifiers")


@keys.command("new-issuer")
@click.option("--purpose", type=_PURPOSES, required=True, help="What the key is for.")
@click.option("--scene", help="The scene of a sector key, e.g. medical.")
@click.option(
    "--starts",
    type=When(),
    help="When it begins: now, 7d, 36h or an RFC 3339 time. Default: in 7 days beside a key in use, else now.",
)
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long it lasts.")
@_root_options
@plainly
def new_issuer(
    *,
    purpose: str,
    scene: str | None,
    starts: datetime | None,
    days: int,
    root_folder: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Make one more key of a purpose, without ending any other.

    For a purpose or sector that has none; a planned change is `rotate`.
    """
    from ecard.services.ceremony import add_key  # noqa: PLC0415
    from ecard.services.key_plan import CLOCKS_DIFFER, LEAD, Use, Window, current  # noqa: PLC0415

    settings = read_settings()
    table, use = _table(settings), Use(purpose, scene)
    if starts is None:
        is_beside = current(table.folder.key_set(), use, table.at) is not None
        starts = table.now + LEAD if is_beside else table.now - CLOCKS_DIFFER
    window = Window.starting(starts, days=days, now=table.now)
    _act(settings, table, add_key(table, use, window), root_folder, passphrase_file)


@keys.command("rotate")
@click.argument("purpose", type=_PURPOSES)
@click.option("--scene", help="The scene of a sector key, e.g. medical.")
@click.option(
    "--starts",
    type=When(),
    help="When the new key takes over: 36h, or an RFC 3339 time. Default: in 7 days. Sooner, and verifiers that "
    "are offline refuse what it signs.",
)
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long the new key lasts."
)
@_root_options
@plainly
def rotate(
    *,
    purpose: str,
    scene: str | None,
    starts: datetime | None,
    days: int,
    root_folder: Path | None,
    passphrase_file: Path | None,
) -> None:
    """The planned change of a key: make its successor, and end the old one a week after the new one began.

    The successor is announced seven days ahead: no verifier may judge by a list that is older, so all know it before its first
    signature. The expiry of the key set is renewed with it, and it gets the scenes of this release.

    \b
    Once a year, a month before the end that `ecard keys status` names:
      ecard keys rotate code
      ecard keys rotate list
      ecard keys rotate seal --scene medical
    """
    from ecard.services.ceremony import rotate as rotate_key  # noqa: PLC0415
    from ecard.services.key_plan import LEAD, Use  # noqa: PLC0415

    settings = read_settings()
    table = _table(settings)
    lead = LEAD if starts is None else max(timedelta(0), starts - table.now)
    act = rotate_key(table, Use(purpose, scene), lead=lead, days=timedelta(days=days))
    _act(settings, table, act, root_folder, passphrase_file)


@keys.command("revoke")
@click.argument("kid")
@click.option("--reason", required=True, help="Why: for the record.")
@_root_options
@plainly
def revoke(*, kid: str, reason: str, root_folder: Path | None, passphrase_file: Path | None) -> None:
    """The emergency: void everything that the key KID has signed, and go on with a successor at once.

    For a private key that somebody else may have. Codes and credentials of a revoked code key are refused (`key_revoked`) wherever the
    new key set arrives, also those in circulation; after a list key is revoked, verifiers begin their count of manifests anew.
    Verifiers that are offline go on by what they hold, within the age that their policy allows.
    """
    from ecard.services.ceremony import revoke as revoke_key  # noqa: PLC0415

    settings = read_settings()
    table = _table(settings)
    _act(settings, table, revoke_key(table, kid, reason), root_folder, passphrase_file)


@keys.command("renew")
@_root_options
@plainly
def renew(*, root_folder: Path | None, passphrase_file: Path | None) -> None:
    """Sign the same keys anew: a new expiry for the set, this release's scenes, and a key for every sector that lacks one."""
    from ecard.services.ceremony import renew as renew_set  # noqa: PLC0415

    settings = read_settings()
    table = _table(settings)
    _act(settings, table, renew_set(table), root_folder, passphrase_file)


@keys.command("sign")
@click.option("--with", "names", multiple=True, metavar="NAME", help="The root key that signs, e.g. root-2.")
@click.option(
    "--join",
    "copies",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Another copy of this draft, signed elsewhere: take over its signatures.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@_root_options
@plainly
def sign(
    names: tuple[str, ...],
    copies: tuple[Path, ...],
    *,
    yes: bool,
    root_folder: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Look at the draft, sign it with a root key, and put it in force once enough have signed.

    Shows what the draft changes and its fingerprint, then asks. Read it: this is what your key vouches for.

    \b
    Holders in different places: copy root.json, keys.json (if there is one) and keys.draft.json to a folder of
    your own, sign there, send keys.draft.json back; then, where it was made:
      ecard keys sign --join /media/bo/keys.draft.json
    """
    from ecard.services.ceremony import sign as sign_set  # noqa: PLC0415
    from ecard.services.ceremony import summary  # noqa: PLC0415
    from ecard.services.key_drafts import Draft  # noqa: PLC0415
    from ecard.services.root_keys import RootKey  # noqa: PLC0415

    if not names and not copies:
        raise click.UsageError(
            "say which root key signs (--with root-1), or which copy to take signatures from (--join FILE)"
        )
    settings = read_settings()
    table = _table(settings)
    draft = table.folder.draft()
    shown = None if draft is None else draft.digest
    if draft is not None:
        held = table.folder.key_set() if table.folder.has_key_set else None
        click.echo("\n".join(summary(draft, held, draft.signed_by(table.folder.root()))))
        if names and not yes:
            click.confirm("sign this?", abort=True)
    store = _store(settings, root_folder, passphrase_file)
    others = [Draft.parse(path.read_bytes(), str(path)) for path in copies]
    _finish(settings, table, sign_set(table, [RootKey(store, name) for name in names], others, shown=shown))


@keys.command("discard")
@click.option("--yes", is_flag=True, help="Do not ask.")
@plainly
def discard(*, yes: bool) -> None:
    """Drop the draft, and the private keys that only it names. The key set in force is untouched."""
    from ecard.services.ceremony import discard as discard_draft  # noqa: PLC0415

    settings = read_settings()
    if not yes:
        click.confirm("drop the draft and its new private keys?", abort=True)
    table = _table(settings)
    _finish(settings, table, discard_draft(table))


@keys.command("status")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@plainly
def status(*, as_json: bool) -> None:
    """Show the root, the key set, each key's window and state, and what wants doing; exit 1 if something does.

    \b
    States: coming (its window has not begun), signing or sealing (in use now), retiring (its successor signs),
    ended, revoked. Times are RFC 3339 in UTC.
    """
    from ecard.services.key_status import key_status  # noqa: PLC0415

    found = key_status(_store(read_settings()), _now())
    click.echo(json.dumps(found.to_json(), indent=2) if as_json else "\n".join(_status_lines(found)))
    if found.warnings:
        sys.exit(1)


def _status_lines(found: KeyStatus) -> list[str]:
    from ecard.services.key_plan import utc  # noqa: PLC0415

    root, here = found.root, ", ".join(found.root_keys_here) or "none"
    lines = [
        f"issuer   {root.issuer}",
        f"root     {root.threshold} of {', '.join(root.keys)} must sign; private keys here: {here}",
    ]
    if found.keys:
        lines.append(
            f"key set  version {found.keys.version}, from {utc(found.keys.issued_at)} until {utc(found.keys.expires_at)}"
        )
    lines += [
        f"  {line.kid}  {line.use!s:<14} {line.state:<9} {utc(line.not_before)} – {utc(line.expires_at)}"
        f"{'  private key here' if line.is_here else ''}"
        for line in found.lines
    ]
    lines += [f"  {name}.sealed is named by no key set" for name in found.others]
    return lines + [f"! {warning}" for warning in found.warnings] + ([] if found.warnings else ["nothing wants doing"])


def _act(settings: Settings, table: Table, act: Act, root_folder: Path | None, passphrase_file: Path | None) -> None:
    """Tell and record an act; sign at once where one root key suffices and is here."""
    from ecard.services.ceremony import sign as sign_set  # noqa: PLC0415

    _finish(settings, table, act)
    root, at_hand = table.folder.root(), _root_keys(settings, root_folder, passphrase_file)
    if root.threshold == 1 and at_hand:
        _finish(settings, table, sign_set(table, at_hand[:1]))
        return
    click.echo(
        f"draft of version {act.version} in {settings.keys / 'keys.draft.json'}; it needs {root.threshold} root signature(s): "
        "`ecard keys sign --with root-1 --root-folder …`"
    )


def _finish(settings: Settings, table: Table, act: Act) -> None:
    from ecard.services.ceremony_record import record_act  # noqa: PLC0415

    for line in act.lines:
        click.echo(line)
    missed = record_act(settings.sqlalchemy_url, table.store, act, getpass.getuser(), lambda: table.now)
    if missed:
        click.echo(f"not in the audit record ({missed}): note `{act.action}` by hand", err=True)


def _table(settings: Settings) -> Table:
    from ecard.services.ceremony import Table  # noqa: PLC0415

    return Table(_store(settings), _now())


def _store(settings: Settings, folder: Path | None = None, passphrase: Path | None = None) -> KeyStore:
    from ecard.keystore import KeyStore  # noqa: PLC0415

    beside = settings.passphrase if folder is None or folder == settings.keys else folder / "passphrase"
    return KeyStore(folder or settings.keys, passphrase or beside)


def _root_keys(settings: Settings, folder: Path | None, passphrase: Path | None) -> list[RootKey]:
    from ecard.services.root_keys import root_keys_in  # noqa: PLC0415

    return root_keys_in(_store(settings, folder, passphrase))


def _root_is_at_hand(settings: Settings) -> bool:
    from ecard.services.key_folder import KeyFolder  # noqa: PLC0415

    return len(_root_keys(settings, None, None)) >= KeyFolder(settings.keys).root().threshold


def _for_each(given: Sequence[Path], number: int, option: str) -> list[Path | None]:
    """One for each root key: none given, one for all, or as many as keys."""
    if len(given) not in {0, 1, number}:
        raise click.BadParameter(f"give {option} once, or {number} times")
    return list(given) if len(given) == number else [given[0] if given else None] * number


def _now() -> datetime:
    from ecard.store.unit_of_work import system_clock  # noqa: PLC0415

    return system_clock()
