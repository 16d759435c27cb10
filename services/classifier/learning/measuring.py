"""What counts: the figures that the model is judged by, with intervals. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.classifier.assess.core.levels import ASCENDING
from services.classifier.assess.core.scored import CATEGORIES
from services.classifier.learning.reports import Labelled
from shared.events import Assessment, Urgency

__all__ = ["GUARDED", "Interval", "confusion", "figures", "intervals", "macro_f1", "quadratic_kappa"]

LEVELS: Final = len(ASCENDING)
CALIBRATION_BINS: Final = 10
RESAMPLINGS: Final = 500

GUARDED: Final = {
    "category_macro_f1": 1,
    "urgency_kappa": 1,
    "critical_raised_to_high": 1,
    "critical_called_critical": 1,
    "none_raising_an_alert": -1,
    "calibration_error": -1,
}
"""The figures that no challenger may be worse in, and which way is better."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def macro_f1(true: Ints, said: Ints) -> float:
    """The mean F1 over the categories that occur."""
    scores = []
    for number in range(len(CATEGORIES)):
        is_true, is_said = true == number, said == number
        if is_true.any():
            scores.append(2 * (is_true & is_said).sum() / (is_true.sum() + is_said.sum()))
    return float(np.mean(scores)) if scores else float("nan")


def quadratic_kappa(true: Ints, said: Ints) -> float:
    """Cohen's kappa with squared distances between levels (Cohen 1968)."""
    seen = confusion(true, said, LEVELS).astype(float)
    distance = (np.arange(LEVELS)[:, None] - np.arange(LEVELS)[None, :]) ** 2
    chance = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    expected = (distance * chance).sum()
    return float(1 - (distance * seen).sum() / expected) if expected else 1.0


def confusion(true: Ints, said: Ints, size: int) -> Ints:
    """Rows are what is true, columns what was said."""
    table = np.zeros((size, size), dtype=np.int64)
    np.add.at(table, (true, said), 1)
    return table


def figures(reports: Sequence[Labelled], said: Sequence[Assessment]) -> dict[str, float]:
    """The guarded figures and some to look at. NaN where the reports hold nothing to measure by."""
    columns = _columns(reports, said)
    return {name: measure(*columns) for name, measure in _MEASURES.items()}


def intervals(reports: Sequence[Labelled], said: Sequence[Assessment], seed: int = 0) -> dict[str, Interval]:
    """Whole scenarios are drawn again and again: reports of one scenario are no independent evidence."""
    columns = _columns(reports, said)
    rng = np.random.default_rng(seed)
    names = np.array([each.scenario for each in reports])
    groups = [np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())]
    drawn = [
        np.concatenate([groups[at] for at in rng.integers(len(groups), size=len(groups))]) for _ in range(RESAMPLINGS)
    ]
    found = {}
    for name, measure in _MEASURES.items():
        again = [measure(*(column[rows] for column in columns)) for rows in drawn]
        low, high = np.nanpercentile(again, [2.5, 97.5])
        found[name] = Interval(measure(*columns), float(low), float(high))
    return found


_Columns = tuple[Ints, Ints, Ints, Ints, Ints, NDArray[np.float64]]


def _columns(reports: Sequence[Labelled], said: Sequence[Assessment]) -> _Columns:
    """True and said category, true and said level, whether an alert is raised, the stated probability."""
    return (
        np.array([CATEGORIES.index(each.category) for each in reports]),
        np.array([CATEGORIES.index(each.category) for each in said]),
        np.array([each.urgency.level for each in reports]),
        np.array([each.urgency.level for each in said]),
        np.array([each.raises_alert for each in said]).astype(np.int64),
        np.array([each.probability for each in said], dtype=np.float64),
    )


def _share(of: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    return float((of & among).sum() / among.sum()) if among.any() else float("nan")


def _calibration_error(true: Ints, said: Ints, stated: NDArray[np.float64]) -> float:
    """Expected calibration error of "the urgency is right", in ten bins of equal size (Naeini et al. 2015)."""
    order = np.argsort(stated, kind="stable")
    bins = [part for part in np.array_split(order, CALIBRATION_BINS) if len(part)]
    right = true == said
    return float(sum(len(part) * abs(right[part].mean() - stated[part].mean()) for part in bins) / len(true))


_HIGH, _CRITICAL = Urgency.HIGH.level, Urgency.CRITICAL.level

_MEASURES: Final[dict[str, Callable[..., float]]] = {
    "category_macro_f1": lambda c, d, u, v, a, p: macro_f1(c, d),  # noqa: ARG005
    "category_macro_f1_of_what_asks": lambda c, d, u, v, a, p: macro_f1(c[u > 0], d[u > 0]),  # noqa: ARG005
    "category_accuracy": lambda c, d, u, v, a, p: float((c == d).mean()),  # noqa: ARG005
    "urgency_kappa": lambda c, d, u, v, a, p: quadratic_kappa(u, v),  # noqa: ARG005
    "urgency_accuracy": lambda c, d, u, v, a, p: float((u == v).mean()),  # noqa: ARG005
    "critical_raised_to_high": lambda c, d, u, v, a, p: _share(v >= _HIGH, u == _CRITICAL),  # noqa: ARG005
    "critical_called_critical": lambda c, d, u, v, a, p: _share(v == _CRITICAL, u == _CRITICAL),  # noqa: ARG005
    "low_or_none_called_high": lambda c, d, u, v, a, p: _share(v >= _HIGH, u <= 1),  # noqa: ARG005
    "none_raising_an_alert": lambda c, d, u, v, a, p: _share(a > 0, u == 0),  # noqa: ARG005
    "asking_not_raised": lambda c, d, u, v, a, p: _share(a == 0, u > 0),  # noqa: ARG005
    "calibration_error": lambda c, d, u, v, a, p: _calibration_error(u, v, p),  # noqa: ARG005
}
