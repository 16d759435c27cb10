"""What an assessed report says to the rest of the system."""

from enum import StrEnum

from services.classifier.building import build
from shared.events import Assessment, ReportAssessed, ReportReceived, ReportSignal, Urgency
from shared.ids import derived_event_id

__all__ = ["AssessedReason", "assessed", "reason_of", "signal_of"]


class AssessedReason(StrEnum):
    """Why a report raises an alert or not."""

    URGENT_ENOUGH = "urgent_enough"
    ASKS_FOR_NOTHING = "asks_for_nothing"
    BELOW_ALERT_LEVEL = "below_alert_level"


def reason_of(assessment: Assessment) -> AssessedReason:
    if assessment.raises_alert:
        return AssessedReason.URGENT_ENOUGH
    if assessment.urgency is Urgency.NONE:
        return AssessedReason.ASKS_FOR_NOTHING
    return AssessedReason.BELOW_ALERT_LEVEL


def assessed(report: ReportReceived, assessment: Assessment) -> ReportAssessed:
    """Ids follow from the report's, so that a redelivery makes the same record again."""
    return build(
        ReportAssessed,
        {
            "schema_version": 1,
            "event_id": derived_event_id(report.report_id, "assessed"),
            "city": report.city,
            "occurred_at": report.occurred_at,
            "received_at": report.received_at,
            "exercise": report.exercise,
            "report_id": report.report_id,
            "reason": reason_of(assessment),
            "assessment": assessment,
        },
    )


def signal_of(report: ReportReceived, assessment: Assessment) -> ReportSignal | None:
    """None for a report that raises no alert."""
    if not assessment.raises_alert:
        return None
    return build(
        ReportSignal,
        {
            "type": "report",
            "schema_version": 1,
            "event_id": derived_event_id(report.report_id, "signal"),
            "city": report.city,
            "occurred_at": report.occurred_at,
            "received_at": report.received_at,
            "exercise": report.exercise,
            "category": assessment.category,
            "also": assessment.also,
            "urgency": assessment.urgency,
            "score": assessment.score,
            "lat": report.lat,
            "lon": report.lon,
            "place": report.address,
            "needs_review": assessment.needs_review,
            "report_id": report.report_id,
            "text": report.text,
            "client": report.client,
            "explanation": assessment.explanation,
        },
    )
