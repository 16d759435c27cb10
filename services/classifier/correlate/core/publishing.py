"""Which snapshots a batch publishes: the newest of each alert that changed, and one more whenever too many reports have joined for one."""

from collections.abc import Iterable, Iterator

from services.classifier.correlate.core.alert import Alert
from services.classifier.correlate.core.limits import SnapshotLimits
from services.classifier.correlate.core.snapshot import snapshot_of
from shared.events import AlertChanged

__all__ = ["Changes"]

Published = tuple[AlertChanged, str | None]
"""A snapshot, and the trace of the event that changed it last."""


class Changes:
    """Whoever follows the published snapshots learns of every report that joined, whatever was left out between them."""

    def __init__(self, limits: SnapshotLimits) -> None:
        self._most_joined = limits.joined_in_one_snapshot
        self._changed: dict[str, tuple[Alert, str | None]] = {}
        self._early: list[Published] = []

    def note(self, alerts: Iterable[Alert], trace: str | None) -> None:
        for alert in alerts:
            self._changed.pop(alert.alert_id, None)
            self._changed[alert.alert_id] = (alert, trace)
            while len(alert.joined) > self._most_joined:
                self._early.append((self._snapshot(alert), trace))

    def publish(self) -> Iterator[Published]:
        """The snapshots in the order of the alerts' last changes; the alerts count as published."""
        yield from self._early
        for alert, trace in self._changed.values():
            yield self._snapshot(alert), trace
        self._early.clear()
        self._changed.clear()

    def _snapshot(self, alert: Alert) -> AlertChanged:
        later = alert.joined[self._most_joined :]
        del alert.joined[self._most_joined :]
        snapshot = snapshot_of(alert)
        alert.joined = later
        return snapshot
