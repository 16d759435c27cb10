"""When a person should look at an assessment."""

from enum import StrEnum
from typing import Final

from shared.events import Urgency
from shared.pack import Scoring

__all__ = ["ReviewReason", "is_near_a_threshold"]

_WAKES_PEOPLE: Final = (Urgency.HIGH, Urgency.CRITICAL)


class ReviewReason(StrEnum):
    """The first that applies."""

    NOT_UNDERSTOOD = "not_understood"
    CONTRADICTION = "contradiction"
    SAFETY_FLOOR = "safety_floor"
    TIERS_DISAGREE = "tiers_disagree"
    SPEAKS_TO_READER = "speaks_to_reader"
    HINT_DISAGREES = "hint_disagrees"
    NEAR_THRESHOLD = "near_threshold"


def is_near_a_threshold(score: float, scoring: Scoring) -> bool:
    """A score on the edge of a level at which people are woken."""
    edges = [scoring.thresholds[urgency] for urgency in _WAKES_PEOPLE if urgency in scoring.thresholds]
    return any(abs(score - edge) < scoring.review_margin for edge in edges)
