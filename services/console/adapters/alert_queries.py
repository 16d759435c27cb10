"""Reads alerts and what belongs to them. Alerts are handed on as the JSON they were stored as."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select, tuple_

from services.console.adapters.tables import alert_versions, alerts, decisions, evidence, notifications, reports
from services.console.core.paging import cursor
from services.console.core.resuming import NOTHING_YET
from services.console.core.searching import LIKE_ESCAPE, patterns
from services.console.core.timeline import DecisionRow, NotificationRow, VersionRow
from shared.database import Database, UtcDateTime
from shared.events import AlertState, Category, Channel, DecisionKind, DecisionState, NotificationState, Urgency

__all__ = ["AlertFilter", "AlertPage", "AlertQueries", "History", "Missed", "bound"]

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What the list is narrowed to; empty means all."""

    states: Sequence[AlertState] = ()
    urgencies: Sequence[Urgency] = ()
    least_urgency: Urgency | None = None
    categories: Sequence[Category] = ()
    box: Box | None = None
    query: str | None = None


@dataclass(frozen=True, slots=True)
class AlertPage:
    documents: list[str]
    next_cursor: str | None
    stream_position: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A changed alert on the way to a client that resumes."""

    position: int
    document: str


@dataclass(frozen=True, slots=True)
class History:
    versions: list[VersionRow] = field(default_factory=list)
    decisions: list[DecisionRow] = field(default_factory=list)
    notifications: list[NotificationRow] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)


class AlertQueries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: AlertFilter, *, after: tuple[datetime, str] | None, limit: int) -> AlertPage:
        """Newest first by when they opened, which never changes: no page misses one because something moved.

        The position is read before the alerts: a stream from it repeats what changed in between, and misses nothing.
        """
        query = select(alerts.c.document, alerts.c.opened_at, alerts.c.alert_id).where(*_conditions(wanted))
        if after is not None:
            query = query.where(tuple_(alerts.c.opened_at, alerts.c.alert_id) < tuple_(*bound(after)))
        query = query.order_by(alerts.c.opened_at.desc(), alerts.c.alert_id.desc()).limit(limit + 1)
        async with self._database.read() as connection:
            position = await connection.scalar(_NEWEST)
            rows = (await connection.execute(query)).all()
        last = rows[limit - 1] if len(rows) > limit else None
        return AlertPage(
            [row.document for row in rows[:limit]],
            cursor(last.opened_at, last.alert_id) if last else None,
            NOTHING_YET if position is None else position,
        )

    async def document(self, alert_id: str) -> str | None:
        async with self._database.read() as connection:
            found: str | None = await connection.scalar(select(alerts.c.document).where(alerts.c.alert_id == alert_id))
        return found

    async def newest_position(self) -> int:
        async with self._database.read() as connection:
            found = await connection.scalar(_NEWEST)
        return NOTHING_YET if found is None else int(found)

    async def changed_since(self, position: int) -> int:
        """How many alerts have changed since."""
        query = select(func.count()).select_from(alerts).where(alerts.c.stream_offset > position)
        async with self._database.read() as connection:
            return await connection.scalar(query) or 0

    async def missed(self, position: int, limit: int) -> list[Missed]:
        """The next changed alerts behind `position`, each in its newest version, in the order of the log."""
        query = select(alerts.c.stream_offset, alerts.c.document).where(alerts.c.stream_offset > position)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(alerts.c.stream_offset).limit(limit))
        return [Missed(row.stream_offset, row.document) for row in rows]

    async def evidence(
        self, alert_id: str, *, after: tuple[datetime, str] | None, limit: int
    ) -> tuple[list[tuple[str, str | None]], str | None]:
        """Oldest first: the stored JSON and the report's whole text where it is a report's. And the next cursor."""
        query = (
            select(evidence.c.at, evidence.c.evidence_id, evidence.c.document, reports.c.text)
            .select_from(evidence.outerjoin(reports, reports.c.report_id == evidence.c.report_id))
            .where(evidence.c.alert_id == alert_id)
        )
        if after is not None:
            query = query.where(tuple_(evidence.c.at, evidence.c.evidence_id) > tuple_(*bound(after)))
        async with self._database.read() as connection:
            ordered = query.order_by(evidence.c.at, evidence.c.evidence_id).limit(limit + 1)
            rows = (await connection.execute(ordered)).all()
        last = rows[limit - 1] if len(rows) > limit else None
        return [(row.document, row.text) for row in rows[:limit]], cursor(last.at, last.evidence_id) if last else None

    async def reports_of(self, alert_id: str, report_ids: Sequence[str]) -> frozenset[str]:
        """Those of the reports that belong to the alert."""
        query = select(evidence.c.report_id).where(
            evidence.c.alert_id == alert_id, evidence.c.report_id.in_(list(report_ids))
        )
        async with self._database.read() as connection:
            return frozenset(await connection.scalars(query))

    async def history(self, alert_id: str) -> History:
        """What the timeline is made of."""
        async with self._database.read() as connection:
            versions = (
                await connection.execute(_of(alert_versions, alert_id).order_by(alert_versions.c.version))
            ).all()
            taken = (await connection.execute(_of(decisions, alert_id))).all()
            order = (notifications.c.changed_at, notifications.c.notification_id)
            told = (await connection.execute(_of(notifications, alert_id).order_by(*order))).all()
        return History(
            [_version(row) for row in versions],
            [_decision(row) for row in taken],
            [_notification(row) for row in told],
            [dict(row._mapping) for row in told],  # noqa: SLF001 — SQLAlchemy's public name for it
        )


_NEWEST = select(func.max(alerts.c.stream_offset))


def _of(table: Any, alert_id: str) -> Select[Any]:
    return select(table).where(table.c.alert_id == alert_id)


def bound(after: tuple[datetime, str]) -> tuple[Any, Any]:
    """Return a cursor as values of the columns it is compared with."""
    return literal(after[0], UtcDateTime), literal(after[1])


def _conditions(wanted: AlertFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.states:
        found.append(alerts.c.state.in_(wanted.states))
    if wanted.urgencies:
        found.append(alerts.c.urgency.in_(wanted.urgencies))
    if wanted.least_urgency is not None:
        found.append(alerts.c.urgency_level >= wanted.least_urgency.level)
    if wanted.categories:
        found.append(alerts.c.category.in_(wanted.categories))
    if wanted.box is not None:
        west, south, east, north = wanted.box
        found.append(and_(alerts.c.lat.between(south, north), alerts.c.lon.between(west, east)))
    if wanted.query:
        found += [_says(pattern) for pattern in patterns(wanted.query)]
    return found


def _says(pattern: str) -> Any:
    """The word is in the title or place, or in one of the texts, whole where they are known."""

    def like(column: Any) -> Any:
        return column.like(pattern, escape=LIKE_ESCAPE)

    whole = select(reports.c.report_id).where(reports.c.report_id == evidence.c.report_id, like(reports.c.search_text))
    texts = exists().where(evidence.c.alert_id == alerts.c.alert_id, or_(like(evidence.c.search_text), whole.exists()))
    return or_(like(alerts.c.search_text), texts)


def _version(row: Any) -> VersionRow:
    return VersionRow(
        changed_at=row.changed_at,
        state=AlertState(row.state),
        category=Category(row.category),
        urgency=Urgency(row.urgency),
        report_count=row.report_count,
        reading_count=row.reading_count,
        assigned_to=row.assigned_to,
        public=row.public,
        merged_into=row.merged_into,
    )


def _decision(row: Any) -> DecisionRow:
    return DecisionRow(
        decision_id=row.decision_id,
        kind=DecisionKind(row.kind),
        state=DecisionState(row.state),
        at=row.taken_at,
        actor=row.actor,
        reason=row.actor_reason or row.reason,
        text=row.text,
    )


def _notification(row: Any) -> NotificationRow:
    return NotificationRow(
        notification_id=row.notification_id,
        channel=Channel(row.channel),
        recipient=row.recipient,
        state=NotificationState(row.state),
        reason=row.reason,
        changed_at=row.changed_at,
    )
