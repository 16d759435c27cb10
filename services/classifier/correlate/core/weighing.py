"""What a signal that joins does to an alert's score, urgency and categories."""

from services.classifier.correlate.core.alert import Alert
from services.classifier.correlate.core.city import sensor_key
from services.classifier.correlate.core.corroboration import StrengthReason, strength
from services.classifier.correlate.core.reasons import AlertReason
from shared.events import AlertState, Category, Evidence, ReadingSignal, ReportSignal, Urgency
from shared.pack import Scoring

__all__ = ["take_signal", "weigh"]


def take_signal(alert: Alert, signal: ReportSignal | ReadingSignal, piece: Evidence, scoring: Scoring) -> bool:
    """Adds the evidence and weighs the alert anew. Returns whether its categories changed."""
    before = alert.urgency
    is_first = not alert.version
    known = _weights(alert)
    rekeyed = _take_categories(alert, signal)
    alert.evidence.add(piece)
    alert.last_signal_at = max(alert.last_signal_at, signal.received_at)
    alert.peak_score = max(alert.peak_score, signal.score)
    alert.needs_review = alert.needs_review or signal.needs_review
    if isinstance(signal, ReportSignal):
        alert.report_count += 1
        alert.joined.append(signal.report_id)
        alert.witnessed_by(signal.client)
    else:
        alert.reading_count += 1
        alert.raised_sensors[sensor_key(signal)] = None
        alert.witnessed_by(f"sensor/{signal.sensor_id}")
    if alert.urgency_set is not None and signal.urgency.level > alert.urgency_set.level:
        alert.urgency_set = signal.urgency  # worse than what the operator knew
    if is_first or _weights(alert) != known:
        weigh(alert, scoring)
    if not is_first and alert.urgency.level > before.level:
        _tell_rise(alert, before, signal)
    return rekeyed


def _weights(alert: Alert) -> tuple[object, ...]:
    """All that score and urgency follow from."""
    return alert.peak_score, len(alert.clients), alert.reading_count > 0, alert.urgency_set


def weigh(alert: Alert, scoring: Scoring) -> None:
    """Score and urgency from the evidence; an operator's urgency stands above what the score says."""
    found = strength(
        alert.peak_score,
        len(alert.clients),
        sensor_and_resident=alert.report_count > 0 and alert.reading_count > 0,
        scoring=scoring,
    )
    if found.reason is StrengthReason.CORROBORATED and found.score > alert.score > 0:
        witnesses = f"{len(alert.clients)} independent witnesses"
        alert.say_instead(found.reason, f"{witnesses}: score {found.score:g}", alert.last_signal_at)
    alert.score = found.score
    alert.urgency = alert.urgency_set or found.urgency


def _take_categories(alert: Alert, signal: ReportSignal | ReadingSignal) -> bool:
    """Another category is noted beside the main one, and becomes it when its signal is more urgent, or the first understood."""
    before = alert.categories
    if signal.category != alert.category:
        is_more = signal.urgency.level > alert.urgency.level or alert.category is Category.OTHER
        leads = alert.category_set is None and is_more and signal.category is not Category.OTHER
        alert.also[alert.category if leads else signal.category] = None
        alert.category = signal.category if leads else alert.category
    for category in signal.also:
        alert.also[category] = None
    alert.also.pop(alert.category, None)
    alert.also.pop(Category.OTHER, None)  # not understood is not a category beside another
    return alert.categories != before


def _tell_rise(alert: Alert, before: Urgency, signal: ReportSignal | ReadingSignal) -> None:
    alert.wait_anew(signal.received_at)
    alert.say(AlertReason.URGENCY_RAISED, f"from {before} to {alert.urgency}", signal.received_at)
    if alert.urgency is Urgency.CRITICAL and alert.state is AlertState.ACKNOWLEDGED:
        # Whoever acknowledged it did not know of this: it has to be seen anew.
        alert.state, alert.acknowledged_by, alert.acknowledged_at = AlertState.OPEN, None, None
        alert.say(AlertReason.OPENED_AGAIN, "became critical after it was acknowledged", signal.received_at)
