"""Who did what, in a table that only grows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select

from services.console.adapters.tables import audit
from shared.database import Connection, Database

__all__ = ["AuditAction", "AuditEntry", "AuditTrail", "add_to"]


class AuditAction(StrEnum):
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    DECISION = "decision"
    USER_SAVED = "user_saved"
    USER_DISABLED = "user_disabled"
    PASSWORD_SET = "password_set"  # noqa: S105 — a word, not a password
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`actor` is a user name, or `command line`; `subject` what it was about; `detail` never holds personal data of residents."""

    at: datetime
    actor: str
    action: AuditAction
    outcome: str
    subject: str | None = None
    detail: str | None = None
    number: int | None = None


class AuditTrail:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: AuditEntry) -> None:
        async with self._database.begin() as connection:
            await add_to(connection, entry)

    async def page(
        self, *, before: int | None, limit: int, actor: str | None = None, action: AuditAction | None = None
    ) -> list[AuditEntry]:
        """Newest first."""
        query = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.number < before)
        if actor is not None:
            query = query.where(audit.c.actor == actor)
        if action is not None:
            query = query.where(audit.c.action == action)
        async with self._database.read() as connection:
            return [_entry(row) for row in await connection.execute(query)]


async def add_to(connection: Connection, entry: AuditEntry) -> None:
    """Add it within a transaction of something else: either both happen or none."""
    values = {name: getattr(entry, name) for name in ("at", "actor", "action", "outcome", "subject", "detail")}
    await connection.execute(insert(audit).values(values))


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(row.at, row.actor, AuditAction(row.action), row.outcome, row.subject, row.detail, row.number)
