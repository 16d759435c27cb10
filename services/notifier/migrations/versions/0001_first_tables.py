"""Who is told, what was planned, and the ledger."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "areas",
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("wkb", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("area_id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "broadcasts",
        sa.Column("broadcast_id", sa.String(length=36), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("trace", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("cursor", sa.String(length=36), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("broadcast_id"),
    )
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.create_index(
            "broadcasts_waiting",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(batch_op.f("ix_broadcasts_alert_id"), ["alert_id"], unique=False)

    op.create_table(
        "duty_people",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("teams", sa.JSON(), nullable=False),
        sa.Column("urgencies", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "escalations",
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("alert_id", "round", "urgency", "step"),
    )
    with op.batch_alter_table("escalations", schema=None) as batch_op:
        batch_op.create_index(
            "escalations_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "history",
        sa.Column("notification_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=True),
        sa.Column("provider_message_id", sa.String(length=80), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("instance", sa.String(length=36), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("notification_id", "state", "attempts"),
    )
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.create_index(
            "history_unpublished",
            ["at"],
            unique=False,
            sqlite_where=sa.text("NOT published"),
            postgresql_where=sa.text("NOT published"),
        )

    op.create_table(
        "instances",
        sa.Column("instance_id", sa.String(length=36), nullable=False),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id"),
    )
    op.create_table(
        "notifications",
        sa.Column("notification_id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("recipient_id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("owner", sa.String(length=36), nullable=True),
        sa.Column("provider", sa.String(length=20), nullable=True),
        sa.Column("provider_message_id", sa.String(length=80), nullable=True),
        sa.Column("parts_total", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("trace", sa.String(length=80), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("notification_id"),
    )
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notifications_alert_id"), ["alert_id"], unique=False)
        batch_op.create_index(
            "notifications_owned",
            ["owner"],
            unique=False,
            sqlite_where=sa.text("owner IS NOT NULL"),
            postgresql_where=sa.text("owner IS NOT NULL"),
        )
        batch_op.create_index("notifications_states", ["channel", "state"], unique=False)
        batch_op.create_index(
            "notifications_unknown",
            ["channel", "next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("state = 'unknown'"),
            postgresql_where=sa.text("state = 'unknown'"),
        )
        batch_op.create_index(
            "notifications_waiting",
            ["channel", "priority", "next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('requested', 'claimed') AND owner IS NULL"),
            postgresql_where=sa.text("state IN ('requested', 'claimed') AND owner IS NULL"),
        )

    op.create_table(
        "parts",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("provider_message_id", sa.String(length=80), nullable=False),
        sa.Column("notification_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=True),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("provider", "provider_message_id"),
    )
    with op.batch_alter_table("parts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_parts_notification_id"), ["notification_id"], unique=False)

    op.create_table(
        "plans",
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("told_urgency", sa.String(length=10), nullable=True),
        sa.Column("told_category", sa.String(length=30), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("public_text", sa.Text(), nullable=True),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("trace", sa.String(length=80), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id"),
    )
    op.create_table(
        "requests",
        sa.Column("notification_id", sa.String(length=36), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=True),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("recipient_id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("trace", sa.String(length=80), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("produced", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("notification_id"),
    )
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_requests_alert_id"), ["alert_id"], unique=False)
        batch_op.create_index(
            "requests_unproduced",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("NOT produced"),
            postgresql_where=sa.text("NOT produced"),
        )

    op.create_table(
        "stray_receipts",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("provider_message_id", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "provider_message_id"),
    )
    op.create_table(
        "duty_contacts",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("push_keys", sa.JSON(), nullable=True),
        sa.Column("gone_reason", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["duty_people.person_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("contact_id"),
    )
    with op.batch_alter_table("duty_contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_contacts_person_id"), ["person_id"], unique=False)

    op.create_table(
        "subscriptions",
        sa.Column("subscription_id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("push_keys", sa.JSON(), nullable=True),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("area", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("least_urgency", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("quiet_hours", sa.JSON(), nullable=False),
        sa.Column("owner_token_digest", sa.String(length=64), nullable=False),
        sa.Column("code_nonce", sa.String(length=32), nullable=False),
        sa.Column("code_expires_at", UtcDateTime(), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("gone_reason", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"]),
        sa.PrimaryKeyConstraint("subscription_id"),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriptions_area_id"), ["area_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscriptions_area_id"))

    op.drop_table("subscriptions")
    with op.batch_alter_table("duty_contacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_contacts_person_id"))

    op.drop_table("duty_contacts")
    op.drop_table("stray_receipts")
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.drop_index(
            "requests_unproduced", sqlite_where=sa.text("NOT produced"), postgresql_where=sa.text("NOT produced")
        )
        batch_op.drop_index(batch_op.f("ix_requests_alert_id"))

    op.drop_table("requests")
    op.drop_table("plans")
    with op.batch_alter_table("parts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_parts_notification_id"))

    op.drop_table("parts")
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.drop_index(
            "notifications_waiting",
            sqlite_where=sa.text("state IN ('requested', 'claimed') AND owner IS NULL"),
            postgresql_where=sa.text("state IN ('requested', 'claimed') AND owner IS NULL"),
        )
        batch_op.drop_index(
            "notifications_unknown",
            sqlite_where=sa.text("state = 'unknown'"),
            postgresql_where=sa.text("state = 'unknown'"),
        )
        batch_op.drop_index("notifications_states")
        batch_op.drop_index(
            "notifications_owned",
            sqlite_where=sa.text("owner IS NOT NULL"),
            postgresql_where=sa.text("owner IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_notifications_alert_id"))

    op.drop_table("notifications")
    op.drop_table("instances")
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_index(
            "history_unpublished", sqlite_where=sa.text("NOT published"), postgresql_where=sa.text("NOT published")
        )

    op.drop_table("history")
    with op.batch_alter_table("escalations", schema=None) as batch_op:
        batch_op.drop_index(
            "escalations_due", sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'")
        )

    op.drop_table("escalations")
    op.drop_table("duty_people")
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_broadcasts_alert_id"))
        batch_op.drop_index(
            "broadcasts_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.drop_table("broadcasts")
    op.drop_table("areas")
