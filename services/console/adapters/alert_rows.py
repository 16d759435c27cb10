"""Alerts, their versions, their evidence and the outcomes of decisions, from alerts.changed.v1."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select

from services.console.adapters.tables import alert_versions, alerts, decisions, evidence
from services.console.core.published import evidence_document, evidence_id, published
from services.console.core.searching import searchable
from shared.database import Connection, Database
from shared.events import AlertChanged, DecisionState, Evidence
from shared.kafka.records import Received

__all__ = ["write"]

_CHUNK = 5_000
"""Values in one IN (…): SQLite takes 32,766 parameters."""


async def write(connection: Connection, database: Database, records: list[Received[AlertChanged]]) -> None:
    newest = {record.event.alert_id: record for record in records}  # in order, so the last one of each stays
    await _upsert_alerts(connection, database, list(newest.values()))
    await _add_versions(connection, database, records)
    await _write_evidence(connection, database, [record.event for record in records])
    await _settle_decisions(connection, database, [record.event for record in records])


async def _upsert_alerts(connection: Connection, database: Database, records: Sequence[Received[AlertChanged]]) -> None:
    await connection.execute(database.upsert(alerts), [_alert_row(record.event, record.offset) for record in records])


def _alert_row(event: AlertChanged, offset: int) -> dict[str, Any]:
    return {
        "alert_id": event.alert_id,
        "version": event.version,
        "stream_offset": offset,
        "state": event.state,
        "category": event.category,
        "urgency": event.urgency,
        "urgency_level": event.urgency.level,
        "search_text": searchable(event.title, event.place, event.public_text),
        "lat": event.lat,
        "lon": event.lon,
        "opened_at": event.opened_at,
        "acknowledged_at": event.acknowledged_at,
        "exercise": event.exercise,
        "document": published(event),
    }


async def _add_versions(connection: Connection, database: Database, records: Sequence[Received[AlertChanged]]) -> None:
    rows = [{column.name: getattr(record.event, column.name) for column in alert_versions.c} for record in records]
    await connection.execute(database.insert(alert_versions).on_conflict_do_nothing(), rows)


async def _write_evidence(connection: Connection, database: Database, events: Sequence[AlertChanged]) -> None:
    """Add what is new, and take away what was split off.

    A snapshot has the newest 200 pieces; as every version is followed, the table gets all of them.
    """
    for event in events:
        if event.version == 1 and event.joined_report_ids:
            # An alert that is born with reports known elsewhere was split off there.
            moved = evidence.c.report_id.in_(event.joined_report_ids) & (evidence.c.alert_id != event.alert_id)
            await connection.execute(delete(evidence).where(moved))
    by_alert: dict[str, dict[str, Evidence]] = defaultdict(dict)
    for event in events:
        by_alert[event.alert_id].update({evidence_id(item): item for item in event.evidence})
    last = {event.alert_id: event for event in events}
    rows = []
    for alert_id, items in by_alert.items():
        snapshot = last[alert_id]
        if snapshot.evidence_total <= len(snapshot.evidence):
            items = {evidence_id(item): item for item in snapshot.evidence}  # noqa: PLW2901 — it is complete
            await connection.execute(_delete_others(alert_id, items))
        known = await _known_evidence(connection, alert_id, items)
        rows += [_evidence_row(alert_id, key, item) for key, item in items.items() if key not in known]
    if rows:
        await connection.execute(database.insert(evidence).on_conflict_do_nothing(), rows)


def _delete_others(alert_id: str, kept: Iterable[str]) -> Any:
    return delete(evidence).where(evidence.c.alert_id == alert_id, evidence.c.evidence_id.not_in(list(kept)))


async def _known_evidence(connection: Connection, alert_id: str, keys: Iterable[str]) -> set[str]:
    wanted = list(keys)
    known: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        query = select(evidence.c.evidence_id).where(evidence.c.alert_id == alert_id, evidence.c.evidence_id.in_(some))
        known |= set(await connection.scalars(query))
    return known


def _evidence_row(alert_id: str, key: str, item: Evidence) -> dict[str, Any]:
    return {
        "alert_id": alert_id,
        "evidence_id": key,
        "at": item.at,
        "report_id": item.report_id,
        "search_text": searchable(item.text),
        "document": evidence_document(item),
    }


async def _settle_decisions(connection: Connection, database: Database, events: Sequence[AlertChanged]) -> None:
    """Write the outcomes that are not known yet: each snapshot repeats the newest 50."""
    said = {outcome.decision_id: (event.alert_id, outcome) for event in events for outcome in event.decisions}
    known: set[str] = set()
    ids = list(said)
    for start in range(0, len(ids), _CHUNK):
        query = select(decisions.c.decision_id).where(
            decisions.c.decision_id.in_(ids[start : start + _CHUNK]),
            decisions.c.state != DecisionState.PENDING,
            decisions.c.settled_at.is_not(None),
        )
        known |= set(await connection.scalars(query))
    rows = [
        {
            "decision_id": decision_id,
            "alert_id": alert_id,
            "kind": outcome.kind,
            "state": outcome.state,
            "reason": outcome.reason,
            "actor": outcome.actor,
            "text": outcome.text,
            "taken_at": outcome.at,
            "settled_at": outcome.at,
        }
        for decision_id, (alert_id, outcome) in said.items()
        if decision_id not in known
    ]
    if not rows:
        return
    await connection.execute(database.upsert(decisions, "state", "reason", "settled_at"), rows)
