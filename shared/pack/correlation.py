"""When two signals are one event, and how long an event may wait for a person."""

from typing import Annotated

from pydantic import Field

from shared.events.vocabulary import Category, Urgency
from shared.pack.model import Metres, PackModel

AboveZero = Annotated[float, Field(gt=0)]


class Joining(PackModel):
    """How near in place and time a signal must be to an open alert of its category to join it."""

    distance_m: Metres
    window_s: AboveZero
    """Since the alert's last change."""
    stale_after_s: AboveZero
    """An alert without any change for so long closes by itself, said as such."""


class Correlation(PackModel):
    """correlation.yaml."""

    default: Joining
    categories: dict[Category, Joining] = Field(default_factory=dict)
    related: tuple[tuple[Category, ...], ...] = ()
    """Groups of categories in which the same event is reported, such as fire and gas."""
    acknowledge_within_s: dict[Urgency, AboveZero]
    """An alert of this urgency that nobody acknowledged in time escalates; an urgency not named never does."""

    def joining(self, category: Category) -> Joining:
        return self.categories.get(category, self.default)

    def are_related(self, one: Category, other: Category) -> bool:
        return one == other or any(one in group and other in group for group in self.related)
