"""From a tier's number to a score, an urgency's probability and back to the city's thresholds."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.events import Urgency
from shared.pack import Scoring

__all__ = ["ASCENDING", "Levels"]

ASCENDING: Final = (Urgency.NONE, Urgency.LOW, Urgency.MEDIUM, Urgency.HIGH, Urgency.CRITICAL)


@dataclass(frozen=True, slots=True)
class Levels:
    """A tier's calibration, fitted on reports that it was not trained on.

    `cuts` are where low, medium, high and critical begin on the tier's line; `slopes` and `middles` the logistic of each
    step, P(at least this) = 1 / (1 + exp(−slope · (z − middle))); `stated` and `seen` how often an urgency was right that
    was given with such a probability (a line through points, ascending).
    """

    cuts: tuple[float, ...]
    slopes: tuple[float, ...]
    middles: tuple[float, ...]
    stated: tuple[float, ...]
    seen: tuple[float, ...]
    edge: float
    """How far past the first and last cut the score's ends lie."""

    def score(self, z: float, scoring: Scoring) -> float:
        """0–100: a cut stands at the city's threshold, a line between them."""
        thresholds = [scoring.thresholds[urgency] for urgency in ASCENDING[1:]]
        known = [self.cuts[0] - self.edge, *self.cuts, self.cuts[-1] + self.edge]
        return float(np.interp(z, known, [0.0, *thresholds, 100.0]))

    def urgency(self, z: float) -> Urgency:
        return ASCENDING[sum(z >= cut for cut in self.cuts)]

    def at_least(self, z: float) -> list[float]:
        """The chance of low or more, medium or more, high or more, critical; never rising."""
        raw = [
            1 / (1 + np.exp(np.clip(-slope * (z - middle), -50, 50)))
            for slope, middle in zip(self.slopes, self.middles, strict=True)
        ]
        return [float(chance) for chance in np.minimum.accumulate(raw)]

    def probability(self, z: float, stated: Urgency) -> float:
        """The calibrated chance that the stated urgency is right."""
        return float(np.interp(self.raw_probability(z, stated), self.stated, self.seen))

    def raw_probability(self, z: float, stated: Urgency) -> float:
        steps = [1.0, *self.at_least(z), 0.0]
        return steps[stated.level] - steps[stated.level + 1]
