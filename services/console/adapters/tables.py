"""The console's tables.

The read model (alerts to positions) is made from the log alone and can be emptied and read again; people, sessions,
decisions and the audit are the console's own.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shared.database import UtcDateTime

__all__ = [
    "READ_MODEL",
    "alert_versions",
    "alerts",
    "audit",
    "decisions",
    "evidence",
    "metadata",
    "notifications",
    "positions",
    "readings",
    "reports",
    "sensors",
    "sessions",
    "tokens",
    "users",
]

metadata: Final = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)

alerts: Final = Table(
    "alerts",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("stream_offset", BigInteger, nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("category", String, nullable=False),
    Column("urgency", String, nullable=False),
    Column("urgency_level", Integer, nullable=False),
    Column("search_text", Text, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("acknowledged_at", UtcDateTime),
    Column("exercise", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    Index(None, "opened_at", "alert_id"),
    Index(None, "state", "opened_at", "alert_id"),
)

alert_versions: Final = Table(
    "alert_versions",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False),
    Column("category", String, nullable=False),
    Column("urgency", String, nullable=False),
    Column("report_count", Integer, nullable=False),
    Column("reading_count", Integer, nullable=False),
    Column("assigned_to", String),
    Column("public", Boolean, nullable=False),
    Column("merged_into", String),
)

evidence: Final = Table(
    "evidence",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("evidence_id", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("report_id", String),
    Column("search_text", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index(None, "alert_id", "at", "evidence_id"),
    Index(None, "report_id"),
)

reports: Final = Table(
    "reports",
    metadata,
    Column("report_id", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("text", Text),
    Column("search_text", Text),
    Column("category", String),
    Column("urgency", String),
    Column("raises_alert", Boolean),
    Column("needs_review", Boolean),
    Column("reason", String),
)
"""Filled from two topics; each half is null until its record has come."""

notifications: Final = Table(
    "notifications",
    metadata,
    Column("notification_id", String, primary_key=True),
    Column("alert_id", String, index=True),
    Column("purpose", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("provider", String),
    Column("step", Integer, nullable=False),
    Column("urgency", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("requested_at", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
)

sensors: Final = Table(
    "sensors",
    metadata,
    Column("sensor_id", String, primary_key=True),
    Column("quantity", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("unit", String),
    Column("lat", Float),
    Column("lon", Float),
    Column("state", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

readings: Final = Table(
    "readings",
    metadata,
    Column("event_id", String, primary_key=True),
    Column("sensor_id", String, nullable=False),
    Column("quantity", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("value", Float, nullable=False),
    Column("unit", String),
    Index(None, "sensor_id", "at", "event_id"),
    Index(None, "at"),
)

positions: Final = Table(
    "positions",
    metadata,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)

READ_MODEL: Final = (alerts, alert_versions, evidence, reports, notifications, sensors, readings)
"""What `rebuild` empties; the positions go back to 0."""

users: Final = Table(
    "users",
    metadata,
    Column("user_id", String, primary_key=True),
    Column("username", String, nullable=False, unique=True),
    Column("role", String, nullable=False),
    Column("password_hash", String),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

tokens: Final = Table(
    "tokens",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("user_id", String, ForeignKey("users.user_id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("session_hash", String, primary_key=True),
    Column("user_id", String, ForeignKey("users.user_id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

decisions: Final = Table(
    "decisions",
    metadata,
    Column("decision_id", String, primary_key=True),
    Column("alert_id", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String),
    Column("actor", String, nullable=False),
    Column("actor_reason", Text),
    Column("text", Text),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("idempotency_key", String),
    Column("body_hash", String),
    Column("event", Text),
    UniqueConstraint("actor", "idempotency_key"),
)
"""`event` is what is sent to the log, kept so that a repeated request sends the same; null for what others decided elsewhere."""

audit: Final = Table(
    "audit",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("subject", String),
    Column("detail", String),
    sqlite_autoincrement=True,
)
"""Append-only: triggers refuse changes and deletions."""
