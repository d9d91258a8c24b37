"""Scans: what verifiers judged without the server, and codes that were seen twice"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("verifier_id", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("token_id", sa.LargeBinary(length=8), nullable=True),
        sa.Column("code_time", sa.BigInteger(), nullable=True),
        sa.Column("shard", sa.Integer(), nullable=True),
        sa.Column("card_index", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["verifier_id"], ["verifier.id"], name=op.f("fk_scan_verifier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
        sa.UniqueConstraint("verifier_id", "scan_id", name=op.f("uq_scan_verifier_id_scan_id")),
    )
    with op.batch_alter_table("scan") as batch_op:
        batch_op.create_index("ix_scan_token_id", ["token_id", "code_time"], unique=False)
        batch_op.create_index(batch_op.f("ix_scan_received_at"), ["received_at"], unique=False)
    op.create_table(
        "misuse_flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=200), nullable=False),
        sa.Column("token_id", sa.LargeBinary(length=8), nullable=False),
        sa.Column("code_time", sa.BigInteger(), nullable=False),
        sa.Column("first_verifier_id", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_verifier_id", sa.Integer(), nullable=False),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_misuse_flag_card_id")),
        sa.ForeignKeyConstraint(["first_verifier_id"], ["verifier.id"], name=op.f("fk_misuse_flag_first_verifier_id")),
        sa.ForeignKeyConstraint(
            ["second_verifier_id"], ["verifier.id"], name=op.f("fk_misuse_flag_second_verifier_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_misuse_flag")),
        sa.UniqueConstraint("public_id", name=op.f("uq_misuse_flag_public_id")),
        sa.UniqueConstraint(
            "token_id",
            "code_time",
            "first_verifier_id",
            "second_verifier_id",
            name=op.f("uq_misuse_flag_code_and_pair"),
        ),
    )
    with op.batch_alter_table("misuse_flag") as batch_op:
        batch_op.create_index(batch_op.f("ix_misuse_flag_created_at"), ["created_at"], unique=False)


def downgrade() -> None:
    """Revert."""
    op.drop_table("misuse_flag")
    op.drop_table("scan")
