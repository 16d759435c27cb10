"""Reports, idempotency keys, what the log says of reports and alerts, gateway keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("report_id", sa.String, primary_key=True),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("client", sa.String(16), nullable=False),
        sa.Column("contact", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("body", sa.String(64), nullable=False),
        sa.Column("report_id", sa.String, nullable=False),
        sa.Column("claimed_at", sa.BigInteger, nullable=False),
        sa.Column("published", sa.Boolean, nullable=False),
    )
    op.create_index("idempotency_keys_by_age", "idempotency_keys", ["claimed_at"])
    op.create_table(
        "assessments",
        sa.Column("report_id", sa.String, primary_key=True),
        sa.Column("raises_alert", sa.Boolean, nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("assessed_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "joinings",
        sa.Column("report_id", sa.String, primary_key=True),
        sa.Column("alert_id", sa.String, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.String, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("merged_into", sa.String),
        sa.Column("messages", sa.JSON, nullable=False),
    )
    op.create_table(
        "gateway_keys",
        sa.Column("key_id", sa.String(12), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("sensors", sa.JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )


def downgrade() -> None:
    for table in ("gateway_keys", "alerts", "joinings", "assessments", "idempotency_keys", "reports"):
        op.drop_table(table)
