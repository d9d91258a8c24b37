"""Acts of a ceremony in the audit chain: where the database can be reached from, and said aloud where it cannot.

A ceremony is best held on a machine that no network reaches. What it did is on record all the same, because the worker writes down every
key set that it begins to publish (`ecard.services.new_key_set`); who held the ceremony, and why, only this module can tell.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ecard.domain.actors import Actor, Role
from ecard.keystore import KeyStore, KeyStoreError
from ecard.services.ceremony import Act
from ecard.store.database import Database, DatabaseBusyError, UnknownDatabaseError
from ecard.store.schema import OutdatedSchemaError, check_schema
from ecard.store.unit_of_work import Clock, UnitOfWork
from ecard.store.vault import Vault


def record_act(url: str, store: KeyStore, act: Act, person: str, clock: Clock) -> str:
    """Append an act to the audit chain; ``person`` is the operating system's name of who ran it.

    Returns:
        Why it was not written; empty if it was.
    """
    if not _is_there(url):
        return "there is no database here"
    try:
        secrets = store.secrets()
        database = Database(url)
    except (KeyStoreError, UnknownDatabaseError, ArgumentError) as error:
        return str(error)
    try:
        check_schema(database)
        uow = UnitOfWork(database, Vault(secrets.data, secrets.blind_index), secrets.audit, clock=clock)
        with uow.write() as tx:
            tx.record(Actor(Role.SYSTEM, f"ceremony:{person}"), act.action, f"keys:{act.version}", **act.details)
    except OutdatedSchemaError as error:
        return str(error)
    except (DatabaseBusyError, SQLAlchemyError):
        return "the database does not answer"
    finally:
        database.dispose()
    return ""


def _is_there(url: str) -> bool:
    """An SQLite file that is not there would be made by asking."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return True  # told as what it is, a moment later
    return parsed.get_backend_name() != "sqlite" or (parsed.database is not None and Path(parsed.database).exists())
