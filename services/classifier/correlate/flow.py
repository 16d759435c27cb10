"""Correlate: signals and decisions of a city, in the order of its log, become alerts.

signals.raised.v1 ──► fold (core/fold.py) ──► alerts.changed.v1, which is also the state it is restored from
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from services.classifier.correlate.core.city import CityState
from services.classifier.correlate.core.fold import Correlator, Outcome, OutcomeReason
from services.classifier.correlate.core.limits import SnapshotLimits
from services.classifier.correlate.core.publishing import Changes
from services.classifier.correlate.core.snapshot import alert_of
from services.classifier.metrics import FOLDED, OPEN_ALERTS
from shared.errors import Invalid
from shared.events import AlertChanged, SignalOrDecision, Urgency
from shared.kafka.partition_stage import Folded
from shared.kafka.records import Outgoing, Received
from shared.topics import ALERTS

__all__ = ["Cities", "CorrelateFold", "count_open_alerts"]

Cities = dict[str, CityState]


class CorrelateFold:
    """The pure part of the stage: hosted by shared.kafka.PartitionStage, one state of cities for each input partition."""

    def __init__(self, correlator: Correlator, limits: SnapshotLimits) -> None:
        self._correlator = correlator
        self._limits = limits

    def restore(self, snapshots: Iterable[AlertChanged]) -> Cities:
        """The cities as they were when these newest snapshots were written; what closed too long ago is left out."""
        cities: Cities = {}
        found = sorted(snapshots, key=_order)
        newest: dict[str, datetime] = {}
        for snapshot in found:
            newest[snapshot.city] = max(snapshot.changed_at, newest.get(snapshot.city, snapshot.changed_at))
        for snapshot in found:
            if snapshot.closed_at is None or newest[snapshot.city] - snapshot.closed_at <= self._limits.closed_kept:
                city = self._city(cities, snapshot.city)
                city.add(alert_of(snapshot, self._limits))
        for name, city in cities.items():
            city.advance(newest[name])
        return cities

    def fold(self, state: Cities, batch: Sequence[Received[SignalOrDecision]]) -> Folded:
        """Gather the city, fold the event, publish what changed: of several changes to an alert in a batch the newest."""
        changes, folded, counts = Changes(self._limits), Folded(), Counter[tuple[str, str]]()
        for received in batch:
            city = self._city(state, received.event.city)
            outcome = self._correlator.fold(city, received.event)
            counts[received.event.type, outcome.reason] += 1
            if outcome.reason is OutcomeReason.UNKNOWN_ALERT:
                folded.refused.append((received, _unknown(outcome)))
            changes.note(outcome.changed, received.trace)
        folded.outputs.extend(
            Outgoing(ALERTS, snapshot.alert_id, snapshot, trace) for snapshot, trace in changes.publish()
        )
        for (kind, reason), count in counts.items():
            FOLDED.labels(kind, reason).inc(count)
        return folded

    def tick(self, state: Cities, at: datetime) -> Folded:
        """Lets the time up to `at` pass where no event brings it: alerts escalate, or close because nothing was heard of them."""
        changes, folded = Changes(self._limits), Folded()
        for city in state.values():
            changes.note(self._correlator.let_time_pass(city, at), None)
        folded.outputs.extend(
            Outgoing(ALERTS, snapshot.alert_id, snapshot, trace) for snapshot, trace in changes.publish()
        )
        return folded

    def _city(self, state: Cities, name: str) -> CityState:
        city = state.get(name)
        if city is None:
            city = state[name] = self._correlator.new_city()
        return city


def count_open_alerts(states: Iterable[Cities]) -> None:
    """Sets the gauge of live alerts by urgency, over all partitions of this process."""
    counts = dict.fromkeys(Urgency, 0)
    for cities in states:
        for city in cities.values():
            for urgency, live in city.live_by_urgency().items():
                counts[urgency] += live
    for urgency, count in counts.items():
        OPEN_ALERTS.labels(urgency).set(count)


def _order(snapshot: AlertChanged) -> tuple[datetime, str]:
    return snapshot.last_signal_at or snapshot.changed_at, snapshot.alert_id


def _unknown(outcome: Outcome) -> Invalid:
    return Invalid("unknown_alert", f"the decision names an alert that this city does not have ({outcome.detail})")
