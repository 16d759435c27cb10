"""What happens to an alert by time alone: it escalates when nobody acknowledges it, and closes when nothing is heard of it.

Deadlines are met at their own time, whenever that is noticed: before the next event of the log is folded, or by a tick. So a log
gives the same alerts whether and whenever somebody let time pass between its events.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import heappop, heappush

from services.classifier.correlate.core.alert import Alert, Cause
from services.classifier.correlate.core.reasons import AlertReason
from shared.events import AlertState
from shared.ids import derived_event_id
from shared.pack import Correlation

__all__ = ["Deadline", "Deadlines", "due_of", "meet"]


class Deadline(StrEnum):
    ESCALATES = "escalates"
    CLOSES_AS_STALE = "closes_as_stale"


def due_of(alert: Alert, correlation: Correlation) -> tuple[datetime, Deadline] | None:
    """The next deadline of a live alert, from what its snapshot says; None while somebody has seen it and it may not go stale.

    It goes stale neither while a sensor holds it up nor once residents were told: a person has to end that.
    """
    if not alert.state.is_live:
        return None
    dues: list[tuple[datetime, Deadline]] = []
    within_s = correlation.acknowledge_within_s.get(alert.urgency)
    if alert.state is AlertState.OPEN and alert.escalated_at is None and within_s is not None:
        dues.append((alert.waiting_since + timedelta(seconds=within_s), Deadline.ESCALATES))
    if not alert.raised_sensors and not alert.public:
        stale_after = timedelta(seconds=correlation.joining(alert.category).stale_after_s)
        dues.append((alert.changed_at + stale_after, Deadline.CLOSES_AS_STALE))
    return min(dues, default=None)


def meet(alert: Alert, due_at: datetime, deadline: Deadline) -> None:
    """What a deadline does to its alert, at the deadline's own time."""
    if deadline is Deadline.ESCALATES:
        alert.escalated_at = due_at
        alert.say_instead(
            AlertReason.ESCALATED, f"nobody acknowledged it since {alert.waiting_since:%H:%M:%S} UTC", due_at
        )
    else:
        alert.state, alert.closed_at = AlertState.RESOLVED, due_at
        alert.say(
            AlertReason.CLOSED_AS_STALE, f"nothing was heard of it since {alert.changed_at:%d.%m. %H:%M} UTC", due_at
        )
    alert.version += 1
    alert.changed_at = max(alert.changed_at, due_at)
    alert.cause = Cause(derived_event_id(alert.alert_id, f"{deadline}/{alert.version}"), due_at, due_at)


class Deadlines:
    """Alerts by their next deadline. A deadline that moved away is noticed when the old one comes up, so that moving costs nothing."""

    def __init__(self, correlation: Correlation) -> None:
        self._correlation = correlation
        self._heap: list[tuple[datetime, str]] = []
        self._planned: dict[str, datetime] = {}

    def plan(self, alert: Alert) -> None:
        """Call it whenever the alert changed: only an earlier deadline has to be written down."""
        due = due_of(alert, self._correlation)
        if due is None:
            return
        planned = self._planned.get(alert.alert_id)
        if planned is None or due[0] < planned:
            self._planned[alert.alert_id] = due[0]
            heappush(self._heap, (due[0], alert.alert_id))

    def due(self, until: datetime, alerts: dict[str, Alert]) -> Iterator[tuple[Alert, datetime, Deadline]]:
        """Every alert whose deadline has come, in the order of deadlines; whoever takes one plans the alert anew before the next."""
        while self._heap and self._heap[0][0] <= until:
            planned_at, alert_id = heappop(self._heap)
            if self._planned.get(alert_id) != planned_at:
                continue
            del self._planned[alert_id]
            alert = alerts.get(alert_id)
            due = due_of(alert, self._correlation) if alert is not None else None
            if alert is None or due is None:
                continue
            if due[0] > planned_at:
                self.plan(alert)
            else:
                yield alert, *due
