"""How well an account fits an open alert: what speaks for and against it, added up. Everything here is a stated number."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from math import cos, hypot, radians
from typing import Final, NamedTuple

from services.classifier.correlate.core.account import Account, PlacedBy, Spot, kind_of
from services.classifier.correlate.core.memory import Memory
from shared.pack import ThingKind

__all__ = ["ENOUGH", "NEARLY", "Apart", "Closeness", "Kinship", "Likeness", "apart", "liken"]

_METRES_PER_DEGREE: Final = 111_195.0

ENOUGH: Final = 0.0
"""From here on a signal joins."""
NEARLY: Final = -0.9
"""From here on it is a close call: suggested to a person."""

_BASE: Final = 0.6
_SAME_SPOT, _PER_REACH = 0.8, 1.8
_PLACE_UNKNOWN: Final = -0.5
_JUST_NOW, _PER_WINDOW = 0.3, 0.9
_SAME_PLACE_NAMED: Final = 0.7
_OTHER_PLACE_NAMED: Final = -1.0
_NEXT_TO_M: Final = 200.0
"""Two named places with no more than this between their edges: over a wide hazard people name either."""
_SAME_NUMBER: Final = 1.2
_OTHER_NUMBER, _OTHER_NUMBER_MEASURED = -3.7, -1.6
_NEIGHBOURS: Final = 4
"""House numbers that differ by no more than this are neighbours: people misread them."""
_LARGE_M: Final = 500.0
"""An event whose signals join over more than this is larger than a house: numbers say nothing against it."""
_PER_STEM, _MOST_STEMS = 0.12, 0.5
_THINGS: Final = {ThingKind.OBJECT: (-0.5, 0.4), ThingKind.HAPPENING: (-1.6, 0.6), ThingKind.BEING: (-0.4, 0.3)}
"""For each kind of thing that both name: what it counts when they are others, and when they are the same."""
_AKIN: Final = 0.3
"""So much of what speaks against counts where both happenings belong to one category: one patient is described by many symptoms."""
_SAME_POINT: Final = 0.8
_SAME_POINT_M, _SAME_POINT_S = 40.0, 900.0
"""Measured so near in place and time that words hardly matter."""
_NOTHING_SHARED: Final = -0.9
_OF_WHAT_IS_VAGUE: Final = 0.5
"""Of the metres that a large place leaves open, so many count as distance."""
_USUAL_SHARE: Final = 0.4
"""A thing that so many of those speak of who speak of anything of its kind is what the event is about."""
_SAME_CALLER: Final = 0.8


class Kinship(StrEnum):
    """How the signal's category and the alert's belong together."""

    SAME = "same"
    BESIDE = "beside"
    RELATED = "related"
    TOLD = "told"
    """What the report speaks of belongs to the alert's category, whatever the report was taken for."""
    UNKNOWN = "unknown"
    FOREIGN = "foreign"


_KINSHIP: Final = {
    Kinship.SAME: 0.0,
    Kinship.BESIDE: -0.4,
    Kinship.RELATED: -0.5,
    Kinship.TOLD: -0.2,
    Kinship.UNKNOWN: -0.5,
    Kinship.FOREIGN: -1.5,
}


class Apart(NamedTuple):
    """Metres between two spots: `likely_m`, and `least_m` when both are off as far as they may be."""

    likely_m: float
    least_m: float
    coarse_m: float


@dataclass(frozen=True, slots=True)
class Closeness:
    """`apart` None: one of the two has no place. `reach_m` and `window_s` are the limits for this pair, `waited_s` the time between."""

    kinship: Kinship
    apart: Apart | None
    reach_m: float
    waited_s: float
    window_s: float


@dataclass(frozen=True, slots=True)
class Likeness:
    score: float
    is_named: bool
    """Both name the same place."""
    is_told_alike: bool
    """The words speak for it."""


def liken(account: Account, memory: Memory, close: Closeness) -> Likeness:
    """The score of joining: ENOUGH or more joins. Distance and time have been held against their limits before."""
    place = _place(close)
    named, words = _names(account, memory, close), _words(account, memory)
    score = (
        _BASE
        + _KINSHIP[close.kinship]
        + place
        + _JUST_NOW
        - _PER_WINDOW * min(1.0, close.waited_s / close.window_s)
        + named
        + _numbers(account, memory, close)
        + words
        + (_SAME_CALLER if account.client in memory.clients else 0.0)
    )
    return Likeness(round(score, 3), named > 0, words > 0)


def _place(close: Closeness) -> float:
    if close.apart is None:
        return _PLACE_UNKNOWN
    points = _SAME_SPOT - _PER_REACH * min(1.0, close.apart.likely_m / max(close.reach_m, 1.0))
    is_measured = not close.apart.coarse_m
    if is_measured and close.apart.likely_m <= _SAME_POINT_M and close.waited_s <= _SAME_POINT_S:
        points += _SAME_POINT
    return points


def apart(spots: tuple[Spot, ...], others: "dict[Spot, None] | tuple[Spot, ...]") -> Apart | None:
    """Of the nearest two; None without a spot on one side."""
    if not spots or not others:
        return None
    return min(_apart(one, other) for one, other in product(spots, others))


def _apart(one: Spot, other: Spot) -> Apart:
    metres, coarse_m = between_m(one, other), one.coarse_m + other.coarse_m
    least_m = max(0.0, metres - coarse_m)
    return Apart(least_m + _OF_WHAT_IS_VAGUE * min(coarse_m, metres), least_m, coarse_m)


def between_m(one: Spot, other: Spot) -> float:
    """On a flat map: right within a fraction of a percent over the few kilometres that matter."""
    return _METRES_PER_DEGREE * hypot(
        one.lat - other.lat, (one.lon - other.lon) * cos(radians((one.lat + other.lat) / 2))
    )


def _names(account: Account, memory: Memory, close: Closeness) -> float:
    if account.places & memory.places:
        return _SAME_PLACE_NAMED
    if not account.places or not memory.places:
        return 0.0
    if account.by is PlacedBy.COORDINATES:
        return _OTHER_PLACE_NAMED / 2
    # Both say where in words, and the words differ; over a wide hazard they may well.
    is_near = close.apart is None or close.apart.least_m <= _NEXT_TO_M
    return _OTHER_PLACE_NAMED / 2 if is_near and close.reach_m > _LARGE_M else _OTHER_PLACE_NAMED


def _numbers(account: Account, memory: Memory, close: Closeness) -> float:
    if account.numbers & memory.numbers:
        return _SAME_NUMBER
    streets = {street for street, _ in memory.numbers}
    ours = [(street, number) for street, number in account.numbers if street in streets]
    if not ours or close.reach_m > _LARGE_M:
        return 0.0
    near = any(
        street == other and abs(_digits(number) - _digits(their)) <= _NEIGHBOURS
        for (street, number), (other, their) in product(ours, memory.numbers)
    )
    if near:
        return 0.0
    # Coordinates say where it is although somebody misread the house; without them the number is all there is.
    return _OTHER_NUMBER_MEASURED if account.by is PlacedBy.COORDINATES else _OTHER_NUMBER


def _words(account: Account, memory: Memory) -> float:
    points = min(_MOST_STEMS, _PER_STEM * len(account.stems & memory.stems))
    is_akin = not memory.happens_in.isdisjoint(account.happens_in)
    if account.things and memory.things and not is_akin and account.things.isdisjoint(memory.things):
        points += _NOTHING_SHARED
    for kind, (other, same) in _THINGS.items():
        named_by = memory.kinds[kind]
        if named_by and kind in account.kinds:
            most = max(memory.things[thing] for thing in account.things if kind_of(thing) == kind)
            against = other * _AKIN if is_akin and kind is ThingKind.HAPPENING else other
            points += against + (same - against) * min(1.0, most / named_by / _USUAL_SHARE)
    return points


def _digits(number: str) -> int:
    return int("".join(character for character in number if character.isdigit()) or 0)
