"""How strong an alert is: its strongest piece of evidence, and what independent witnesses add."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.events import Urgency
from shared.pack import Scoring

__all__ = ["Strength", "StrengthReason", "strength"]

POINTS_PER_WITNESS: Final = 4.0
MOST_WITNESS_POINTS: Final = 16.0
SENSOR_AND_RESIDENT_POINTS: Final = 8.0


class StrengthReason(StrEnum):
    ONE_WITNESS = "one_witness"
    CORROBORATED = "corroborated"


@dataclass(frozen=True, slots=True)
class Strength:
    score: float
    urgency: Urgency
    reason: StrengthReason


def strength(peak_score: float, witnesses: int, *, sensor_and_resident: bool, scoring: Scoring) -> Strength:
    """The alert's score: the peak, 4 points for each further independent witness (16 at the most), 8 when a sensor and a resident agree.

    Witnesses lift the urgency by one level at the most and never to critical: that takes a report, a sensor or a person that says so.
    """
    peak_urgency = scoring.urgency(peak_score)
    points = min(MOST_WITNESS_POINTS, POINTS_PER_WITNESS * max(0, witnesses - 1))
    points += SENSOR_AND_RESIDENT_POINTS if sensor_and_resident else 0.0
    if not points:
        return Strength(peak_score, peak_urgency, StrengthReason.ONE_WITNESS)
    score = min(peak_score + points, max(peak_score, _ceiling(peak_urgency, scoring)))
    urgency = max(peak_urgency, scoring.urgency(score), key=lambda urgency: urgency.level)
    return Strength(round(score, 2), urgency, StrengthReason.CORROBORATED)


def _ceiling(peak: Urgency, scoring: Scoring) -> float:
    """The most that witnesses can bring: just below what is two levels up, and below critical."""
    if peak is Urgency.CRITICAL:
        return 100.0
    ladder = list(Urgency)
    two_up = ladder[min(peak.level + 2, Urgency.CRITICAL.level)]
    return scoring.thresholds[two_up] - 0.01
