"""How probable it is that the stated urgency is right, from how far the score is from where it would turn."""

from math import exp
from typing import Final

from shared.pack import Scoring

__all__ = ["probability_of"]

INTERCEPT: Final = 0.06
SLOPE_PER_POINT: Final = 0.12
"""A logistic of the distance to the nearest threshold, fitted on this project's development reports (tests/unit/classifier/texts.jsonl)."""


def probability_of(score: float, scoring: Scoring) -> float:
    """A half on a threshold, towards 1 far inside a level: 145 texts are few, and the model tiers will calibrate on data of their own."""
    distance = min((abs(score - threshold) for threshold in scoring.thresholds.values()), default=100.0)
    return round(1 / (1 + exp(-(INTERCEPT + SLOPE_PER_POINT * distance))), 4)
