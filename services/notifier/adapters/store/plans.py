"""What was planned: the plan of each alert, the steps that wait, the tellings of many, and the outbox of requests."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, select, update

from services.notifier.adapters.store.tables import IS_UNPRODUCED, IS_WAITING, broadcasts, escalations, plans, requests
from services.notifier.plan.core.requesting import Request
from services.notifier.plan.core.telling import DueStep, Plan
from services.notifier.plan.core.writing import Known, NewBroadcast, StepRow
from shared.database import Connection, Database
from shared.events import AlertChanged, Category, NotificationRequested, Urgency
from shared.ids import new_id

__all__ = [
    "Broadcast",
    "add_broadcasts",
    "add_requests",
    "close_steps",
    "due_steps",
    "known_plans",
    "mark_produced",
    "move_broadcast",
    "next_broadcast",
    "next_due_at",
    "put_plans",
    "put_steps",
    "stop_steps",
    "told_recipients",
    "unproduced",
]


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A telling of many that goes on in steps. `cursor` is the last recipient told."""

    broadcast_id: str
    purpose: str
    audience: str
    alert: AlertChanged
    trace: str | None
    cursor: str
    counted: int


_UNSEEN: Final = {"evidence", "absorbed", "clients", "joined_report_ids", "reasons", "suggested_merges", "decisions"}
_MOST_IDS: Final = 500


async def known_plans(connection: Connection, alert_ids: Collection[str]) -> dict[str, Known]:
    """Locked against another process until the transaction ends."""
    found = await connection.execute(select(plans).where(plans.c.alert_id.in_(alert_ids)).with_for_update())
    return {row.alert_id: _known(row) for row in found}


async def put_plans(database: Database, connection: Connection, known: Iterable[Known], now: datetime) -> None:
    rows = [
        {
            "alert_id": each.alert.alert_id,
            "version": each.plan.version,
            "live": each.plan.live,
            "acknowledged": each.plan.acknowledged,
            "round": each.plan.round,
            "told_urgency": each.plan.told_urgency,
            "told_category": each.plan.told_category,
            "public": each.plan.public,
            "public_text": each.plan.public_text,
            "alert": _kept(each.alert),
            "trace": each.trace,
            "changed_at": now,
        }
        for each in known
    ]
    if rows:
        await connection.execute(database.upsert(plans), rows)


async def put_steps(database: Database, connection: Connection, steps: Iterable[StepRow]) -> None:
    """A step that waits, was taken or was stopped already stays as it is."""
    rows = [
        {
            "alert_id": row.alert_id,
            "round": row.step.round,
            "urgency": row.step.urgency,
            "step": row.step.step,
            "since": row.step.since,
            "due_at": row.step.due_at,
            "state": row.state,
            "reason": row.reason,
        }
        for row in steps
    ]
    if rows:
        await connection.execute(database.insert(escalations).on_conflict_do_nothing(), rows)


async def stop_steps(connection: Connection, stops: Mapping[str, str]) -> None:
    """Ends every step of these alerts that waits, with the reason."""
    if stops:
        stop = (
            update(escalations)
            .where(escalations.c.alert_id == bindparam("_alert_id"), IS_WAITING)
            .values(state="stopped", reason=bindparam("_reason"))
        )
        rows = [{"_alert_id": alert_id, "_reason": reason} for alert_id, reason in stops.items()]
        await connection.execute(stop, rows)


async def next_due_at(connection: Connection) -> datetime | None:
    query = select(escalations.c.due_at).where(IS_WAITING)
    return (await connection.execute(query.order_by(escalations.c.due_at).limit(1))).scalar()


async def due_steps(connection: Connection, now: datetime, limit: int) -> list[tuple[str, DueStep]]:
    """The steps due, with their alerts' ids; no other process gets them while the transaction lasts."""
    query = select(escalations).where(IS_WAITING, escalations.c.due_at <= now)
    rows = await connection.execute(_for_me(query.order_by(escalations.c.due_at).limit(limit)))
    return [(row.alert_id, DueStep(row.round, Urgency(row.urgency), row.step, row.since, row.due_at)) for row in rows]


async def close_steps(connection: Connection, taken: Iterable[StepRow]) -> None:
    rows = [
        {
            "_alert_id": row.alert_id,
            "_round": row.step.round,
            "_urgency": row.step.urgency,
            "_step": row.step.step,
            "_state": row.state,
            "_reason": row.reason,
        }
        for row in taken
    ]
    if rows:
        close = (
            update(escalations)
            .where(
                escalations.c.alert_id == bindparam("_alert_id"),
                escalations.c.round == bindparam("_round"),
                escalations.c.urgency == bindparam("_urgency"),
                escalations.c.step == bindparam("_step"),
            )
            .values(state=bindparam("_state"), reason=bindparam("_reason"))
        )
        await connection.execute(close, rows)


async def add_requests(
    database: Database, connection: Connection, new: Sequence[Request], now: datetime
) -> list[Request]:
    """Keeps what was not asked for before, and returns it."""
    if not new:
        return []
    rows = [
        {
            "notification_id": request.event.notification_id,
            "alert_id": request.event.alert_id,
            "purpose": request.event.purpose,
            "recipient_id": request.event.recipient_id,
            "channel": request.event.channel,
            "event": request.event.model_dump_json(),
            "trace": request.trace,
            "created_at": now,
            "produced": False,
        }
        for request in new
    ]
    insert = database.insert(requests).on_conflict_do_nothing().returning(requests.c.notification_id)
    kept = set((await connection.execute(insert, rows)).scalars())
    return [request for request in new if request.event.notification_id in kept]


async def mark_produced(connection: Connection, notification_ids: Sequence[str]) -> None:
    for start in range(0, len(notification_ids), _MOST_IDS):
        some = notification_ids[start : start + _MOST_IDS]
        await connection.execute(update(requests).where(requests.c.notification_id.in_(some)).values(produced=True))


async def unproduced(connection: Connection, before: datetime, limit: int) -> list[Request]:
    """Asked for before `before` and still not in Kafka: a process died between the two, or the broker was away."""
    query = select(requests.c.event, requests.c.trace).where(IS_UNPRODUCED, requests.c.created_at < before)
    rows = await connection.execute(query.order_by(requests.c.created_at).limit(limit))
    return [Request(NotificationRequested.model_validate_json(row.event), row.trace) for row in rows]


async def told_recipients(connection: Connection, alert_id: str, purposes: Sequence[str]) -> list[tuple[str, str]]:
    """Recipient ids and channels of all who were told of the alert for these purposes."""
    query = (
        select(requests.c.recipient_id, requests.c.channel)
        .where(requests.c.alert_id == alert_id, requests.c.purpose.in_(purposes))
        .distinct()
        .order_by(requests.c.recipient_id)
    )
    return [(row.recipient_id, row.channel) for row in await connection.execute(query)]


async def add_broadcasts(connection: Connection, new: Sequence[NewBroadcast], now: datetime) -> None:
    rows = [
        {
            "broadcast_id": new_id(now),
            "alert_id": each.known.alert.alert_id,
            "purpose": each.purpose,
            "audience": each.audience,
            "alert": _kept(each.known.alert),
            "trace": each.known.trace,
            "state": "waiting",
            "cursor": "",
            "counted": 0,
            "created_at": now,
        }
        for each in new
    ]
    if rows:
        await connection.execute(broadcasts.insert(), rows)


async def next_broadcast(connection: Connection) -> Broadcast | None:
    """The oldest that waits; no other process gets it while the transaction lasts."""
    query = select(broadcasts).where(IS_WAITING).order_by(broadcasts.c.created_at).limit(1)
    row = (await connection.execute(_for_me(query))).first()
    if row is None:
        return None
    alert = AlertChanged.model_validate_json(row.alert)
    return Broadcast(row.broadcast_id, row.purpose, row.audience, alert, row.trace, row.cursor, row.counted)


async def move_broadcast(connection: Connection, broadcast_id: str, **values: Any) -> None:
    await connection.execute(update(broadcasts).where(broadcasts.c.broadcast_id == broadcast_id).values(**values))


def _for_me(query: Select[Any]) -> Select[Any]:
    """PostgreSQL skips rows that another process has in hand; SQLite has one writer and ignores it."""
    return query.with_for_update(skip_locked=True)


def _kept(alert: AlertChanged) -> str:
    """All that a message needs: one piece of evidence for its words, and none of the fold's memory."""
    told = [evidence for evidence in alert.evidence if evidence.text][:1]
    kept = alert.model_copy(update={"evidence": tuple(told)})
    return kept.model_dump_json(exclude=_UNSEEN - {"evidence"}, exclude_none=True)


def _known(row: Row[Any]) -> Known:
    plan = Plan(
        row.version,
        row.live,
        row.acknowledged,
        row.round,
        Urgency(row.told_urgency) if row.told_urgency else None,
        Category(row.told_category) if row.told_category else None,
        row.public,
        row.public_text,
    )
    return Known(plan, AlertChanged.model_validate_json(row.alert), row.trace)
