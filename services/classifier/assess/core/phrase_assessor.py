"""The fast tier: the pack's phrases, weighed and added up where everybody can follow."""

from collections.abc import Sequence
from typing import Final

from services.classifier.assess.core.assessor import ReportText
from services.classifier.assess.core.calibration import probability_of
from services.classifier.assess.core.lexicon import Lexicon
from services.classifier.assess.core.points import Weighed, add_up, weigh_phrases
from services.classifier.assess.core.review import review
from services.classifier.building import build
from shared.events import Assessment, Category, Urgency
from shared.pack import CityPack

__all__ = ["PhraseAssessor"]

HINT_WEIGHT: Final = 0.5
"""What the resident's own choice of category counts, in phrases."""
MODIFIED_LEAST: Final = 0.3
"""A denied phrase still says what the report is about."""
POINTS_THAT_DOUBLE: Final = 40.0
"""A phrase with so many points says twice as much about what the report is about as one with none: grave things lead."""
ALSO_SHARE: Final = 0.5
"""A further category needs this share of the main one's weight."""


class PhraseAssessor:
    """Pure; one pack's phrases in all its languages. Implements Assessor."""

    def __init__(self, pack: CityPack) -> None:
        self._lexicon = Lexicon(pack)
        self._scoring = pack.scoring
        self.model: Final = f"phrases-{self._lexicon.version}"

    def assess_many(self, reports: Sequence[ReportText]) -> list[Assessment]:
        return [self.assess(report) for report in reports]

    def assess(self, report: ReportText) -> Assessment:
        found = self._lexicon.find(report.text, report.language)
        phrases, acting = weigh_phrases(found)
        category, also = _categories(phrases, report.category_hint)
        total = add_up(found.words, phrases, acting, category, self._scoring)
        urgency = self._scoring.urgency(total.score)
        why_review = review(total, phrases, (category, *also), report.category_hint, self._scoring)
        return build(
            Assessment,
            {
                "category": category,
                "also": also,
                "urgency": urgency,
                "score": total.score,
                "probability": probability_of(total.score, self._scoring),
                "raises_alert": urgency is not Urgency.NONE and urgency.at_least(self._scoring.raises_alert_from),
                "needs_review": why_review is not None,
                "tier": "fast",
                "model": self.model,
                "explanation": total.explanation,
            },
        )


def _categories(phrases: list[Weighed], hint: Category | None) -> tuple[Category, tuple[Category, ...]]:
    """The category with the greatest sum of weights (points decide between equals), and those at least half as strong."""
    weights: dict[Category, float] = {hint: HINT_WEIGHT} if hint is not None else {}
    points: dict[Category, float] = {}
    for phrase in phrases:
        rule = phrase.rule
        if rule.category is None or not rule.weight:
            continue
        weight = rule.weight * max(phrase.factor, MODIFIED_LEAST) * (1 + max(rule.points, 0.0) / POINTS_THAT_DOUBLE)
        weights[rule.category] = weights.get(rule.category, 0.0) + weight
        points[rule.category] = points.get(rule.category, 0.0) + rule.points
    if not weights:
        return Category.OTHER, ()
    ranked = sorted(weights, key=lambda category: (-weights[category], -points.get(category, 0.0), category))
    least = weights[ranked[0]] * ALSO_SHARE
    return ranked[0], tuple(category for category in ranked[1:] if weights[category] >= least and category in points)
