"""One SQLAlchemy code for SQLite (one machine) and PostgreSQL (more than one)."""

from shared.database.engine import Connection, Database
from shared.database.group_commit import GroupCommit
from shared.database.migrating import upgrade, upgrade_apart
from shared.database.types import UtcDateTime

__all__ = ["Connection", "Database", "GroupCommit", "UtcDateTime", "upgrade", "upgrade_apart"]
