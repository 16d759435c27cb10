"""The pack's limits for joining, worked out once for every pair of categories."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.events import Category
from shared.pack import Correlation

__all__ = ["JoiningRules", "Reach"]

UNPLACED_WINDOW_SHARE: Final = 0.25
"""Without a place only time and category speak: the window is this share of the pack's."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How near a signal has to be to an alert of `category`: the stricter of both categories' limits."""

    category: Category
    distance_m: float
    window: timedelta


class JoiningRules:
    """`reaches[category]` are the categories that a signal of `category` may join, its own first."""

    def __init__(self, correlation: Correlation) -> None:
        self._correlation = correlation
        self.reaches = {category: tuple(self._reaches(category)) for category in Category}
        self.unplaced_window = {
            category: UNPLACED_WINDOW_SHARE * timedelta(seconds=correlation.joining(category).window_s)
            for category in Category
        }

    def between(self, one: Category, other: Category) -> Reach:
        """The reach from a signal of `one` to an alert of `other`, whether the pack calls them related or not."""
        first, second = self._correlation.joining(one), self._correlation.joining(other)
        window_s = min(first.window_s, second.window_s)
        return Reach(other, min(first.distance_m, second.distance_m), timedelta(seconds=window_s))

    def _reaches(self, category: Category) -> list[Reach]:
        related = [other for other in Category if other != category and self._correlation.are_related(category, other)]
        return [self.between(category, other) for other in (category, *related)]
