"""Between an alert and its record in alerts.changed.v1, which is also what the state is restored from."""

from collections import deque

from services.classifier.building import build
from services.classifier.correlate.core.alert import Alert, Cause
from services.classifier.correlate.core.evidence import EvidenceList
from services.classifier.correlate.core.limits import SnapshotLimits
from shared.events import AlertChanged
from shared.ids import derived_event_id

__all__ = ["alert_of", "snapshot_of"]


def snapshot_of(alert: Alert) -> AlertChanged:
    """The record of the alert as it is now. Built without validation: every part was validated when it came in."""
    return build(
        AlertChanged,
        {
            "schema_version": 1,
            "event_id": derived_event_id(alert.cause.event_id, f"alert/{alert.alert_id}"),
            "city": alert.city,
            "occurred_at": alert.cause.occurred_at,
            "received_at": alert.cause.received_at,
            "exercise": alert.exercise,
            "alert_id": alert.alert_id,
            "version": alert.version,
            "state": alert.state,
            "category": alert.category,
            "also": tuple(alert.also),
            "urgency": alert.urgency,
            "score": alert.score,
            "title": alert.title,
            "place": alert.place,
            "lat": alert.lat,
            "lon": alert.lon,
            "radius_m": alert.radius_m,
            "opened_at": alert.opened_at,
            "changed_at": alert.changed_at,
            "acknowledged_by": alert.acknowledged_by,
            "acknowledged_at": alert.acknowledged_at,
            "assigned_to": alert.assigned_to,
            "closed_at": alert.closed_at,
            "report_count": alert.report_count,
            "reading_count": alert.reading_count,
            "evidence": tuple(alert.evidence.pieces),
            "evidence_total": alert.evidence.total,
            "reasons": tuple(alert.reasons),
            "suggested_merges": tuple(alert.suggested_merges.values()),
            "merged_into": alert.merged_into,
            "needs_review": alert.needs_review,
            "public": alert.public,
            "public_text": alert.public_text,
            "waiting_since": alert.waiting_since,
            "escalated_at": alert.escalated_at,
            "joined_report_ids": tuple(alert.joined),
            "last_signal_at": alert.last_signal_at,
            "peak_score": alert.peak_score,
            "urgency_set": alert.urgency_set,
            "category_set": alert.category_set,
            "raised_sensors": tuple(alert.raised_sensors),
            "clients": tuple(alert.clients),
            "absorbed": tuple(alert.absorbed),
            "decisions": tuple(alert.decisions),
        },
    )


def alert_of(snapshot: AlertChanged, limits: SnapshotLimits) -> Alert:
    """The alert as it was when the snapshot was made; what had joined by then has been published."""
    return Alert(
        alert_id=snapshot.alert_id,
        city=snapshot.city,
        exercise=snapshot.exercise,
        category=snapshot.category,
        urgency=snapshot.urgency,
        title=snapshot.title,
        opened_at=snapshot.opened_at,
        changed_at=snapshot.changed_at,
        last_signal_at=snapshot.last_signal_at or snapshot.changed_at,
        radius_m=snapshot.radius_m,
        cause=Cause(snapshot.event_id, snapshot.occurred_at, snapshot.received_at),
        waiting_since=snapshot.waiting_since or snapshot.opened_at,
        escalated_at=snapshot.escalated_at,
        limits=limits,
        evidence=EvidenceList(limits, snapshot.evidence, snapshot.evidence_total),
        version=snapshot.version,
        state=snapshot.state,
        also=dict.fromkeys(snapshot.also),
        score=snapshot.score,
        peak_score=snapshot.peak_score,
        place=snapshot.place,
        lat=snapshot.lat,
        lon=snapshot.lon,
        acknowledged_by=snapshot.acknowledged_by,
        acknowledged_at=snapshot.acknowledged_at,
        assigned_to=snapshot.assigned_to,
        closed_at=snapshot.closed_at,
        report_count=snapshot.report_count,
        reading_count=snapshot.reading_count,
        reasons=list(snapshot.reasons),
        suggested_merges={merge.alert_id: merge for merge in snapshot.suggested_merges},
        merged_into=snapshot.merged_into,
        needs_review=snapshot.needs_review,
        public=snapshot.public,
        public_text=snapshot.public_text,
        raised_sensors=dict.fromkeys(snapshot.raised_sensors),
        clients=dict.fromkeys(snapshot.clients),
        absorbed=deque(snapshot.absorbed),
        decisions=deque(snapshot.decisions),
        urgency_set=snapshot.urgency_set,
        category_set=snapshot.category_set,
    )
