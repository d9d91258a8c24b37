"""The ``ecard`` command: serve, worker, stream, demo, keys, audit, openapi, config."""

from __future__ import annotations

import json
import re
import sys

import click

from ecard.config import Mode, Settings
from ecard.keys_cli import keys
from ecard.plainly import plainly, read_settings

_PASSWORD = re.compile(r"(//[^:@/]*):[^@/]*@")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ecard")
def main() -> None:
    """The electronic social-security card of a city (电子社会保障卡).

    To look around: `ecard demo`. In earnest, with a database and a Redis: `ecard keys init`, `ecard migrate`, then `ecard worker`,
    `ecard stream` and `ecard serve` side by side; docs/operations.md says more.

    Settings are ECARD_* environment variables; `ecard config` lists them.
    """


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the web process (default: ECARD_PORT or 8000).")
@click.option(
    "--people",
    type=click.IntRange(10, 100_000),
    default=1200,
    show_default=True,
    help="Invented people on a first start.",
)
@plainly
def demo(port: int | None, people: int) -> None:
    """Run a whole demo city: Redis, web, stream and worker, with invented people.

    Data stays under ECARD_DATA_DIR (default var/). Refuses production settings.
    """
    from ecard.running import run_demo  # noqa: PLC0415

    run_demo(read_settings(port=port), people)


@main.command()
@plainly
def serve() -> None:
    """Run the web process (Granian) at ECARD_PORT until SIGTERM.

    Needs database, Redis, and the key files code-….sealed, secrets.sealed, keys.json, root.json.
    """
    from ecard.running import run_web  # noqa: PLC0415

    run_web(read_settings())


@main.command()
@plainly
def stream() -> None:
    """Run the stream process (/trust/events) at ECARD_STREAM_PORT until SIGTERM.

    Needs database and Redis, and no key file.
    """
    from ecard.running import run_stream  # noqa: PLC0415

    run_stream(read_settings())


@main.command()
@plainly
def worker() -> None:
    """Run the worker (revocation list, publications, outbox) until SIGTERM.

    Needs database, Redis, and the key files list-….sealed, seal-….sealed, secrets.sealed, keys.json, root.json.
    """
    from ecard.running import run_worker  # noqa: PLC0415

    run_worker(read_settings())


@main.command()
@plainly
def migrate() -> None:
    """Bring the database to the newest schema; once per release, before the processes start."""
    from ecard.running import prepare_database  # noqa: PLC0415

    settings = read_settings()
    prepare_database(settings)
    click.echo("the database is at the newest schema")


main.add_command(keys)


@main.group()
def audit() -> None:
    """The tamper-evident record."""


@audit.command("verify")
@click.option("--anchor", help="SEQ:DIGEST noted earlier outside the database (the worker logs one an hour).")
@plainly
def audit_verify(anchor: str | None) -> None:
    """Walk the whole chain; exit 1 and say where, if an entry was changed, removed or re-ordered."""
    from ecard.app import lay_foundation  # noqa: PLC0415
    from ecard.services.oversight import verify_audit  # noqa: PLC0415

    with lay_foundation(read_settings()).uow.read() as tx:
        found = verify_audit(tx, _parse_anchor(anchor))
    if found.ok:
        click.echo(f"ok: {found.entries} entries, head {found.head}")
        return
    click.echo(
        f"broken: {found.fault} at entry {found.first_bad}, {found.entries} entries before it are whole", err=True
    )
    sys.exit(1)


@main.command()
@plainly
def openapi() -> None:
    """Print the OpenAPI 3.1 document."""
    from ecard.running import openapi_document  # noqa: PLC0415

    click.echo(json.dumps(openapi_document(), ensure_ascii=False, indent=2))


@main.command()
def config() -> None:
    """List every setting: variable, value in use, meaning."""
    settings = read_settings()
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown = (
            value.value if isinstance(value, Mode) else _PASSWORD.sub(r"\1:***@", str("" if value is None else value))
        )
        click.echo(f"ECARD_{name.upper():<20} {shown:<36} {field.description}")


def _parse_anchor(text: str | None) -> tuple[int, bytes] | None:
    if text is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]*):([0-9a-f]{64})", text)
    if found is None:
        raise click.BadParameter("an anchor is SEQ:DIGEST, as `ecard audit verify` prints it")
    return int(found[1]), bytes.fromhex(found[2])
