"""Ingest's tables. No report's text is here: the log has it. Contact data is encrypted."""

from typing import Final

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, LargeBinary, MetaData, String, Table

from shared.database import UtcDateTime

__all__ = ["ALERTS", "ASSESSMENTS", "GATEWAY_KEYS", "IDEMPOTENCY_KEYS", "JOININGS", "METADATA", "REPORTS"]

METADATA: Final = MetaData()

REPORTS: Final = Table(
    "reports",
    METADATA,
    Column("report_id", String, primary_key=True),
    Column("received_at", UtcDateTime, nullable=False),
    Column("client", String(16), nullable=False),
    Column("contact", LargeBinary),
    sqlite_with_rowid=False,
)
IDEMPOTENCY_KEYS: Final = Table(
    "idempotency_keys",
    METADATA,
    Column("scope", String(64), primary_key=True),
    Column("body", String(64), nullable=False),
    Column("report_id", String, nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("published", Boolean, nullable=False),
    Index("idempotency_keys_by_age", "claimed_at"),
)
ASSESSMENTS: Final = Table(
    "assessments",
    METADATA,
    Column("report_id", String, primary_key=True),
    Column("raises_alert", Boolean, nullable=False),
    Column("category", String(40), nullable=False),
    Column("assessed_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
JOININGS: Final = Table(
    "joinings",
    METADATA,
    Column("report_id", String, primary_key=True),
    Column("alert_id", String, nullable=False),
    sqlite_with_rowid=False,
)
ALERTS: Final = Table(
    "alerts",
    METADATA,
    Column("alert_id", String, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    Column("category", String(40), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("merged_into", String),
    Column("messages", JSON, nullable=False),
)
GATEWAY_KEYS: Final = Table(
    "gateway_keys",
    METADATA,
    Column("key_id", String(12), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("sensors", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)
