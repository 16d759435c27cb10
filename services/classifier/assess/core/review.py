"""When a person should look at an assessment."""

from enum import StrEnum
from typing import Final

from services.classifier.assess.core.points import Sum, Weighed
from shared.events import Category, Urgency
from shared.pack import PhraseKind, Scoring

__all__ = ["ReviewReason", "review"]

_WAKES_PEOPLE: Final = (Urgency.HIGH, Urgency.CRITICAL)


class ReviewReason(StrEnum):
    """The first that applies."""

    NOT_UNDERSTOOD = "not_understood"
    CONTRADICTION = "contradiction"
    SAFETY_FLOOR = "safety_floor"
    HINT_DISAGREES = "hint_disagrees"
    NEAR_THRESHOLD = "near_threshold"


def review(
    total: Sum, phrases: list[Weighed], categories: tuple[Category, ...], hint: Category | None, scoring: Scoring
) -> ReviewReason | None:
    """Danger that is denied, played or past; a floor that lifted the score; a resident who says otherwise; a score on the edge."""
    if not phrases:
        return ReviewReason.NOT_UNDERSTOOD
    if any(phrase.modifiers and _is_grave(phrase) for phrase in phrases):
        return ReviewReason.CONTRADICTION
    if total.floor_used:
        return ReviewReason.SAFETY_FLOOR
    if hint is not None and hint is not Category.OTHER and hint not in categories:
        return ReviewReason.HINT_DISAGREES
    edges = [scoring.thresholds[urgency] for urgency in _WAKES_PEOPLE if urgency in scoring.thresholds]
    if any(abs(total.score - edge) < scoring.review_margin for edge in edges):
        return ReviewReason.NEAR_THRESHOLD
    return None


def _is_grave(phrase: Weighed) -> bool:
    return phrase.rule.kind is PhraseKind.DANGER or phrase.rule.floor is not None
