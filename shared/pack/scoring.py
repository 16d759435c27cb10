"""From points to an urgency."""

from typing import Annotated

from pydantic import Field

from shared.events.vocabulary import Category, Urgency
from shared.pack.model import PackModel

Score = Annotated[float, Field(ge=0, le=100)]


class Scoring(PackModel):
    """scoring.yaml."""

    base_points: dict[Category, Score]
    """What a report of this category is worth before anything else is known."""
    thresholds: dict[Urgency, Score]
    """The least score of each urgency from low to critical; below low it is none."""
    raises_alert_from: Urgency = Urgency.LOW
    """The least urgency that opens an alert."""
    review_margin: Score = 5
    """A score so near to a threshold is marked for a person's review."""

    def base(self, category: Category) -> float:
        return self.base_points.get(category, 0)

    def urgency(self, score: float) -> Urgency:
        """Return the highest urgency whose threshold the score reaches."""
        reached = [urgency for urgency, least in self.thresholds.items() if score >= least]
        return max(reached, key=lambda urgency: urgency.level, default=Urgency.NONE)
