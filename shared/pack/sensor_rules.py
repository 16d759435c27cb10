"""The kinds of sensor rules, as they stand in a pack. How each judges is in services/classifier/assess/core/rules."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.events.vocabulary import Category, Urgency
from shared.pack.model import PackModel, Seconds, Slug

AboveZero = Annotated[float, Field(gt=0)]


class SensorLevel(StrEnum):
    """How bad, in ascending order; the words of SensorState."""

    WARNING = "warning"
    ALARM = "alarm"

    @property
    def rank(self) -> int:
        return list(SensorLevel).index(self)


class Direction(StrEnum):
    """On which side of the level the danger is."""

    ABOVE = "above"
    BELOW = "below"


class ThresholdLevel(PackModel):
    """Reached when the value has been at or beyond `raise_at` for `for_s`; left when it is back at or within `clear_at`."""

    level: SensorLevel
    raise_at: float
    clear_at: float
    urgency: Urgency
    """`none` raises no signal by itself: the level shows, and counts where several sensors are asked together."""
    for_s: Seconds = 0


class LevelsRule(PackModel):
    """What all rules with levels have. Levels stand in ascending order of danger; they are in the unit of what the rule looks at."""

    id: Slug
    direction: Direction = Direction.ABOVE
    category: Category
    levels: Annotated[tuple[ThresholdLevel, ...], Field(min_length=1)]


class ThresholdRule(LevelsRule):
    """Looks at the value."""

    type: Literal["threshold"]


class RateRule(LevelsRule):
    """Looks at how fast the value rises over `within_s`, in its unit for `per_s` (falls: `direction: below`, levels below zero)."""

    type: Literal["rate"]
    within_s: Annotated[float, Field(ge=1)]
    per_s: AboveZero = 3600


class BaselineRule(LevelsRule):
    """Looks at how far the value is from what is usual at this hour of the week, in robust standard deviations.

    Usual is the median of that hour's medians in the newest `weeks`; the deviation is 1.4826 times their median distance from it (MAD).
    """

    type: Literal["baseline"]
    weeks: Annotated[int, Field(ge=3, le=8)] = 5
    least_weeks: Annotated[int, Field(ge=2, le=8)] = 3
    """Before so many weeks are known for the hour the rule says nothing."""
    least_deviation: AboveZero
    """In the sensor's unit: a night in which nothing ever moves has a deviation of nought."""


class DeltaRule(PackModel):
    """Looks at two readings that follow one another within `within_s`: a change by `delta` or more, up, down or either.

    It is over when the value is back within `clear_within` of the one before, or after `hold_s` without another such change.
    """

    type: Literal["delta"]
    id: Slug
    delta: AboveZero
    direction: Direction | None = None
    """None: a rise and a fall both count."""
    within_s: AboveZero = 3600
    clear_within: Annotated[float, Field(ge=0)] | None = None
    """None: half of `delta`."""
    hold_s: AboveZero = 3600
    category: Category
    level: SensorLevel = SensorLevel.WARNING
    urgency: Urgency


class SilenceRule(PackModel):
    """Nothing taken for `after_s` is told to the city (`silent_after_s` of the sensor only shows it). The next reading ends it."""

    type: Literal["silence"]
    id: Slug
    after_s: AboveZero
    category: Category
    level: SensorLevel = SensorLevel.WARNING
    urgency: Urgency


class StuckRule(PackModel):
    """A value that stays within `tolerance` for `same_for_s`, over at least `least_readings`, is a fault of the sensor."""

    type: Literal["stuck"]
    id: Slug
    same_for_s: AboveZero
    tolerance: Annotated[float, Field(ge=0)] = 0
    least_readings: Annotated[int, Field(ge=2)] = 5


class RangeRule(PackModel):
    """What the device can measure at all (both ends included): a value outside is a fault of the sensor, not an alarm."""

    type: Literal["range"]
    id: Slug
    least: float
    most: float


SensorRule = Annotated[
    RangeRule | StuckRule | ThresholdRule | RateRule | DeltaRule | BaselineRule | SilenceRule,
    Field(discriminator="type"),
]
"""A new kind of rule is a new model here with its own `type`."""
