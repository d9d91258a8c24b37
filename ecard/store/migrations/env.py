"""Alembic's entry: always online, on the engine that `ecard.store.schema` hands over."""

from __future__ import annotations

from alembic import context

from ecard.store.models import Base

with context.config.attributes["engine"].connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
