"""From a tier's line to levels and honest probabilities, on reports that the tier was not trained on. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import log_softmax

from services.classifier.assess.core.levels import Levels
from services.classifier.assess.core.scored import URGENCY, Floats
from services.classifier.assess.trained import Calibration
from services.classifier.learning.measuring import quadratic_kappa

__all__ = ["calibrate"]

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]

STEPS: Final = 4
CUT_CHOICES: Final = 60
ROUNDS: Final = 3
SMALLEST_BIN: Final = 40
"""An isotonic step over fewer reports would say more than they do."""

RAISED_GOAL: Final = 0.97
CALLED_GOAL: Final = 0.80
ALERTS_OF_NONE_GOAL: Final = 0.05
MISSED_GOAL: Final = 0.05
GOAL_WEIGHTS: Final = {"raised": 1.5, "called": 0.5, "none": 0.7, "missed": 0.7}
"""What a missed share of a goal costs beside kappa: a missed critical report more than a false alarm."""


def calibrate(outputs: Floats, urgency: Ints, category: Ints, *, strictness: float = 1.0) -> Calibration:
    """`outputs` (reports, OUTPUTS) as the tier adds them up; `strictness` says how far the goals go
    before kappa; `urgency` levels 0–4, `category` the columns of what is true.
    """
    line = outputs[:, URGENCY].astype(np.float64)
    slopes, middles = zip(*[_logistic(line, urgency > step) for step in range(STEPS)], strict=True)
    cuts = _cuts(line, urgency, np.array(middles), strictness)
    edge = float(max(np.quantile(line, 0.995) - cuts[-1], cuts[0] - np.quantile(line, 0.005), 1e-3))
    rough = Levels(tuple(cuts), slopes, middles, (0.0, 1.0), (0.0, 1.0), edge)
    stated, seen = _isotonic(rough, line, urgency)
    return Calibration(
        cuts=(cuts[0], cuts[1], cuts[2], cuts[3]),
        slopes=slopes,
        middles=middles,
        stated=stated,
        seen=seen,
        edge=edge,
        warmth=_warmth(outputs[:, :URGENCY], category),
    )


def _logistic(line: Doubles, above: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and middle by maximum likelihood, with Platt's targets (Platt 1999) against extremes."""
    yes, no = int(above.sum()), int((~above).sum())
    target = np.where(above, (yes + 1) / (yes + 2), 1 / (no + 2))

    def loss(free: Doubles) -> float:
        logits = np.exp(free[0]) * (line - free[1])
        return float((np.logaddexp(0, logits) - target * logits).sum())

    found = minimize(loss, np.array([0.0, float(np.median(line))]), method="Nelder-Mead").x
    return float(np.exp(found[0])), float(found[1])


def _cuts(line: Doubles, urgency: Ints, begin: Doubles, strictness: float) -> list[float]:
    """Cuts that make kappa greatest without leaving the goals: from the middles, one cut after the other, three times around."""
    cuts = np.maximum.accumulate(begin)
    choices = np.quantile(line, np.linspace(0.02, 0.98, CUT_CHOICES))
    for _ in range(ROUNDS):
        for number in range(STEPS):
            low = cuts[number - 1] if number else -np.inf
            high = cuts[number + 1] if number + 1 < STEPS else np.inf
            options = [cuts[number], *choices[(choices > low) & (choices < high)]]
            worth = [
                _worth(line, urgency, np.where(np.arange(STEPS) == number, option, cuts), strictness)
                for option in options
            ]
            cuts = np.where(np.arange(STEPS) == number, options[int(np.argmax(worth))], cuts)
    return _apart([float(cut) for cut in cuts])


def _worth(line: Doubles, urgency: Ints, cuts: Doubles, strictness: float) -> float:
    said = (line[:, None] >= cuts[None, :]).sum(axis=1)
    critical, none, asks = urgency == STEPS, urgency == 0, urgency > 0
    missing = {
        "raised": RAISED_GOAL - (said[critical] >= STEPS - 1).mean() if critical.any() else 0.0,
        "called": CALLED_GOAL - (said[critical] == STEPS).mean() if critical.any() else 0.0,
        "missed": (said[asks] == 0).mean() - MISSED_GOAL if asks.any() else 0.0,
        "none": (said[none] > 0).mean() - ALERTS_OF_NONE_GOAL if none.any() else 0.0,
    }
    return quadratic_kappa(urgency, said) - strictness * sum(
        GOAL_WEIGHTS[goal] * max(0.0, short) for goal, short in missing.items()
    )


def _apart(cuts: list[float]) -> list[float]:
    """A level needs some room, else the score would jump."""
    for number in range(1, len(cuts)):
        cuts[number] = max(cuts[number], cuts[number - 1] + 1e-3)
    return cuts


def _isotonic(levels: Levels, line: Doubles, urgency: Ints) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """How often the given urgency was right, by the probability it was given with: ascending, in steps of some size."""
    given = [levels.urgency(z) for z in line]
    raw = np.array([levels.raw_probability(z, said) for z, said in zip(line, given, strict=True)])
    right = np.array([said.level for said in given]) == urgency
    order = np.argsort(raw, kind="stable")
    parts = np.array_split(order, max(1, len(order) // SMALLEST_BIN))
    seen = isotonic_regression([right[part].mean() for part in parts], weights=[len(part) for part in parts]).x
    stated = [float(raw[part].mean()) for part in parts]
    return tuple(stated), tuple(float(np.clip(share, 0.02, 0.98)) for share in seen)


def _warmth(logits: Floats, category: Ints) -> float:
    """What makes the categories' probabilities likeliest (temperature scaling, Guo et al. 2017)."""
    options = np.exp(np.linspace(np.log(0.2), np.log(5), 41))
    rows = np.arange(len(category))
    likely = [log_softmax(logits * option, axis=1)[rows, category].sum() for option in options]
    return float(options[int(np.argmax(likely))])
