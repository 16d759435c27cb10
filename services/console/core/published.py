"""An alert as the console says it: what the log's snapshot carries for the services alone is left out."""

from collections.abc import Mapping
from typing import Any, Final

from shared.events import AlertChanged, AlertState, Category, Evidence, Reason, Record, SuggestedMerge, Urgency, UtcTime
from shared.events.reports import Explanation

__all__ = ["Alert", "EvidenceItem", "evidence_document", "evidence_id", "published"]


class EvidenceItem(Record):
    """One report or reading. `text` is cut at 280 characters in an alert and whole in `/evidence`."""

    kind: str
    report_id: str | None = None
    sensor_id: str | None = None
    at: UtcTime
    text: str | None = None
    quantity: str | None = None
    value: float | None = None
    unit: str | None = None
    lat: float | None = None
    lon: float | None = None
    urgency: Urgency
    score: float = 0
    explanation: Explanation | None = None


class Alert(Record):
    """One event in the city and everything known of it."""

    alert_id: str
    city: str
    version: int
    state: AlertState
    category: Category
    also: tuple[Category, ...] = ()
    urgency: Urgency
    score: float
    title: str
    place: str | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: float
    opened_at: UtcTime
    changed_at: UtcTime
    acknowledged_by: str | None = None
    acknowledged_at: UtcTime | None = None
    assigned_to: str | None = None
    closed_at: UtcTime | None = None
    report_count: int
    reading_count: int
    evidence: tuple[EvidenceItem, ...] = ()
    evidence_total: int
    reasons: tuple[Reason, ...] = ()
    suggested_merges: tuple[SuggestedMerge, ...] = ()
    merged_into: str | None = None
    needs_review: bool = False
    public: bool = False
    public_text: str | None = None
    exercise: bool = False


_SHOWN: Final = frozenset(Alert.model_fields)
_HIDDEN_EVIDENCE: Final[Mapping[str, Any]] = {
    "evidence": {"__all__": set(Evidence.model_fields) - set(EvidenceItem.model_fields)}
}


def published(change: AlertChanged) -> str:
    """Return the JSON of `Alert`, on one line."""
    return change.model_dump_json(include=set(_SHOWN), exclude=dict(_HIDDEN_EVIDENCE))


def evidence_document(item: Evidence) -> str:
    """Return the JSON of `EvidenceItem`: who sent it is left out, even as a hash."""
    return item.model_dump_json(include=set(EvidenceItem.model_fields))


def evidence_id(item: Evidence) -> str:
    """What tells one piece of evidence of an alert from another."""
    if item.kind == "report":
        return f"report:{item.report_id}"
    return f"reading:{item.sensor_id}/{item.quantity}/{item.at.isoformat()}"
