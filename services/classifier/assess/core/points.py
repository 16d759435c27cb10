"""How phrases, modifiers and rules add up, in hundredths of a point, so that an explanation sums exactly."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from services.classifier.assess.core.lexicon import Entry, Found
from services.classifier.assess.core.scopes import acting_modifiers, is_in_scope
from services.classifier.building import build
from services.classifier.matching import Match
from services.classifier.words import Words
from shared.events import Category, Explanation, Mark, Rule, Urgency
from shared.pack import Modifier, ModifierKind, PhraseKind, PhraseRule, Scope, Scoring

__all__ = ["RuleCode", "Sum", "Weighed", "add_up", "weigh_phrases"]

HUNDREDTHS: Final = 100
MOST_POINTS: Final = 100 * HUNDREDTHS
OTHER_CATEGORY_SHARE: Final = 0.5
"""A phrase of another category than the report's brings this share of its points."""
MOST_PHRASES: Final = 24
"""Further phrases of one report bring nothing: nobody writes a text that much worse, and records stay small."""


class RuleCode(StrEnum):
    """What changes a score beside phrases and modifiers. A page says each of them in the reader's language."""

    BASE_MODIFIED = "base_modified"
    SAFETY_FLOOR = "safety_floor"
    CLAMPED = "clamped"


@dataclass(slots=True)
class Weighed:
    """A phrase and what the modifiers in whose scope it stands leave of it."""

    rule: PhraseRule
    match: Match[Entry]
    factor: float = 1.0
    floor: Urgency | None = None
    modifiers: list[tuple[int, float]] = field(default_factory=list)
    """Those that act on it: their place in the list of acting modifiers, and their factor."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The score (0–100) with its explanation, and what the review rule has to know."""

    score: float
    explanation: Explanation
    floor_used: bool


def weigh_phrases(found: Found) -> tuple[list[Weighed], list[tuple[Modifier, Match[Entry]]]]:
    """Each thing said once, as its least modified mention has it; and the modifiers that count."""
    acting = acting_modifiers(found)[:MOST_PHRASES]
    by_rule: dict[str, Weighed] = {}
    for rule, match in found.phrases:
        weighed = _weigh(rule, match, acting, found.words)
        held = by_rule.get(rule.id)
        if held is None or weighed.factor > held.factor:
            by_rule[rule.id] = weighed
    return list(by_rule.values())[:MOST_PHRASES], acting


def _weigh(rule: PhraseRule, match: Match[Entry], acting: list[tuple[Modifier, Match[Entry]]], words: Words) -> Weighed:
    weighed = Weighed(rule, match, floor=Urgency.HIGH if rule.kind is PhraseKind.DANGER else rule.floor)
    strongest: dict[ModifierKind, tuple[int, float]] = {}
    for at, (modifier, where) in enumerate(acting):
        if not is_in_scope(modifier, where, match, words):
            continue
        if modifier.lifts_floor:
            weighed.floor = None
        if modifier.factor < strongest.get(modifier.kind, (0, 1.0))[1]:
            strongest[modifier.kind] = (at, modifier.factor)
    for at, factor in strongest.values():
        weighed.modifiers.append((at, factor))
        weighed.factor *= factor
    return weighed


def add_up(
    words: Words,
    phrases: list[Weighed],
    acting: list[tuple[Modifier, Match[Entry]]],
    category: Category,
    scoring: Scoring,
) -> Sum:
    """Base of the category + phrases − what modifiers take + rules; every step is a line of the explanation."""
    base = _hundredths(scoring.base(category))
    taken = _own_points(acting, phrases)
    marks = [_phrase_mark(words, phrase, category, taken) for phrase in phrases]
    modifiers = [
        _mark(words, match, modifier.kind, points) for (modifier, match), points in zip(acting, taken, strict=True)
    ]
    total = base + sum(_hundredths(mark.points) for mark in (*marks, *modifiers))
    rules = _rules(total, base, phrases, category, scoring)
    total += sum(_hundredths(rule.points) for rule in rules)
    score = total / HUNDREDTHS
    explanation = build(
        Explanation,
        {
            "base": base / HUNDREDTHS,
            "phrases": tuple(marks),
            "modifiers": tuple(modifiers),
            "rules": tuple(rules),
            "points_sum": score,
        },
    )
    return Sum(score, explanation, any(rule.code == RuleCode.SAFETY_FLOOR for rule in rules))


def _own_points(acting: list[tuple[Modifier, Match[Entry]]], phrases: list[Weighed]) -> list[int]:
    """A modifier's own points count once, where it acts on a phrase or on the whole report, or where nothing else was said."""
    at_work = {at for phrase in phrases for at, _ in phrase.modifiers}
    is_alone = not any(phrase.rule.category for phrase in phrases)
    counted: set[str] = set()
    own: list[int] = []
    for at, (modifier, _) in enumerate(acting):
        counts = (at in at_work or is_alone or modifier.scope is Scope.REPORT) and modifier.id not in counted
        own.append(_hundredths(modifier.points) if counts else 0)
        if counts:
            counted.add(modifier.id)
    return own


def _phrase_mark(words: Words, phrase: Weighed, category: Category, taken: list[int]) -> Mark:
    """The phrase with its full points; what a modifier leaves less of it goes to the modifier's own account in `taken`."""
    rule = phrase.rule
    is_other = rule.category is not None and rule.category is not category
    points = _hundredths(rule.points * (OTHER_CATEGORY_SHARE if is_other else 1.0))
    left = points
    for at, factor in phrase.modifiers if points > 0 else ():
        reduced = round(left * factor)
        taken[at] -= left - reduced
        left = reduced
    kind = rule.category if rule.kind is PhraseKind.CATEGORY and rule.category else rule.kind
    return _mark(words, phrase.match, kind, points)


def _rules(total: int, base: int, phrases: list[Weighed], category: Category, scoring: Scoring) -> list[Rule]:
    rules: list[Rule] = []
    share = max((phrase.factor for phrase in phrases if phrase.rule.category is category), default=1.0)
    if share < 1 and (less := round(base * share) - base):
        total += less
        rules.append(_rule(RuleCode.BASE_MODIFIED, "everything said of it is denied, past, played or asked", less))
    floors = [phrase.floor for phrase in phrases if phrase.floor is not None]
    floor = max(floors, key=lambda urgency: urgency.level, default=Urgency.NONE)
    least = _hundredths(scoring.thresholds.get(floor, 0.0))
    if floors and total < least:
        rules.append(_rule(RuleCode.SAFETY_FLOOR, f"a person may be in danger: at least {floor}", least - total))
        total = least
    if not 0 <= total <= MOST_POINTS:
        clamped = min(max(total, 0), MOST_POINTS)
        rules.append(_rule(RuleCode.CLAMPED, "a score is between 0 and 100", clamped - total))
    return rules


def _rule(code: RuleCode, text: str, hundredths: int) -> Rule:
    return build(Rule, {"code": code, "text": text, "points": hundredths / HUNDREDTHS})


def _mark(words: Words, match: Match[Entry], kind: str, hundredths: int) -> Mark:
    start, end = words.span(match.first, match.last)
    return build(
        Mark,
        {
            "start": start,
            "end": end,
            "text": words.text[start:end],
            "kind": str(kind),
            "points": hundredths / HUNDREDTHS,
        },
    )


def _hundredths(points: float) -> int:
    return round(points * HUNDREDTHS)
