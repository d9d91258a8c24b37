"""A city that ran before serials goes on: its lists stay true, and its cards' indices the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

import ecard.store.schema as schema
from ecard.store.database import Database
from ecard.store.models import Card, Head, Person, StatusChange
from tests.provision.databases import Migrate

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
