"""Which open alert a signal belongs to, if any: category, distance and time have to fit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final

from services.classifier.correlate.core.alert import Alert
from services.classifier.correlate.core.city import CityState
from services.classifier.correlate.core.locating import Whereabouts
from services.classifier.correlate.core.rules import JoiningRules, Reach
from shared.events import ReadingSignal, ReportSignal
from shared.pack import distance_m

__all__ = ["JoinReason", "Joined", "find_alert"]

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
    city: CityState, signal: ReportSignal | ReadingSignal, where: Whereabouts, rules: JoiningRules
) -> Joined:
    """Decides by the log's time (`received_at`) and the pack's limits."""
    if isinstance(signal, ReadingSignal) and (held_up := city.raised_by(signal)) is not None:
        return Joined(held_up, JoinReason.SAME_SENSOR)
    if where.lat is None or where.lon is None:
        return _by_time_alone(city, signal, where, rules)
    near = sorted(_near(city, signal, where, rules), key=_nearness)
    if near:
        nearest = near[0][1]
        others = tuple(alert for _, alert in near[1 : 1 + _CLOSE_CALLS] if alert.category == nearest.category)
        return Joined(nearest, JoinReason.NEAR_IN_PLACE_AND_TIME, others)
    window = rules.unplaced_window[signal.category]
    unplaced = _fitting(signal, city.unplaced(signal.category, signal.received_at, window))
    if len(unplaced) == 1:
        return Joined(unplaced[0], JoinReason.NEAR_IN_TIME_PLACE_UNKNOWN)
    return Joined(None, JoinReason.NOTHING_FITS)


def _by_time_alone(
    city: CityState, signal: ReportSignal | ReadingSignal, where: Whereabouts, rules: JoiningRules
) -> Joined:
    window = rules.unplaced_window[signal.category]
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
    city: CityState, signal: ReportSignal | ReadingSignal, where: Whereabouts, rules: JoiningRules
) -> list[tuple[float, Alert]]:
    """Alerts within reach with their distance in metres; each once."""
    assert where.lat is not None
    assert where.lon is not None
    met: dict[str, tuple[float, Alert]] = {}
    for reach in _reaches(signal, rules):
        within_m = reach.distance_m + min(where.coarse_m, reach.distance_m)
        for alert in city.near(reach.category, where.lat, where.lon, within_m):
            if alert.alert_id in met or alert.exercise != signal.exercise or alert.lat is None or alert.lon is None:
                continue
            if abs(signal.received_at - alert.last_signal_at) > reach.window:
                continue
            apart_m = distance_m(where.lat, where.lon, alert.lat, alert.lon)
            if apart_m <= within_m:
                met[alert.alert_id] = apart_m, alert
    return list(met.values())


def _nearness(found: tuple[float, Alert]) -> tuple[float, datetime, str]:
    return found[0], found[1].opened_at, found[1].alert_id


def _reaches(signal: ReportSignal | ReadingSignal, rules: JoiningRules) -> Iterable[Reach]:
    reaches = rules.reaches[signal.category]
    if not signal.also:
        return reaches
    known = {reach.category for reach in reaches}
    return [*reaches, *(rules.between(signal.category, also) for also in signal.also if also not in known)]


def _fitting(signal: ReportSignal | ReadingSignal, found: Iterator[Alert]) -> list[Alert]:
    """No more than are needed to know that several fit, and to suggest them."""
    return list(islice((alert for alert in found if alert.exercise == signal.exercise), _CLOSE_CALLS))
