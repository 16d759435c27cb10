"""From what the tiers read to one assessment: the model's level, what is certain whatever it says, and whom it is for."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from services.classifier.assess.core.explaining import RuleCode, Step, explain
from services.classifier.assess.core.floors import Danger, danger_in, says_a_known_thing
from services.classifier.assess.core.levels import Levels
from services.classifier.assess.core.lexicon import Found
from services.classifier.assess.core.review import ReviewReason, is_near_a_threshold
from services.classifier.assess.core.scored import CATEGORIES, URGENCY, Floats, Scored
from services.classifier.building import build
from shared.events import Assessment, Category, Explanation, Urgency
from shared.pack import Scoring

__all__ = ["Read", "Tier", "decide"]

HINT_LOGIT: Final = 1.0
"""What the resident's own choice of category counts, in logits: it decides only where the text hardly does."""
ALSO_SHARE: Final = 0.3
ALSO_LEAST: Final = 0.15
"""A further category needs this share of the main one's probability, and this probability."""
SURELY_NOTHING: Final = 0.1
"""Where the model gives so little to anything being asked for, a phrase of danger is read by a person and does not ring."""
DISAGREEING_LEVELS: Final = 2


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier's name, version and calibration."""

    name: str
    model: str
    levels: Levels
    warmth: float
    """What category logits are multiplied by before they become probabilities."""

    @property
    def is_rough(self) -> bool:
        """The fast tier is too rough to say of a plainly told thing that nothing is asked."""
        return self.name == "fast"


@dataclass(frozen=True, slots=True)
class Read:
    """A report as one tier has read it."""

    tier: Tier
    found: Found
    scored: Scored
    hint: Category | None
    speaks_to_reader: bool
    is_understood: bool
    second: Urgency | None = None
    """The urgency that the other tier is confident of, where both have read it."""


@dataclass(slots=True)
class _Score:
    """The score on its way through the rules."""

    base: float
    read: float
    steps: list[Step] = field(default_factory=list)

    @property
    def now(self) -> float:
        return self.steps[-1].score if self.steps else self.read

    def set(self, code: RuleCode, text: str, score: float) -> None:
        if score != self.now:
            self.steps.append(Step(code, text, score))


def decide(read: Read, scoring: Scoring) -> Assessment:
    category, also = _categories(read)
    danger = danger_in(read.found)
    score, why = _score(read, danger, scoring)
    urgency = scoring.urgency(score.now)
    why = why or _why_review(read, danger, score.now, (category, *also), scoring)
    explanation: Explanation = explain(
        read.found, read.scored, base=score.base, read=score.read, steps=score.steps, category=category
    )
    probability = read.tier.levels.probability(float(read.scored.total[URGENCY]), urgency)
    return build(
        Assessment,
        {
            "category": category,
            "also": also,
            "urgency": urgency,
            "score": explanation.points_sum,
            "probability": round(probability, 4),
            "raises_alert": urgency is not Urgency.NONE and urgency.at_least(scoring.raises_alert_from),
            "needs_review": why is not None,
            "tier": read.tier.name,
            "model": read.tier.model,
            "explanation": explanation,
        },
    )


def _score(read: Read, danger: Danger, scoring: Scoring) -> tuple[_Score, ReviewReason | None]:
    levels = read.tier.levels
    z = float(read.scored.total[URGENCY])
    score = _Score(
        _hundredth(levels.score(float(read.scored.start[URGENCY]), scoring)), _hundredth(levels.score(z, scoring))
    )
    if not read.is_understood:
        low = scoring.thresholds[Urgency.LOW]
        score.set(RuleCode.NOT_UNDERSTOOD, "no word of it is known: for a person to read", low)
        return score, ReviewReason.NOT_UNDERSTOOD
    if read.second is not None and read.second.level - levels.urgency(z).level >= DISAGREEING_LEVELS:
        text = f"the fast tier is confident of {read.second}: the higher counts"
        score.set(RuleCode.TIERS_DISAGREE, text, scoring.thresholds[read.second])
        return score, ReviewReason.TIERS_DISAGREE
    if read.tier.is_rough and score.now < scoring.thresholds[Urgency.LOW] and says_a_known_thing(read.found):
        score.set(
            RuleCode.KNOWN_THING, "something that the city knows is said plainly", scoring.thresholds[Urgency.LOW]
        )
    least = scoring.thresholds[Urgency.HIGH]
    if danger.stands and score.now < least and levels.at_least(z)[0] >= SURELY_NOTHING:
        score.set(RuleCode.SAFETY_FLOOR, "a person may be in danger: at least high", least)
        return score, ReviewReason.SAFETY_FLOOR
    return score, None


def _why_review(
    read: Read, danger: Danger, score: float, categories: tuple[Category, ...], scoring: Scoring
) -> ReviewReason | None:
    """Danger that is denied, played, past or not believed; words to the reader; a resident who says otherwise; the edge."""
    if (danger.stands or danger.is_lifted) and score < scoring.thresholds[Urgency.HIGH]:
        return ReviewReason.CONTRADICTION
    if read.speaks_to_reader:
        return ReviewReason.SPEAKS_TO_READER
    if read.hint is not None and read.hint is not Category.OTHER and read.hint not in categories:
        return ReviewReason.HINT_DISAGREES
    return ReviewReason.NEAR_THRESHOLD if is_near_a_threshold(score, scoring) else None


def _categories(read: Read) -> tuple[Category, tuple[Category, ...]]:
    """The most probable category, and those nearly as probable."""
    if not read.is_understood:
        return read.hint or Category.OTHER, ()
    chances = _chances(read.scored.total[:URGENCY] * np.float32(read.tier.warmth), read.hint)
    ranked = np.argsort(-chances, kind="stable")
    main = float(chances[ranked[0]])
    also = [CATEGORIES[at] for at in ranked[1:4] if chances[at] >= max(ALSO_LEAST, main * ALSO_SHARE)]
    return CATEGORIES[ranked[0]], tuple(also)


def _chances(logits: Floats, hint: Category | None) -> Floats:
    if hint is not None:
        logits = logits.copy()
        logits[CATEGORIES.index(hint)] += HINT_LOGIT
    raised = np.exp(logits - logits.max())
    chances: Floats = raised / raised.sum()
    return chances


def _hundredth(score: float) -> float:
    return round(score * 100) / 100
