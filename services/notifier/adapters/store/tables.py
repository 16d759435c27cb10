"""Every table of the notifier. Addresses and names live here and nowhere else."""

from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    text,
)

from shared.database import UtcDateTime

__all__ = [
    "IS_OPEN",
    "IS_UNKNOWN",
    "IS_UNPRODUCED",
    "IS_UNPUBLISHED",
    "IS_UNSETTLED",
    "IS_WAITING",
    "areas",
    "broadcasts",
    "duty_contacts",
    "duty_people",
    "escalations",
    "history",
    "instances",
    "metadata",
    "notifications",
    "parts",
    "plans",
    "requests",
    "shifts",
    "stray_receipts",
    "subscriptions",
]

metadata: Final = MetaData()
_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")


# Written out, as a partial index is only used by a query that says the very same: a bound parameter could be anything.
IS_OPEN: Final = text("live AND NOT acknowledged")
IS_WAITING: Final = text("state = 'waiting'")
IS_UNSETTLED: Final = text("state IN ('requested', 'claimed')")
IS_UNKNOWN: Final = text("state = 'unknown'")
IS_UNPUBLISHED: Final = text("NOT published")
IS_UNPRODUCED: Final = text("NOT produced")


def _where(condition: TextClause) -> Any:
    """An index over these rows only, in either dialect."""
    return {"sqlite_where": condition, "postgresql_where": condition}


# --- who is told

duty_people = Table(
    "duty_people",
    metadata,
    Column("person_id", String(36), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("language", String(2), nullable=False),
    Column("teams", JSON, nullable=False),
    Column("urgencies", JSON, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
duty_contacts = Table(
    "duty_contacts",
    metadata,
    Column("contact_id", String(36), primary_key=True),
    Column("person_id", ForeignKey("duty_people.person_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("channel", String(8), nullable=False),
    Column("address", Text, nullable=False),
    Column("push_keys", JSON),
    Column("gone_reason", String(80)),
)
shifts = Table(
    "shifts",
    metadata,
    # By name, as a calendar has it: whoever leaves the duty list and comes back has their shifts again.
    Column("team", String(60), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("begins_at", UtcDateTime, primary_key=True),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("overrides", Boolean, nullable=False),
)
Index("shifts_by_end", shifts.c.ends_at)
areas = Table(
    "areas",
    metadata,
    # Areas are kept once, whoever draws them, and never change: an index over them only has to learn the newer ones.
    Column("area_id", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("wkb", LargeBinary, nullable=False),
)
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscription_id", String(36), primary_key=True),
    Column("channel", String(8), nullable=False),
    Column("address", Text, nullable=False),
    Column("push_keys", JSON),
    Column("area_id", ForeignKey("areas.area_id"), nullable=False, index=True),
    Column("area", JSON, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("least_urgency", String(10), nullable=False),
    Column("language", String(2), nullable=False),
    Column("quiet_hours", JSON, nullable=False),
    Column("owner_token_digest", String(64), nullable=False),
    Column("code_nonce", String(32), nullable=False),
    Column("code_expires_at", UtcDateTime, nullable=False),
    Column("wrong_codes", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Column("gone_reason", String(80)),
)

# --- what was planned

plans = Table(
    "plans",
    metadata,
    Column("alert_id", String(36), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("acknowledged", Boolean, nullable=False),
    Column("round", Integer, nullable=False),
    Column("told_urgency", String(10)),
    Column("told_category", String(30)),
    Column("public", Boolean, nullable=False),
    Column("public_text", Text),
    Column("alert", Text, nullable=False),
    Column("trace", String(80)),
    Column("changed_at", UtcDateTime, nullable=False),
)
Index("plans_open", plans.c.alert_id, **_where(IS_OPEN))
escalations = Table(
    "escalations",
    metadata,
    Column("alert_id", String(36), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("urgency", String(10), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", String(40)),
)
Index("escalations_due", escalations.c.due_at, **_where(IS_WAITING))
broadcasts = Table(
    "broadcasts",
    metadata,
    Column("broadcast_id", String(36), primary_key=True),
    Column("alert_id", String(36), nullable=False, index=True),
    Column("purpose", String(12), nullable=False),
    Column("audience", String(20), nullable=False),
    Column("alert", Text, nullable=False),
    Column("trace", String(80)),
    Column("state", String(10), nullable=False),
    Column("reason", String(40)),
    Column("cursor", String(36), nullable=False, default=""),
    Column("counted", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
)
Index("broadcasts_waiting", broadcasts.c.created_at, **_where(IS_WAITING))
requests = Table(
    "requests",
    metadata,
    # The outbox, and the memory of who was told of what.
    Column("notification_id", String(36), primary_key=True),
    Column("alert_id", String(36), index=True),
    Column("purpose", String(12), nullable=False),
    Column("recipient_id", String(36), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("event", Text, nullable=False),
    Column("trace", String(80)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("produced", Boolean, nullable=False),
)
Index("requests_unproduced", requests.c.created_at, **_where(IS_UNPRODUCED))

# --- the ledger

notifications = Table(
    "notifications",
    metadata,
    Column("notification_id", String(36), primary_key=True),
    Column("channel", String(8), nullable=False),
    Column("recipient_id", String(36), nullable=False),
    Column("purpose", String(12), nullable=False),
    Column("alert_id", String(36), index=True),
    Column("priority", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(80), nullable=False),
    Column("owner", String(36)),
    Column("provider", String(20)),
    Column("provider_message_id", String(80)),
    Column("parts_total", Integer),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("event", Text, nullable=False),
    Column("trace", String(80)),
    Column("changed_at", UtcDateTime, nullable=False),
)
Index(
    "notifications_waiting",
    notifications.c.channel,
    notifications.c.priority,
    notifications.c.next_attempt_at,
    **_where(text(f"{IS_UNSETTLED.text} AND owner IS NULL")),
)
Index("notifications_owned", notifications.c.owner, **_where(text("owner IS NOT NULL")))
Index(
    "notifications_unknown",
    notifications.c.channel,
    notifications.c.next_attempt_at,
    **_where(IS_UNKNOWN),
)
Index("notifications_states", notifications.c.channel, notifications.c.state)
history = Table(
    "history",
    metadata,
    # Append-only: a notification comes into a state once, into `claimed` once for each attempt.
    Column("notification_id", String(36), primary_key=True),
    Column("state", String(12), primary_key=True),
    Column("attempts", Integer, primary_key=True),
    Column("reason", String(80), nullable=False),
    Column("provider", String(20)),
    Column("provider_message_id", String(80)),
    Column("at", UtcDateTime, nullable=False),
    Column("instance", String(36), nullable=False),
    Column("published", Boolean, nullable=False),
)
Index("history_unpublished", history.c.at, **_where(IS_UNPUBLISHED))
parts = Table(
    "parts",
    metadata,
    # What a provider calls each part of a message, so that its receipts find the notification.
    Column("provider", String(20), primary_key=True),
    Column("provider_message_id", String(80), primary_key=True),
    Column("notification_id", String(36), nullable=False, index=True),
    Column("state", String(12)),
    Column("reason", String(80)),
)
stray_receipts = Table(
    "stray_receipts",
    metadata,
    # Receipts for messages whose id is not known yet: they came before the answer to the submission.
    Column("provider", String(20), primary_key=True),
    Column("provider_message_id", String(80), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("reason", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
instances = Table(
    "instances",
    metadata,
    Column("instance_id", String(36), primary_key=True),
    Column("heartbeat_at", UtcDateTime, nullable=False),
)
