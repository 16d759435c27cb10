"""Points of an explanation: a tier's terms in hundredths of a point, so that they add up to the score exactly."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from services.classifier.assess.core.lexicon import Found
from services.classifier.assess.core.scopes import acting_modifiers
from services.classifier.assess.core.scored import URGENCY, Floats, Scored
from services.classifier.building import build
from shared.events import Category, Explanation, Mark, Rule
from shared.pack import PhraseKind

__all__ = ["RuleCode", "Step", "explain"]

HUNDREDTHS: Final = 100
MOST_MARKS: Final = 24
"""Records stay small: what more there is goes to `other_words`."""
LEAST_POINTS: Final = 0.5
"""A word that the pack does not know is told when it moved the score by so much."""


class RuleCode(StrEnum):
    """What changes a score beside phrases and modifiers. A page says each of them in the reader's language."""

    OTHER_WORDS = "other_words"
    TIERS_DISAGREE = "tiers_disagree"
    SAFETY_FLOOR = "safety_floor"
    KNOWN_THING = "known_thing"
    NOT_UNDERSTOOD = "not_understood"


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that sets the score: from what it was to `score`."""

    code: RuleCode
    text: str
    score: float


def explain(
    found: Found, scored: Scored, *, base: float, read: float, steps: list[Step], category: Category
) -> Explanation:
    """`base` is the score of a text before it is read, `read` after; each rule in `steps` moves it on from there."""
    marks = _marks(found, _points_by_word(scored, base, read), category)
    start = _hundredths(base)
    told = start + sum(_hundredths(mark.points) for mark in (*marks[0], *marks[1]))
    score = _hundredths(read)
    rules = []
    if score != told:
        rules.append(_rule(RuleCode.OTHER_WORDS, "the other words, their number and how it is written", score - told))
    for step in steps:
        rules.append(_rule(step.code, step.text, _hundredths(step.score) - score))
        score = _hundredths(step.score)
    return build(
        Explanation,
        {
            "base": start / HUNDREDTHS,
            "phrases": marks[0],
            "modifiers": marks[1],
            "rules": tuple(rules),
            "points_sum": score / HUNDREDTHS,
        },
    )


def _points_by_word(scored: Scored, base: float, read: float) -> Floats:
    """Each word's share of the way from base to score, as its term has of the way of the tier's line."""
    way = float(scored.total[URGENCY] - scored.start[URGENCY])
    if abs(way) < 1e-6:  # noqa: PLR2004 — nothing moved
        return np.zeros(len(scored.by_word), dtype=np.float32)
    points: Floats = scored.by_word[:, URGENCY] * np.float32((read - base) / way)
    return points


def _marks(found: Found, points: Floats, category: Category) -> tuple[tuple[Mark, ...], tuple[Mark, ...]]:
    """Phrases and modifiers of the pack with the points of their words; then other words by how much they matter."""
    free = np.ones(len(points), dtype=bool)
    modifiers: list[Mark] = []
    phrases: list[Mark] = []
    for modifier, match in acting_modifiers(found)[:MOST_MARKS]:
        modifiers.append(_mark(found, match.first, match.last, modifier.kind, _take(points, free, match.words)))
    for rule, match in found.phrases:
        if rule.kind is PhraseKind.NEUTRAL or len(phrases) >= MOST_MARKS:
            continue
        kind = rule.category if rule.kind is PhraseKind.CATEGORY and rule.category else rule.kind
        phrases.append(_mark(found, match.first, match.last, str(kind), _take(points, free, match.words)))
    for first, last in _runs(points, free)[: MOST_MARKS - len(phrases)]:
        phrases.append(_mark(found, first, last, str(category), float(points[first : last + 1].sum())))
    phrases.sort(key=lambda mark: (mark.start, mark.end))
    return tuple(phrases), tuple(modifiers)


def _take(points: Floats, free: "np.ndarray[tuple[int], np.dtype[np.bool_]]", words: tuple[int, ...]) -> float:
    """The words' points, each given once."""
    own = [word for word in words if word < len(points) and free[word]]
    free[own] = False
    return float(points[own].sum())


def _runs(points: Floats, free: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> list[tuple[int, int]]:
    """Neighbours that push the same way, told as one; the strongest first."""
    runs: list[tuple[int, int]] = []
    for at in np.flatnonzero(free & (np.abs(points) >= LEAST_POINTS)):
        word = int(at)
        if runs and runs[-1][1] == word - 1 and (points[word] > 0) == (points[word - 1] > 0):
            runs[-1] = (runs[-1][0], word)
        else:
            runs.append((word, word))
    return sorted(runs, key=lambda run: (-abs(float(points[run[0] : run[1] + 1].sum())), run[0]))


def _mark(found: Found, first: int, last: int, kind: str, points: float) -> Mark:
    start, end = found.words.span(first, last)
    return build(
        Mark,
        {
            "start": start,
            "end": end,
            "text": found.words.text[start:end],
            "kind": kind,
            "points": _hundredths(points) / HUNDREDTHS,
        },
    )


def _rule(code: RuleCode, text: str, hundredths: int) -> Rule:
    return build(Rule, {"code": code, "text": text, "points": hundredths / HUNDREDTHS})


def _hundredths(points: float) -> int:
    return round(points * HUNDREDTHS)
