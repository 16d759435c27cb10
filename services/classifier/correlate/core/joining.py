"""Which open alert a signal belongs to, if any: category, distance and time have to fit, then words and places speak for or against."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from math import log2
from typing import Final

from services.classifier.correlate.core.account import Account, AccountReader, Spot
from services.classifier.correlate.core.alert import Alert
from services.classifier.correlate.core.city import CityState
from services.classifier.correlate.core.likeness import (
    ENOUGH,
    NEARLY,
    Closeness,
    Kinship,
    Likeness,
    apart,
    between_m,
    liken,
)
from services.classifier.correlate.core.memory import Memory
from services.classifier.correlate.core.rules import ANY_REACH_M, JoiningRules, Reach
from shared.events import ReadingSignal, ReportSignal, Urgency

__all__ = ["CloseCall", "JoinReason", "Joined", "find_alert"]

_CLOSE_CALLS: Final = 3
_LOOKED_AT: Final = 8
"""Alerts that a signal without a place is compared with: those with the newest signals."""
_AS_GOOD: Final = 0.3
"""An alert that fits so nearly as well as the one that is joined is suggested for a merge."""
_OTHER_WORDS_M: Final = 250.0
"""Two reports in related categories that share no words are one event only when they are so near."""
_CLEARLY: Final = 0.5
"""By so much the best alert has to fit better than the next one where no place speaks."""
_PER_DOUBLING: Final = 0.35
"""An alert about which twice as many people have just called is so much likelier to be what the next one calls about."""


class JoinReason(StrEnum):
    """Why a signal joins an alert, or opens one."""

    SAME_SENSOR = "same_sensor"
    NEAR_IN_PLACE_AND_TIME = "near_in_place_and_time"
    SAME_ADDRESS = "same_address"
    NEAR_IN_TIME_PLACE_UNKNOWN = "near_in_time_place_unknown"
    PLACE_UNKNOWN_SEVERAL_FIT = "place_unknown_several_fit"
    CRITICAL_STANDS_ALONE = "critical_stands_alone"
    FITS_NEARLY = "fits_nearly"
    NOTHING_FITS = "nothing_fits"


@dataclass(frozen=True, slots=True)
class CloseCall:
    alert: Alert
    score: float


@dataclass(frozen=True, slots=True)
class Joined:
    """`alert` None: a new one. `close_calls` are others that fit nearly as well, to be suggested to a person."""

    alert: Alert | None
    reason: JoinReason
    close_calls: tuple[CloseCall, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fit:
    alert: Alert
    likeness: Likeness
    is_placed: bool
    kinship: Kinship
    weight: float

    def order(self) -> tuple[float, datetime, str]:
        return -self.weight, self.alert.opened_at, self.alert.alert_id


def find_alert(
    city: CityState, signal: ReportSignal | ReadingSignal, account: Account, rules: JoiningRules, reader: AccountReader
) -> Joined:
    """Decides by the log's time (`received_at`) and the pack's limits."""
    if isinstance(signal, ReadingSignal) and (held_up := city.raised_by(signal)) is not None:
        return Joined(held_up, JoinReason.SAME_SENSOR)
    fits = sorted(_fits(city, signal, account, rules, reader), key=_Fit.order)
    good = [fit for fit in fits if fit.likeness.score >= ENOUGH]
    if not good:
        reason = JoinReason.FITS_NEARLY if fits else JoinReason.NOTHING_FITS
        return Joined(None, reason, _calls(fits))
    best = good[0]
    if not best.is_placed and len(good) > 1 and best.weight - good[1].weight < _CLEARLY:
        return Joined(None, JoinReason.PLACE_UNKNOWN_SEVERAL_FIT, _calls(good))
    if _would_hide(signal, best):
        return Joined(None, JoinReason.CRITICAL_STANDS_ALONE, _calls(good))
    others = [
        fit
        for fit in fits[1:]
        if fit.weight >= best.weight - _AS_GOOD or (fit.likeness.score >= ENOUGH and fit.kinship is Kinship.SAME)
    ]
    return Joined(best.alert, _reason(best), _calls(others))


def _would_hide(signal: ReportSignal | ReadingSignal, best: _Fit) -> bool:
    """A critical report joins by itself only what it surely belongs to, or what is known to be critical."""
    if signal.urgency is not Urgency.CRITICAL or best.alert.urgency is Urgency.CRITICAL:
        return False
    return not best.is_placed or best.kinship in {Kinship.FOREIGN, Kinship.UNKNOWN}


def _reason(fit: _Fit) -> JoinReason:
    if not fit.is_placed:
        return JoinReason.SAME_ADDRESS if fit.likeness.is_named else JoinReason.NEAR_IN_TIME_PLACE_UNKNOWN
    return JoinReason.NEAR_IN_PLACE_AND_TIME


def _calls(fits: Iterable[_Fit]) -> tuple[CloseCall, ...]:
    return tuple(CloseCall(fit.alert, fit.likeness.score) for fit in islice(fits, _CLOSE_CALLS))


def _fits(
    city: CityState, signal: ReportSignal | ReadingSignal, account: Account, rules: JoiningRules, reader: AccountReader
) -> Iterator[_Fit]:
    """Every alert within its limits that fits at least nearly."""
    for alert in _candidates(city, signal, account, rules):
        reach, kinship = _reach(signal, account, alert, rules)
        waited = abs(signal.received_at - alert.last_signal_at)
        if waited > reach.window:
            continue
        memory = alert.remember(reader)
        between = apart(account.spots, memory.spots)
        reach_m = min(reach.at_age(signal.received_at - alert.opened_at), account.within_m)
        if between is None:
            if kinship in {Kinship.FOREIGN, Kinship.UNKNOWN} or waited > rules.unplaced_window[signal.category]:
                continue
        elif between.least_m > reach_m or _is_out_of_range(account.spots, alert, memory, reach):
            continue
        window_s = (reach.window if between is not None else rules.unplaced_window[signal.category]).total_seconds()
        likeness = liken(account, memory, Closeness(kinship, between, reach_m, waited.total_seconds(), window_s))
        if (
            kinship is Kinship.RELATED
            and not likeness.is_told_alike
            and between is not None
            and between.likely_m > _OTHER_WORDS_M
        ):
            continue
        if kinship is Kinship.FOREIGN and not likeness.is_told_alike:
            continue
        if likeness.score >= NEARLY and (between is not None or likeness.is_told_alike or likeness.is_named):
            crowd = _PER_DOUBLING * log2(1 + memory.per_minute(account.at))
            yield _Fit(alert, likeness, between is not None, kinship, likeness.score + crowd)


def _candidates(
    city: CityState, signal: ReportSignal | ReadingSignal, account: Account, rules: JoiningRules
) -> Iterator[Alert]:
    """Live alerts that could be within reach, each once."""
    met: set[str] = set()
    for alert in _found(city, signal, account, rules):
        if alert.alert_id not in met and alert.exercise == signal.exercise:
            met.add(alert.alert_id)
            yield alert


def _found(
    city: CityState, signal: ReportSignal | ReadingSignal, account: Account, rules: JoiningRules
) -> Iterator[Alert]:
    categories = dict.fromkeys((signal.category, *rules.related[signal.category], *signal.also, *account.categories))
    for spot in account.spots:
        for category in categories:
            yield from city.near(category, spot.lat, spot.lon, rules.farthest_m[category] + spot.coarse_m)
        yield from city.near(None, spot.lat, spot.lon, ANY_REACH_M)
    for category in dict.fromkeys((signal.category, *rules.related[signal.category], *account.categories)):
        window = min(rules.unplaced_window[category], rules.unplaced_window[signal.category])
        yield from islice(city.unplaced(category, signal.received_at, window), _LOOKED_AT)
        if not account.spots:
            yield from islice(city.placed(category, signal.received_at, window), _LOOKED_AT)


def _reach(
    signal: ReportSignal | ReadingSignal, account: Account, alert: Alert, rules: JoiningRules
) -> tuple[Reach, Kinship]:
    """By the main categories; where those are foreign, by what the report speaks of and by what either has beside."""
    reach = rules.between(signal.category, alert.category)
    if reach.kinship is Kinship.SAME:
        return reach, reach.kinship
    own = rules.between(alert.category, alert.category)
    if alert.category in account.categories:
        return own, Kinship.TOLD
    if reach.kinship is Kinship.RELATED:
        return reach, reach.kinship
    if alert.category in signal.also:
        return own, Kinship.BESIDE
    return _beside(signal, alert, rules) or (reach, reach.kinship)


def _beside(signal: ReportSignal | ReadingSignal, alert: Alert, rules: JoiningRules) -> tuple[Reach, Kinship] | None:
    if signal.category in alert.also:
        return rules.between(signal.category, signal.category), Kinship.BESIDE
    for beside in alert.also:
        if rules.between(signal.category, beside).kinship is Kinship.RELATED:
            return rules.between(signal.category, beside), Kinship.RELATED
    return None


def _is_out_of_range(spots: tuple[Spot, ...], alert: Alert, memory: Memory, reach: Reach) -> bool:
    """However many reports stand between: an event does not wander through the whole city."""
    if alert.lat is None or alert.lon is None:
        return False
    middle = Spot(alert.lat, alert.lon)
    coarse_m = max((spot.coarse_m for spot in memory.spots if between_m(spot, middle) < 1), default=0.0)
    return all(between_m(spot, middle) - spot.coarse_m > reach.farthest_m + coarse_m for spot in spots)
