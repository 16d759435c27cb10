"""Alerts by the minute of their newest signal: finding those of the last hours costs the same however many are open."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from services.classifier.correlate.core.alert import Alert
from shared.events import Category

__all__ = ["TimeWheel"]

_SPOKE_S: Final = 60

Spoke = tuple[Category, int]


class TimeWheel:
    """Whatever order alerts were put in, they come out by the time of their newest signal, then by id."""

    def __init__(self) -> None:
        self._spokes: dict[Spoke, dict[str, Alert]] = {}
        self._held: dict[str, tuple[Spoke, ...]] = {}

    def put(self, alert: Alert) -> None:
        """Puts the alert where its newest signal and its categories say, wherever it was before."""
        minute = _minute(alert.last_signal_at)
        spokes = tuple((category, minute) for category in alert.categories)
        if self._held.get(alert.alert_id) == spokes:
            return
        self.remove(alert)
        self._held[alert.alert_id] = spokes
        for spoke in spokes:
            self._spokes.setdefault(spoke, {})[alert.alert_id] = alert

    def remove(self, alert: Alert) -> None:
        for spoke in self._held.pop(alert.alert_id, ()):
            held = self._spokes[spoke]
            del held[alert.alert_id]
            if not held:
                del self._spokes[spoke]

    def newest_first(self, category: Category, at: datetime, window: timedelta) -> Iterator[Alert]:
        """Alerts of the category whose newest signal is within `window` of `at`."""
        if not self._held:
            return
        earliest, latest = at - window, at + window
        for minute in range(_minute(latest), _minute(earliest) - 1, -1):
            held = self._spokes.get((category, minute))
            for alert in sorted(held.values(), key=_newness, reverse=True) if held else ():
                if earliest <= alert.last_signal_at <= latest:
                    yield alert


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // _SPOKE_S


def _newness(alert: Alert) -> tuple[datetime, str]:
    return alert.last_signal_at, alert.alert_id
