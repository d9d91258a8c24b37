"""Sector keys: the verifier's own key, and the sector's keys wrapped to it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("verifier", sa.Column("encryption_key", sa.LargeBinary(length=32), nullable=True))
    op.create_table(
        "sector_key_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("verifier_id", sa.Integer(), nullable=False),
        sa.Column("kid", sa.String(length=200), nullable=False),
        sa.Column("scene", sa.String(length=200), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["verifier_id"], ["verifier.id"], name=op.f("fk_sector_key_delivery_verifier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sector_key_delivery")),
        sa.UniqueConstraint("verifier_id", "kid", name=op.f("uq_sector_key_delivery_verifier_id_kid")),
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("sector_key_delivery")
    with op.batch_alter_table("verifier", schema=None) as batch_op:
        batch_op.drop_column("encryption_key")
