"""Limits on guessing: codes counted by day, accounts that rest, a subject's sessions found without reading all"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Codes live five minutes: those under way are asked for again."""
    op.execute("DELETE FROM sms_code")
    with op.batch_alter_table("sms_code") as batch_op:
        batch_op.add_column(sa.Column("counted_since", sa.DateTime(timezone=True), nullable=False))
        batch_op.add_column(sa.Column("sent", sa.Integer(), nullable=False))
    with op.batch_alter_table("account") as batch_op:
        batch_op.add_column(sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("session") as batch_op:
        batch_op.create_index(batch_op.f("ix_session_subject_id"), ["subject_id"], unique=False)


def downgrade() -> None:
    """Revert."""
    with op.batch_alter_table("session") as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_subject_id"))
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_column("last_signed_in_at")
    with op.batch_alter_table("sms_code") as batch_op:
        batch_op.drop_column("sent")
        batch_op.drop_column("counted_since")
