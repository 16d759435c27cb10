"""When two signals are one event, and how long an event may wait for a person."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field

from shared.events.vocabulary import Category, Urgency
from shared.pack.model import Metres, PackModel, Slug
from shared.pack.phrase_syntax import Form, parse_phrase

AboveZero = Annotated[float, Field(gt=0)]


class Joining(PackModel):
    """How near in place and time a signal must be to an open alert of its category to join it."""

    distance_m: Metres
    window_s: AboveZero
    """Since the alert's newest signal."""
    stale_after_s: AboveZero
    """An alert without any change for so long closes by itself, said as such."""
    grows_m_per_h: Annotated[float, Field(ge=0)] = 0
    """A hazard that spreads: `distance_m` grows by so much an hour of the alert's age, up to `most_m`."""
    most_m: Metres | None = None
    """How far from the alert's own place a signal may be at all, even where other reports stand between; twice `distance_m` unless said."""

    @property
    def farthest_m(self) -> float:
        return self.most_m or 2 * self.distance_m


class ThingKind(StrEnum):
    """What a word says about an event. Two reports that name different things of one kind speak of two events."""

    OBJECT = "object"
    """What it happens to: a car, a flat, a cellar."""
    HAPPENING = "happening"
    """What happens to it: a collision, a leak."""
    BEING = "being"
    """Who or what living it happens to: a child, a dog."""


class Thing(PackModel):
    """One thing under all its names, in every language of the city: what texts in different words have in common."""

    id: Slug
    kind: ThingKind
    categories: tuple[Category, ...] = ()
    """Where it is told: a report that names it is looked for there too, in whatever category it was put."""
    within_m: Metres | None = None
    """A small thing: reports that name it join no farther than this, however far their category reaches."""
    phrase: Annotated[str, Field(min_length=1, max_length=4_000)]
    """In the syntax of phrases (shared/pack/phrase_syntax.py)."""

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """Raises PhraseSyntaxError (never for a pack that was loaded)."""
        return parse_phrase(self.phrase)


class Correlation(PackModel):
    """correlation.yaml."""

    default: Joining
    categories: dict[Category, Joining] = Field(default_factory=dict)
    related: tuple[tuple[Category, ...], ...] = ()
    """Groups of categories in which the same event is reported, such as fire and gas."""
    acknowledge_within_s: dict[Urgency, AboveZero]
    """An alert of this urgency that nobody acknowledged in time escalates; an urgency not named never does."""
    things: tuple[Thing, ...] = ()

    def joining(self, category: Category) -> Joining:
        return self.categories.get(category, self.default)

    def are_related(self, one: Category, other: Category) -> bool:
        return one == other or any(one in group and other in group for group in self.related)
