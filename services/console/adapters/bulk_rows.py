"""What comes in bulk: readings for sparklines, whole texts of reports, and what the classifier made of them."""

from services.console.adapters.tables import readings, reports
from services.console.core.searching import searchable
from shared.database import Connection, Database
from shared.events import ReadingReceived, ReportAssessed, ReportReceived
from shared.kafka.records import Received

__all__ = ["write_assessments", "write_readings", "write_reports"]


async def write_readings(connection: Connection, database: Database, records: list[Received[ReadingReceived]]) -> None:
    """A gateway that sends a reading twice makes the same event id."""
    rows = [
        {
            "event_id": record.event.event_id,
            "sensor_id": record.event.sensor_id,
            "quantity": record.event.quantity,
            "at": record.event.occurred_at,
            "value": record.event.value,
            "unit": record.event.unit,
        }
        for record in records
    ]
    await connection.execute(database.insert(readings).on_conflict_do_nothing(), rows)


async def write_reports(connection: Connection, database: Database, records: list[Received[ReportReceived]]) -> None:
    newest = {record.event.report_id: record.event for record in records}
    await connection.execute(
        database.upsert(reports, "at", "text", "search_text"),
        [
            {
                "report_id": event.report_id,
                "at": event.received_at,
                "text": event.text.replace("\x00", " "),
                "search_text": searchable(event.text, event.address),
            }
            for event in newest.values()
        ],
    )


async def write_assessments(
    connection: Connection, database: Database, records: list[Received[ReportAssessed]]
) -> None:
    newest = {record.event.report_id: record.event for record in records}
    await connection.execute(
        database.upsert(reports, "category", "urgency", "raises_alert", "needs_review", "reason"),
        [
            {
                "report_id": event.report_id,
                "at": event.received_at,
                "category": event.assessment.category,
                "urgency": event.assessment.urgency,
                "raises_alert": event.assessment.raises_alert,
                "needs_review": event.assessment.needs_review,
                "reason": event.reason,
            }
            for event in newest.values()
        ],
    )
