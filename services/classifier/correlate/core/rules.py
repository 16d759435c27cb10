"""The pack's limits for joining, worked out once for every pair of categories."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.classifier.correlate.core.likeness import Kinship
from shared.events import Category
from shared.pack import Correlation

__all__ = ["ANY_REACH_M", "JoiningRules", "Reach"]

UNPLACED_WINDOW_SHARE: Final = 0.25
"""Without a place only time and words speak: the window is this share of the pack's."""
ANY_REACH_M: Final = 400.0
"""How near a report has to be that nobody could put into a category, or the alert that only holds such reports."""
_FOREIGN_REACH_M: Final = 120.0
_FOREIGN_WINDOW: Final = timedelta(minutes=20)
"""Categories that have nothing to do with one another: one of the two may be a mistake, if everything else is the same."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How near a signal has to be to an alert: the stricter of both categories' limits."""

    kinship: Kinship
    distance_m: float
    grows_m_per_h: float
    farthest_m: float
    window: timedelta

    def at_age(self, age: timedelta) -> float:
        """Metres, for an alert that has been open for so long."""
        grown_m = self.grows_m_per_h * max(0.0, age.total_seconds()) / 3600
        return min(self.farthest_m, self.distance_m + grown_m)


class JoiningRules:
    """`related[category]` are the categories whose alerts a signal of `category` may join as told in another word."""

    def __init__(self, correlation: Correlation) -> None:
        self._correlation = correlation
        self.related = {
            category: tuple(o for o in Category if o != category and correlation.are_related(category, o))
            for category in Category
        }
        self.farthest_m = {category: correlation.joining(category).farthest_m for category in Category}
        self.unplaced_window = {
            category: UNPLACED_WINDOW_SHARE * timedelta(seconds=correlation.joining(category).window_s)
            for category in Category
        }
        self._between = {(one, other): self._work_out(one, other) for one in Category for other in Category}

    def between(self, one: Category, other: Category) -> Reach:
        """The reach from a signal of `one` to an alert of `other`, whatever they have to do with each other."""
        return self._between[one, other]

    def _work_out(self, one: Category, other: Category) -> Reach:
        first, second = self._correlation.joining(one), self._correlation.joining(other)
        window = timedelta(seconds=min(first.window_s, second.window_s))
        distance_m = min(first.distance_m, second.distance_m)
        grows_m_per_h = min(first.grows_m_per_h, second.grows_m_per_h)
        farthest_m = min(first.farthest_m, second.farthest_m)
        if self._correlation.are_related(one, other) and (one, other) != (Category.OTHER, Category.OTHER):
            kinship = Kinship.SAME if one == other else Kinship.RELATED
            return Reach(kinship, distance_m, grows_m_per_h, farthest_m, window)
        if Category.OTHER in {one, other}:
            known = second if one is Category.OTHER else first
            near_m = min(known.distance_m, ANY_REACH_M)
            return Reach(Kinship.UNKNOWN, near_m, 0, near_m, timedelta(seconds=min(known.window_s, 3600)))
        near_m = min(distance_m, _FOREIGN_REACH_M)
        return Reach(Kinship.FOREIGN, near_m, 0, near_m, min(window, _FOREIGN_WINDOW))
