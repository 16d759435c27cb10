"""A city's alerts in memory, found by id, place, time and sensor and by what they have absorbed, at a cost that does not grow with them."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from services.classifier.correlate.core.alert import Alert
from services.classifier.correlate.core.deadlines import Deadline, Deadlines
from services.classifier.correlate.core.grid import Grid
from services.classifier.correlate.core.timewheel import TimeWheel
from shared.events import Category, ReadingSignal, SensorRecovered, Urgency
from shared.pack import Correlation

__all__ = ["CityState", "sensor_key"]

_SLACK: Final = timedelta(hours=6)
"""How far signals may be out of order before one could miss an alert that its own time would have let it join."""


def sensor_key(event: ReadingSignal | SensorRecovered) -> str:
    """What holds an alert up: one rule on one quantity of one sensor."""
    return f"{event.sensor_id}/{event.quantity}/{event.rule}"


class CityState:
    """The live alerts and those that closed lately. Everything in it comes from the alerts' snapshots."""

    def __init__(self, correlation: Correlation, closed_kept: timedelta) -> None:
        self.alerts: dict[str, Alert] = {}
        self.clock: datetime | None = None
        """The newest `received_at` so far: the log's own time."""
        self._closed_kept = closed_kept
        self._absorbed: set[str] = set()
        self._by_sensor: dict[tuple[str, bool], Alert] = {}
        self._grid = Grid(correlation)
        self._placed = TimeWheel()
        self._unplaced = TimeWheel()
        self._closed: dict[str, Alert] = {}
        self._deadlines = Deadlines(correlation)

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

    def due(self, until: datetime) -> Iterator[tuple[Alert, datetime, Deadline]]:
        """The alerts whose deadlines have come by then; index each before taking the next."""
        return self._deadlines.due(until, self.alerts)

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
        """Puts the alert where its present state, place, categories and sensors say; call it after any of them changed."""
        self.unindex(alert)
        if not alert.state.is_live:
            self._closed[alert.alert_id] = alert
            return
        for key in alert.raised_sensors:
            self._by_sensor[key, alert.exercise] = alert
        self._grid.add(alert)
        self.touched(alert)

    def unindex(self, alert: Alert) -> None:
        """Call it before the sensors that hold the alert up change; before other changes it may be called."""
        self._closed.pop(alert.alert_id, None)
        for key in alert.raised_sensors:
            if self._by_sensor.get((key, alert.exercise)) is alert:
                del self._by_sensor[key, alert.exercise]
        self._grid.remove(alert)
        self._placed.remove(alert)
        self._unplaced.remove(alert)

    def touched(self, alert: Alert) -> None:
        """The alert got a signal, or changed otherwise."""
        self._deadlines.plan(alert)
        if alert.lat is None:
            self._unplaced.put(alert)
        else:
            self._placed.put(alert)
            self._grid.add(alert)  # it may have left the grid when its time seemed over

    def raised_by(self, event: ReadingSignal | SensorRecovered) -> Alert | None:
        """The live alert that the event's sensor holds up."""
        return self._by_sensor.get((sensor_key(event), event.exercise))

    def hold_up(self, alert: Alert, signal: ReadingSignal) -> None:
        self._by_sensor[sensor_key(signal), alert.exercise] = alert

    def near(self, category: Category | None, lat: float, lon: float, within_m: float) -> list[Alert]:
        """Live alerts of the category (None: of any) whose cell is within reach; the caller measures."""
        return self._grid.near(category, lat, lon, within_m, self._is_over)

    def unplaced(self, category: Category, at: datetime, window: timedelta) -> Iterator[Alert]:
        """Live alerts without a place, the one with the newest signal first."""
        return self._unplaced.newest_first(category, at, window)

    def placed(self, category: Category, at: datetime, window: timedelta) -> Iterator[Alert]:
        """Live alerts with a place, the one with the newest signal first."""
        return self._placed.newest_first(category, at, window)

    def _is_over(self, alert: Alert, window: timedelta) -> bool:
        return self.clock is not None and self.clock - alert.last_signal_at > window + _SLACK

    def _forget(self, alert: Alert) -> None:
        self.unindex(alert)
        self.alerts.pop(alert.alert_id, None)
        self._absorbed.difference_update(alert.absorbed)
