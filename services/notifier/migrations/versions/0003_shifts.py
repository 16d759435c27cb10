"""Rosters: who has the turn when."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shifts",
        sa.Column("team", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("begins_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("overrides", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("team", "name", "begins_at"),
    )
    op.create_index("shifts_by_end", "shifts", ["ends_at"])


def downgrade() -> None:
    op.drop_index("shifts_by_end", "shifts")
    op.drop_table("shifts")
