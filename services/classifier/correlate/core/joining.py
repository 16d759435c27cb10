"""Which open alert a signal belongs to, if any: category, distance and time have to fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final

from services.classifier.correlate.core.alert import Alert
from services.classifier.correlate.core.city import CityState
from services.classifier.correlate.core.locating import Whereabouts
from shared.events import Category, ReadingSignal, ReportSignal
from shared.pack import Correlation, distance_m

__all__ = ["JoinReason", "Joined", "find_alert"]

UNPLACED_WINDOW_SHARE: Final = 0.25
"""Without a place only time and category speak: the window is this share of the pack's."""
_CLOSE_CALLS: Final = 3


class JoinReason(StrEnum):
    """Why a signal joins an alert, or opens one."""

    SAME_SENSOR = "same_sensor"
    NEAR_IN_PLACE_AND_TIME = "near_in_place_and_time"
    SAME_ADDRESS = "same_address"
    NEAR_IN_TIME_PLACE_UNKNOWN = "near_in_time_place_unknown"
    PLACE_UNKNOWN_SEVERAL_FIT = "place_unknown_several_fit"
    NOTHING_FITS = "nothing_fits"


@dataclass(frozen=True, slots=True)
class Joined:
    """`alert` None: a new one. `close_calls` are others that fit nearly as well, to be suggested to a person."""

    alert: Alert | None
    reason: JoinReason
    close_calls: tuple[Alert, ...] = ()


def find_alert(
    city: CityState, signal: ReportSignal | ReadingSignal, where: Whereabouts, correlation: Correlation
) -> Joined:
    """Decides by the log's time (`received_at`) and the pack's limits, the stricter of both categories' where they differ."""
    if isinstance(signal, ReadingSignal) and (held_up := city.raised_by(signal)) is not None:
        return Joined(held_up, JoinReason.SAME_SENSOR)
    if where.lat is None or where.lon is None:
        return _by_time_alone(city, signal, where, correlation)
    placed = sorted(
        _near(city, signal, where, correlation), key=lambda found: (found[0], found[1].opened_at, found[1].alert_id)
    )
    if placed:
        others = tuple(alert for _, alert in placed[1 : 1 + _CLOSE_CALLS] if alert.category == placed[0][1].category)
        return Joined(placed[0][1], JoinReason.NEAR_IN_PLACE_AND_TIME, others)
    unplaced = _fitting(signal, city.unplaced(signal.category, signal.received_at, _tighter(signal, correlation)))
    if len(unplaced) == 1:
        return Joined(unplaced[0], JoinReason.NEAR_IN_TIME_PLACE_UNKNOWN)
    return Joined(None, JoinReason.NOTHING_FITS)


def _by_time_alone(
    city: CityState, signal: ReportSignal | ReadingSignal, where: Whereabouts, correlation: Correlation
) -> Joined:
    window = _tighter(signal, correlation)
    either = (city.unplaced, city.placed)
    fitting = [
        alert for find in either for alert in _fitting(signal, find(signal.category, signal.received_at, window))
    ]
    if where.name:
        named = where.name.casefold()
        for alert in fitting:
            if alert.place is not None and alert.place.casefold() == named:
                return Joined(alert, JoinReason.SAME_ADDRESS)
        return Joined(None, JoinReason.NOTHING_FITS)  # it says where, in words the gazetteer lacks: not the same place
    if len(fitting) == 1:
        return Joined(fitting[0], JoinReason.NEAR_IN_TIME_PLACE_UNKNOWN)
    reason = JoinReason.PLACE_UNKNOWN_SEVERAL_FIT if fitting else JoinReason.NOTHING_FITS
    return Joined(None, reason, tuple(fitting[:_CLOSE_CALLS]))


def _near(
    city: CityState, signal: ReportSignal | ReadingSignal, where: Whereabouts, correlation: Correlation
) -> Iterator[tuple[float, Alert]]:
    """Alerts within reach with their distance in metres; each once."""
    assert where.lat is not None
    assert where.lon is not None
    met: set[str] = set()
    for category in _compatible(signal, correlation):
        reach_m = min(correlation.joining(signal.category).distance_m, correlation.joining(category).distance_m)
        reach_m += min(where.coarse_m, reach_m)
        for alert in list(city.near(category, where.lat, where.lon, reach_m)):
            if alert.alert_id in met or alert.exercise != signal.exercise or alert.lat is None or alert.lon is None:
                continue
            met.add(alert.alert_id)
            apart_m = distance_m(where.lat, where.lon, alert.lat, alert.lon)
            if apart_m <= reach_m and _in_time(
                alert, signal.received_at, _window(signal.category, category, correlation)
            ):
                yield apart_m, alert


def _fitting(signal: ReportSignal | ReadingSignal, found: Iterator[Alert]) -> list[Alert]:
    """No more than are needed to know that several fit, and to suggest them."""
    return list(islice((alert for alert in found if alert.exercise == signal.exercise), _CLOSE_CALLS))


def _tighter(signal: ReportSignal | ReadingSignal, correlation: Correlation) -> timedelta:
    return UNPLACED_WINDOW_SHARE * _window(signal.category, signal.category, correlation)


def _compatible(signal: ReportSignal | ReadingSignal, correlation: Correlation) -> list[Category]:
    related = [category for category in Category if correlation.are_related(signal.category, category)]
    return list(dict.fromkeys([signal.category, *signal.also, *related]))


def _window(one: Category, other: Category, correlation: Correlation) -> timedelta:
    return timedelta(seconds=min(correlation.joining(one).window_s, correlation.joining(other).window_s))


def _in_time(alert: Alert, at: datetime, window: timedelta) -> bool:
    return abs(at - alert.last_signal_at) <= window
