"""The alert: one event in the city, and everything known of it."""

from typing import Literal

from shared.events.base import Event, Record, UtcTime
from shared.events.reports import Explanation
from shared.events.vocabulary import AlertState, Category, DecisionKind, DecisionState, Urgency

__all__ = ["AlertChanged", "DecisionOutcome", "Evidence", "Reason", "SuggestedMerge"]


class Evidence(Record):
    """One report or reading that speaks for an alert; `text` is cut at 280 characters."""

    kind: Literal["report", "reading"]
    report_id: str | None = None
    sensor_id: str | None = None
    at: UtcTime
    text: str | None = None
    quantity: str | None = None
    value: float | None = None
    unit: str | None = None
    lat: float | None = None
    lon: float | None = None
    place: str | None = None
    """The address or the sensor's name, as it was given."""
    category: Category | None = None
    """What this piece alone speaks for: a split needs it."""
    urgency: Urgency
    score: float = 0
    explanation: Explanation | None = None
    client: str | None = None


class Reason(Record):
    """Why the alert is as it is: `code` for programs, `text` for people."""

    code: str
    text: str
    at: UtcTime


class SuggestedMerge(Record):
    alert_id: str
    reason: str
    score: float


class DecisionOutcome(Record):
    decision_id: str
    kind: DecisionKind
    state: DecisionState
    reason: str
    at: UtcTime
    actor: str
    text: str | None = None


class AlertChanged(Event):
    """The newest snapshot of an alert: the state of the fold (restored from this compacted topic) and what everyone downstream reads.

    A refused decision writes the snapshot again with the same `version`; everything else raises it by one.
    """

    alert_id: str
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
    evidence: tuple[Evidence, ...] = ()
    evidence_total: int
    reasons: tuple[Reason, ...] = ()
    suggested_merges: tuple[SuggestedMerge, ...] = ()
    merged_into: str | None = None
    needs_review: bool = False
    public: bool = False
    public_text: str | None = None
    waiting_since: UtcTime | None = None
    """Since when it waits for somebody to acknowledge it: its opening, its rise to a higher urgency, its reopening."""
    escalated_at: UtcTime | None = None
    """When that had taken longer than its urgency allows; empty again once somebody acknowledged it or it began to wait anew."""
    joined_report_ids: tuple[str, ...] = ()
    """The reports that joined by this version: whoever follows every version knows where each report went."""
    last_signal_at: UtcTime | None = None
    """When the newest report or reading joined; operators' decisions do not move it."""
    peak_score: float = 0
    """The strongest single piece of evidence so far; `score` adds what independent witnesses bring."""
    urgency_set: Urgency | None = None
    """What an operator has set; something worse that joins lifts it again."""
    category_set: Category | None = None
    raised_sensors: tuple[str, ...] = ()
    """`sensor_id/quantity/rule` that hold this alert up at present."""
    clients: tuple[str, ...] = ()
    """The independent witnesses so far (keyed hashes, newest 200)."""
    absorbed: tuple[str, ...] = ()
    """Short hashes of the newest 2,000 signals and decisions already folded in, so that a redelivery changes nothing."""
    decisions: tuple[DecisionOutcome, ...] = ()
    """The newest 50."""
