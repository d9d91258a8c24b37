"""What every command has in common: settings from the environment, and known troubles told in one clear line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from pydantic import ValidationError

from ecard.config import Settings

_P = ParamSpec("_P")
_T = TypeVar("_T")


def plainly(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Known troubles end in one clear line, not in a traceback."""

    @wraps(function)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - `ecard --help` must be quick

        from ecard.app import ConfigurationError  # noqa: PLC0415
        from ecard.keystore import KeyStoreError  # noqa: PLC0415
        from ecard.preflight import RunningError  # noqa: PLC0415
        from ecard.store.database import DatabaseBusyError, UnknownDatabaseError  # noqa: PLC0415
        from ecard.store.schema import OutdatedSchemaError, WrongDeploymentError  # noqa: PLC0415
        from signing import SigningError  # noqa: PLC0415

        try:
            return function(*args, **kwargs)
        except (
            *(ConfigurationError, KeyStoreError, RunningError, SigningError),
            *(UnknownDatabaseError, OutdatedSchemaError, WrongDeploymentError),
        ) as error:
            raise click.ClickException(str(error)) from error
        except (DatabaseBusyError, SQLAlchemyError) as error:
            cause = error.__cause__ if isinstance(error, DatabaseBusyError) else error
            told = getattr(cause, "orig", None) or error
            raise click.ClickException(f"the database does not do it: {str(told).strip()}") from error
        except BrokenPipeError:
            raise  # who reads our output had enough
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'a file'}: {error.strerror or error}") from error

    return wrapped


def read_settings(**overrides: object) -> Settings:
    """The settings in use; ``None`` overrides nothing.

    Raises:
        click.ClickException: one is wrong.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        faults = "; ".join(f"ECARD_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        raise click.ClickException(f"a setting is wrong: {faults}") from error
