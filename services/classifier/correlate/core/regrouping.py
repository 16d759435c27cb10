"""Merging two alerts into one, splitting one into two, and taking a merge back."""

from collections.abc import Iterable, Sequence

from services.classifier.correlate.core.alert import Alert, Cause
from services.classifier.correlate.core.evidence import EvidenceList
from services.classifier.correlate.core.reasons import AlertReason
from services.classifier.correlate.core.weighing import weigh
from shared.events import AlertState, DecisionTaken, Evidence
from shared.ids import derived_id
from shared.pack import CityPack, Scoring

__all__ = ["merge", "split", "take_back"]


def merge(source: Alert, target: Alert, decision: DecisionTaken, scoring: Scoring) -> None:
    """The target takes what speaks for the source; the source keeps its own evidence too, so that the merge can be taken back."""
    at = decision.received_at
    source.state, source.closed_at, source.merged_into = AlertState.RESOLVED, at, target.alert_id
    source.say(AlertReason.MERGED, f"{decision.actor}, into {target.alert_id}", at)
    target.report_count += source.report_count
    target.reading_count += source.reading_count
    target.raised_sensors |= source.raised_sensors
    for category in source.categories:
        target.also[category] = None
    target.also.pop(target.category, None)
    for witness in source.clients:
        target.witnessed_by(witness)
    _give(target, source.evidence.pieces)
    target.evidence.total += source.evidence.total - len(source.evidence.pieces)
    target.peak_score = max(target.peak_score, source.peak_score)
    target.last_signal_at = max(target.last_signal_at, source.last_signal_at)
    target.needs_review = target.needs_review or source.needs_review
    if source.urgency_set is not None and target.urgency_set is not None:
        target.urgency_set = max(source.urgency_set, target.urgency_set, key=lambda urgency: urgency.level)
    if target.lat is None:
        target.lat, target.lon, target.place, target.radius_m = source.lat, source.lon, source.place, source.radius_m
    target.suggested_merges.pop(source.alert_id, None)
    source.suggested_merges.pop(target.alert_id, None)
    target.say(AlertReason.MERGED, f"{decision.actor}, {source.alert_id} came in", at)
    weigh(target, scoring)


def split(alert: Alert, decision: DecisionTaken, pack: CityPack) -> Alert:
    """The named reports become a new alert, placed where the first of them that says where is."""
    pieces = alert.evidence.remove_reports(frozenset(decision.report_ids))
    alert.report_count -= len(pieces)
    strongest = max(pieces, key=lambda piece: piece.score)
    placed = next((piece for piece in pieces if piece.lat is not None), None)
    new = Alert(
        alert_id=derived_id(decision.event_id, "alert", decision.received_at),
        city=alert.city,
        exercise=alert.exercise,
        category=strongest.category or alert.category,
        urgency=strongest.urgency,
        title="",
        opened_at=decision.received_at,
        changed_at=decision.received_at,
        last_signal_at=alert.last_signal_at,
        radius_m=alert.radius_m,
        cause=Cause(decision.event_id, decision.occurred_at, decision.received_at),
        waiting_since=decision.received_at,
        limits=alert.limits,
        evidence=EvidenceList(alert.limits),
        report_count=len(pieces),
        place=alert.place if placed is None else None,
        lat=placed.lat if placed else alert.lat,
        lon=placed.lon if placed else alert.lon,
    )
    _give(new, pieces)
    _recount(new, pieces, pack.scoring)
    _recount(alert, alert.evidence.pieces, pack.scoring)
    new.say(AlertReason.SPLIT, f"{decision.actor}, out of {alert.alert_id}", decision.received_at)
    alert.say(
        AlertReason.SPLIT, f"{decision.actor}, {len(pieces)} reports went to {new.alert_id}", decision.received_at
    )
    return new


def take_back(source: Alert, target: Alert, decision: DecisionTaken, scoring: Scoring) -> None:
    """A merged alert was reopened: what it brought leaves the target again."""
    gone = target.evidence.remove_reports(
        frozenset(piece.report_id for piece in source.evidence.pieces if piece.report_id)
    )
    target.report_count = max(0, target.report_count - source.report_count)
    target.reading_count = max(0, target.reading_count - source.reading_count)
    still_raised = [key for key in source.raised_sensors if key in target.raised_sensors]
    for key in still_raised:
        del target.raised_sensors[key]
    source.raised_sensors = dict.fromkeys(still_raised)
    source.joined += [piece.report_id for piece in gone if piece.report_id]
    _recount(target, target.evidence.pieces, scoring)
    target.say(AlertReason.MERGE_TAKEN_BACK, f"{decision.actor}, {source.alert_id} is open again", decision.received_at)


def _give(alert: Alert, pieces: Sequence[Evidence]) -> None:
    """In the order of time; the reports count as joined by the next version."""
    merged = sorted(
        [*alert.evidence.pieces, *pieces], key=lambda piece: (piece.at, piece.report_id or piece.sensor_id or "")
    )
    total = alert.evidence.total + len(pieces)
    alert.evidence = EvidenceList(alert.limits)
    for piece in merged:
        alert.evidence.add(piece)
    alert.evidence.total = total
    alert.memory = None
    alert.joined += [piece.report_id for piece in pieces if piece.report_id]


def _recount(alert: Alert, pieces: Iterable[Evidence], scoring: Scoring) -> None:
    """Witnesses and strength from the pieces alone. Where older ones gave way long ago, what they brought stays."""
    alert.memory = None
    if alert.evidence.total == len(alert.evidence.pieces):
        alert.clients.clear()
        alert.peak_score = max((piece.score for piece in alert.evidence.pieces), default=alert.peak_score)
    for piece in pieces:
        alert.witnessed_by(piece.client or f"sensor/{piece.sensor_id}")
    weigh(alert, scoring)
