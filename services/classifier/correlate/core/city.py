"""A city's alerts in memory, found by id, by place, by sensor and by what they have absorbed, at a cost that does not grow with them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from services.classifier.correlate.core.alert import Alert
from services.classifier.correlate.core.grid import Grid
from shared.events import Category, Urgency
from shared.pack import Correlation

__all__ = ["CityState"]

_SLACK: Final = timedelta(hours=6)
"""How far signals may be out of order before one could miss an alert that its own time would have let it join."""


class CityState:
    """The live alerts and those that closed lately. Everything in it comes from the alerts' snapshots."""

    def __init__(self, correlation: Correlation, closed_kept: timedelta) -> None:
        self.alerts: dict[str, Alert] = {}
        self.by_sensor: dict[str, Alert] = {}
        """Live alerts by the `sensor_id/quantity/rule` that holds them up."""
        self.clock: datetime | None = None
        """The newest `received_at` so far: the log's own time."""
        self._correlation = correlation
        self._closed_kept = closed_kept
        self._absorbed: set[str] = set()
        self._grid = Grid(correlation)
        self._recent: dict[Category, dict[str, Alert]] = {}
        self._unplaced: dict[Category, dict[str, Alert]] = {}
        self._closed: dict[str, Alert] = {}

    def advance(self, received_at: datetime) -> None:
        """Moves the log's time on, and forgets what closed too long ago."""
        if self.clock is not None and received_at <= self.clock:
            return
        self.clock = received_at
        while self._closed:
            oldest = next(iter(self._closed.values()))
            if oldest.closed_at is not None and received_at - oldest.closed_at <= self._closed_kept + _SLACK:
                return
            self._forget(oldest)

    def get(self, alert_id: str | None, at: datetime) -> Alert | None:
        """The alert, unless it closed so long before `at` that it counts as forgotten."""
        alert = self.alerts.get(alert_id or "")
        if alert is None or (alert.closed_at is not None and at - alert.closed_at > self._closed_kept):
            return None
        return alert

    def live_by_urgency(self) -> Counter[Urgency]:
        return Counter(alert.urgency for alert in self.alerts.values() if alert.state.is_live)

    def has_absorbed(self, mark: str) -> bool:
        return mark in self._absorbed

    def absorb(self, alert: Alert, mark: str) -> None:
        self._absorbed.add(mark)
        alert.absorbed.append(mark)
        if len(alert.absorbed) > alert.limits.absorbed:
            self._absorbed.discard(alert.absorbed.popleft())

    def add(self, alert: Alert) -> None:
        """Takes an alert in, new or restored."""
        self.alerts[alert.alert_id] = alert
        self._absorbed.update(alert.absorbed)
        self.index(alert)

    def index(self, alert: Alert) -> None:
        """Puts the alert where its present state, place and categories say; call it after any of them changed."""
        self.unindex(alert)
        if not alert.state.is_live:
            self._closed[alert.alert_id] = alert
            return
        for key in alert.raised_sensors:
            self.by_sensor[key] = alert
        for category in alert.categories:
            self._recent.setdefault(category, {})[alert.alert_id] = alert
            if alert.lat is None:
                self._unplaced.setdefault(category, {})[alert.alert_id] = alert
        self._grid.add(alert)

    def unindex(self, alert: Alert) -> None:
        self._closed.pop(alert.alert_id, None)
        for key in alert.raised_sensors:
            if self.by_sensor.get(key) is alert:
                del self.by_sensor[key]
        for listed in (*self._recent.values(), *self._unplaced.values()):
            listed.pop(alert.alert_id, None)
        self._grid.remove(alert)

    def touched(self, alert: Alert) -> None:
        """The alert got a signal: it is the newest of its categories now."""
        for category in alert.categories:
            for listed in (self._recent, self._unplaced) if alert.lat is None else (self._recent,):
                newest = listed.setdefault(category, {})
                newest.pop(alert.alert_id, None)
                newest[alert.alert_id] = alert
        self._grid.add(alert)

    def near(self, category: Category, lat: float, lon: float, within_m: float) -> Iterator[Alert]:
        """Live alerts of the category whose cell is within reach; the caller measures."""
        return self._grid.near(category, lat, lon, within_m, self._is_over)

    def newest(self, category: Category, *, unplaced: bool) -> Iterable[Alert]:
        """Live alerts of the category, the one with the newest signal first."""
        listed = (self._unplaced if unplaced else self._recent).get(category, {})
        return reversed(listed.values())

    def _is_over(self, alert: Alert, window: timedelta) -> bool:
        return self.clock is not None and self.clock - alert.last_signal_at > window + _SLACK

    def _forget(self, alert: Alert) -> None:
        self.unindex(alert)
        self.alerts.pop(alert.alert_id, None)
        self._absorbed.difference_update(alert.absorbed)
