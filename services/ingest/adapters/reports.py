"""Reports and their idempotency keys in the database."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from services.ingest.adapters.row_writer import RowWriter
from services.ingest.adapters.sealed_contact import ContactSeal
from services.ingest.adapters.tables import IDEMPOTENCY_KEYS, REPORTS
from services.ingest.core.idempotency import Claim, Repeat, judge_repeat
from services.ingest.flow import KeptReport
from shared.database import Connection, Database, GroupCommit

__all__ = ["DatabaseReports"]

_KEY = IDEMPOTENCY_KEYS.c


class DatabaseReports:
    def __init__(self, database: Database, group_commit: GroupCommit, seal: ContactSeal) -> None:
        self._database = database
        self._group_commit = group_commit
        self._seal = seal
        self._rows = RowWriter(REPORTS, group_commit)

    def keep(self, report: KeptReport) -> Awaitable[None]:
        return self._rows.insert(self._row(report))

    async def forget(self, report_id: str) -> None:
        await self._write(
            lambda connection: connection.execute(delete(REPORTS).where(REPORTS.c.report_id == report_id))
        )

    async def claim(self, scope: str, fresh: Claim, report: KeptReport, keep: timedelta) -> tuple[Repeat, Claim]:
        async def claim(connection: Connection) -> tuple[Repeat, Claim]:
            repeat, kept = await self._judge(connection, scope, fresh, keep)
            if repeat is not Repeat.NEW:
                return repeat, kept
            await connection.execute(REPORTS.insert(), self._row(report))
            return Repeat.NEW, fresh

        return await self._group_commit.run(claim)

    async def set_published(self, scope: str) -> None:
        await self._write(
            lambda connection: connection.execute(
                update(IDEMPOTENCY_KEYS).where(_KEY.scope == scope).values(published=True)
            )
        )

    async def purge(self, claimed_before: datetime) -> int:
        """Deletes the idempotency keys that are too old to matter; returns how many."""

        async def purge(connection: Connection) -> int:
            gone = await connection.execute(
                delete(IDEMPOTENCY_KEYS).where(_KEY.claimed_at < claimed_before).returning(_KEY.scope)
            )
            return len(gone.all())

        return await self._group_commit.run(purge)

    async def _judge(self, connection: Connection, scope: str, fresh: Claim, keep: timedelta) -> tuple[Repeat, Claim]:
        """Takes the scope where it is free or too old; the row itself decides between two processes that try at once."""
        row = {
            "scope": scope,
            "body": fresh.body,
            "report_id": fresh.report_id,
            "claimed_at": fresh.claimed_at,
            "published": False,
        }
        insert = self._database.insert(IDEMPOTENCY_KEYS).values(row)
        taking = insert.on_conflict_do_update(
            index_elements=[_KEY.scope], set_=row, where=_KEY.claimed_at <= fresh.claimed_at - keep
        ).returning(_KEY.report_id)
        if (await connection.execute(taking)).first() is not None:
            return Repeat.NEW, fresh
        found = (await connection.execute(select(IDEMPOTENCY_KEYS).where(_KEY.scope == scope))).one()
        kept = Claim(found.report_id, found.body, found.claimed_at, published=found.published)
        return judge_repeat(kept, fresh.body, fresh.claimed_at, keep), kept

    def _row(self, report: KeptReport) -> dict[str, Any]:
        return {
            "report_id": report.report_id,
            "received_at": report.received_at,
            "client": report.client,
            "contact": self._seal.seal(report.contact),
        }

    async def _write(self, write: Callable[[Connection], Awaitable[Any]]) -> None:
        async def only(connection: Connection) -> None:
            await write(connection)

        await self._group_commit.run(only)
