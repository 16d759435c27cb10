"""Which team hears of what, by which channels, and who is next when nobody answers."""

from typing import Annotated, Literal

from pydantic import Field

from shared.events.vocabulary import Category, Channel, Urgency
from shared.pack.model import Names, PackModel, Seconds, Slug

Channels = Annotated[tuple[Channel, ...], Field(min_length=1)]


class Team(PackModel):
    """A group of people on the duty list."""

    id: Slug
    names: Names


class Route(PackModel):
    """The team hears of alerts of these categories (of all, when none is named) from `least_urgency` upwards."""

    team: Slug
    categories: tuple[Category, ...] = ()
    least_urgency: Urgency
    channels: Channels

    def takes(self, category: Category, urgency: Urgency) -> bool:
        return urgency.at_least(self.least_urgency) and (not self.categories or category in self.categories)


class EscalationStep(PackModel):
    """Steps count from 1. The first tells the teams of the routes; later ones tell these `teams` beside them."""

    step: Annotated[int, Field(ge=1, le=10)]
    after_s: Seconds
    """Since the alert opened or rose to this urgency, while nobody has acknowledged it; the first step is at once."""
    teams: tuple[Slug, ...] = ()
    """Beside the teams of the routes that fit."""
    channels: Channels
    """By which the step goes out at most; a route's own channels narrow it for its team."""


class Delivery(PackModel):
    """How long a message is worth sending, and how often it is tried."""

    expires_after_s: Annotated[float, Field(gt=0)]
    most_attempts: Annotated[int, Field(ge=1, le=100)]
    first_retry_s: Annotated[float, Field(gt=0)]
    longest_retry_s: Annotated[float, Field(gt=0)]


class Routing(PackModel):
    """routing.yaml."""

    teams: Annotated[tuple[Team, ...], Field(min_length=1)]
    routes: Annotated[tuple[Route, ...], Field(min_length=1)]
    escalations: dict[Urgency, Annotated[tuple[EscalationStep, ...], Field(min_length=1)]]
    """An urgency that is not named tells nobody by itself."""
    delivery: dict[Channel, dict[Urgency, Delivery]]
    all_clear_to: tuple[Literal["residents", "duty"], ...] = ("residents",)
    """Who of those told hears that an alert is over: an alert that two people merged into another says nothing."""

    def steps(self, urgency: Urgency) -> tuple[EscalationStep, ...]:
        return self.escalations.get(urgency, ())

    def told(self, category: Category, urgency: Urgency, step: EscalationStep) -> dict[str, frozenset[Channel]]:
        """Return the teams that a step tells, each with its channels.

        A team of the routes gets the channels that both its route and the step name; a team that the step names itself
        gets all of the step's.
        """
        told: dict[str, frozenset[Channel]] = {team: frozenset(step.channels) for team in step.teams}
        for route in self.routes:
            if route.takes(category, urgency):
                channels = frozenset(route.channels) & frozenset(step.channels)
                told[route.team] = told.get(route.team, frozenset()) | channels
        return {team: channels for team, channels in told.items() if channels}
