"""An index of the alerts that wait for an answer: an SMS `OK` is about the newest of them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = sa.text("live AND NOT acknowledged")


def upgrade() -> None:
    op.create_index("plans_open", "plans", ["alert_id"], sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    op.drop_index("plans_open", "plans")
