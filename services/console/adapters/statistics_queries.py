"""Counts alerts and reports."""

from datetime import datetime

from sqlalchemy import func, select

from services.console.adapters.tables import alerts, reports
from services.console.core.statistics import ReportNumbers, Statistics, median_seconds
from shared.database import Connection, Database
from shared.events import AlertState, Category, Urgency

__all__ = ["StatisticsQueries"]


class StatisticsQueries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, since: datetime) -> Statistics:
        counted = (alerts.c.opened_at >= since) & alerts.c.exercise.is_(False)
        groups = (alerts.c.state, alerts.c.category, alerts.c.urgency)
        query = select(*groups, func.count().label("number")).where(counted).group_by(*groups)
        answered = select(alerts.c.opened_at, alerts.c.acknowledged_at).where(
            counted, alerts.c.acknowledged_at.is_not(None)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
            spans = [row.acknowledged_at - row.opened_at for row in await connection.execute(answered)]
            told = await _reports(connection, since)
        return Statistics(
            since=since,
            alerts=sum(row.number for row in rows),
            by_state={one: sum(row.number for row in rows if row.state == one) for one in AlertState},
            by_category={one: sum(row.number for row in rows if row.category == one) for one in Category},
            by_urgency={one: sum(row.number for row in rows if row.urgency == one) for one in Urgency},
            acknowledged=len(spans),
            median_seconds_to_acknowledge=median_seconds(spans),
            reports=told,
        )


async def _reports(connection: Connection, since: datetime) -> ReportNumbers:
    groups = (reports.c.raises_alert, reports.c.needs_review)
    query = select(*groups, func.count().label("number")).where(
        reports.c.at >= since, reports.c.raises_alert.is_not(None)
    )
    rows = (await connection.execute(query.group_by(*groups))).all()
    return ReportNumbers(
        assessed=sum(row.number for row in rows),
        raised=sum(row.number for row in rows if row.raises_alert),
        no_action=sum(row.number for row in rows if not row.raises_alert),
        needs_review=sum(row.number for row in rows if row.needs_review),
    )
