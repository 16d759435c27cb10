"""What the log has said of reports and of their alerts, in the database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from services.ingest.adapters.tables import ALERTS, ASSESSMENTS, JOININGS, REPORTS
from services.ingest.core.alert_view import AlertView, Folded, Message, MessageKind
from services.ingest.core.report_state import Assessed
from shared.database import Connection, Database, GroupCommit
from shared.events import AlertChanged, AlertState, Category

__all__ = ["DatabaseStatuses"]

Fold = Callable[[Mapping[str, AlertView], Sequence[AlertChanged]], Folded]
_MOST_HOPS = 8
"""Alerts merged into one another that one answer looks up."""


class DatabaseStatuses:
    def __init__(self, database: Database, group_commit: GroupCommit) -> None:
        self._database = database
        self._group_commit = group_commit

    async def apply(self, assessed: Mapping[str, Assessed], alerts: Sequence[AlertChanged], fold: Fold) -> None:
        async def apply(connection: Connection) -> None:
            await self._keep_assessed(connection, assessed)
            known = await _views(connection, {event.alert_id for event in alerts})
            folded = fold(known, alerts)
            newer = await self._keep_alerts(connection, folded.changed)
            await self._keep_joined(
                connection, {report: alert for report, alert in folded.joined.items() if alert in newer}
            )

        await self._group_commit.run(apply)

    async def of_report(
        self, report_id: str
    ) -> tuple[datetime, Assessed | None, str | None, Mapping[str, AlertView]] | None:
        async with self._database.read() as connection:
            row = (await connection.execute(_REPORT, {"report_id": report_id})).first()
            if row is None:
                return None
            assessed = Assessed(row.raises_alert, Category(row.category), row.assessed_at) if row.assessed_at else None
            return row.received_at, assessed, row.alert_id, await _chain(connection, row.alert_id)

    async def _keep_assessed(self, connection: Connection, assessed: Mapping[str, Assessed]) -> None:
        rows = [
            {"report_id": report_id, "raises_alert": of.raises_alert, "category": of.category, "assessed_at": of.at}
            for report_id, of in sorted(assessed.items())
        ]
        await _execute(connection, self._database.upsert(ASSESSMENTS, newer="assessed_at"), rows)

    async def _keep_alerts(self, connection: Connection, changed: Mapping[str, AlertView]) -> set[str]:
        """Returns those that were newer than what the table has now: a process that slept may come with old ones."""
        statement = self._database.upsert(ALERTS, newer="version")
        kept: set[str] = set()
        for _, view in sorted(changed.items()):  # sorted, so that two processes take the rows' locks in one order
            done = await connection.execute(statement.values(_alert_row(view)).returning(ALERTS.c.alert_id))
            kept.update(done.scalars())
        return kept

    async def _keep_joined(self, connection: Connection, joined: Mapping[str, str]) -> None:
        rows = [{"report_id": report_id, "alert_id": alert_id} for report_id, alert_id in sorted(joined.items())]
        await _execute(connection, self._database.upsert(JOININGS, "alert_id"), rows)


_REPORT = (
    select(
        REPORTS.c.received_at,
        ASSESSMENTS.c.raises_alert,
        ASSESSMENTS.c.category,
        ASSESSMENTS.c.assessed_at,
        JOININGS.c.alert_id,
    )
    .select_from(
        REPORTS.outerjoin(ASSESSMENTS, ASSESSMENTS.c.report_id == REPORTS.c.report_id).outerjoin(
            JOININGS, JOININGS.c.report_id == REPORTS.c.report_id
        )
    )
    .where(REPORTS.c.report_id == bindparam("report_id"))
)


async def _execute(connection: Connection, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(statement, rows)


async def _chain(connection: Connection, alert_id: str | None) -> dict[str, AlertView]:
    """The alert and those it was merged into, one after the other."""
    views: dict[str, AlertView] = {}
    following = alert_id
    while following is not None and following not in views and len(views) < _MOST_HOPS:
        found = await _views(connection, {following})
        if following not in found:
            break
        views |= found
        following = found[following].merged_into
    return views


async def _views(connection: Connection, alert_ids: Iterable[str]) -> dict[str, AlertView]:
    rows = await connection.execute(select(ALERTS).where(ALERTS.c.alert_id.in_(sorted(alert_ids))))
    return {row.alert_id: _view(row) for row in rows}


def _view(row: Row[Any]) -> AlertView:
    messages = tuple(
        Message(message["id"], MessageKind(message["kind"]), datetime.fromisoformat(message["at"]), message["text"])
        for message in row.messages
    )
    return AlertView(
        row.alert_id,
        row.version,
        AlertState(row.state),
        Category(row.category),
        row.changed_at,
        row.merged_into,
        messages,
    )


def _alert_row(view: AlertView) -> dict[str, Any]:
    return {
        "alert_id": view.alert_id,
        "version": view.version,
        "state": view.state,
        "category": view.category,
        "changed_at": view.changed_at,
        "merged_into": view.merged_into,
        "messages": [
            {"id": message.id, "kind": message.kind, "at": message.at.isoformat(), "text": message.text}
            for message in view.messages
        ],
    }
