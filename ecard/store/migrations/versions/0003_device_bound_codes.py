"""Device-bound codes: devices, serials that die with their loss report, insurance types, one-time codes by purpose"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. A card's serial begins as its id, from which its indices were computed so far: what is published stays true."""
    _number_cards()
    _number_changes()
    op.add_column("person", sa.Column("insurance", sa.Integer(), nullable=False, server_default="0"))
    _replace_codes(sa.Column("purpose", sa.String(length=200), nullable=False))
    _create_devices()


def downgrade() -> None:
    """Revert. Only where no loss report was withdrawn since: such a card would get the revoked index back."""
    op.drop_table("device")
    _replace_codes()
    _drop_column("person", "insurance")
    for column in ("at", "serial"):
        op.drop_index(f"ix_status_change_{column}", "status_change")
    _drop_column("status_change", "serial")
    op.drop_index("ix_card_status_serial", "card")
    _drop_column("card", "status_serial")
    op.add_column("card", sa.Column("unusable_since", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE card SET unusable_since = (SELECT MAX(at) FROM status_change WHERE status_change.card_id = card.id) "
        "WHERE state <> 'active' OR locked"
    )
    op.create_index("ix_card_unusable_since", "card", ["unusable_since"])
    op.execute("DELETE FROM head WHERE name = 'serial'")


def _number_cards() -> None:
    op.add_column("card", sa.Column("status_serial", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE card SET status_serial = id")
    op.create_index("ix_card_status_serial", "card", ["status_serial"], unique=True)
    op.drop_index("ix_card_unusable_since", "card")
    _drop_column("card", "unusable_since")
    op.execute("DELETE FROM head WHERE name = 'serial'")
    newest = op.get_bind().scalar(sa.text("SELECT COALESCE(MAX(id), 0) FROM card"))
    columns = (sa.column("name", sa.String), sa.column("value", sa.BigInteger), sa.column("digest", sa.LargeBinary))
    op.execute(sa.table("head", *columns).insert().values(name="serial", value=newest, digest=b""))


def _number_changes() -> None:
    op.add_column("status_change", sa.Column("serial", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE status_change SET serial = card_id")
    for column in ("serial", "at"):
        op.create_index(f"ix_status_change_{column}", "status_change", [column])


def _drop_column(table: str, column: str) -> None:
    """In place on both databases: SQLite's way by a new table would ask every row that refers to the old one."""
    op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def _replace_codes(*purpose: sa.Column[str]) -> None:
    """Codes live five minutes: those under way are asked for again."""
    op.drop_table("sms_code")
    op.create_table(
        "sms_code",
        sa.Column("phone_index", sa.LargeBinary(length=16), nullable=False),
        *purpose,
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("counted_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("phone_index", *(column.name for column in purpose), name=op.f("pk_sms_code")),
    )


def _create_devices() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=200), nullable=False),
        sa.Column("label_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.JSON(), nullable=False),
        sa.Column("thumbprint", sa.LargeBinary(length=32), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("credentials", sa.JSON(), nullable=False),
        sa.Column("credentials_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_device_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_device_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("public_id", name=op.f("uq_device_public_id")),
    )
    for column in ("account_id", "person_id", "ended_at"):
        op.create_index(f"ix_device_{column}", "device", [column])
    op.create_index("ix_device_thumbprint", "device", ["thumbprint"], unique=True)
