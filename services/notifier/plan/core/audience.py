"""Which residents hear of something that a person published."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.notifier.core.quiet_hours import QuietHours, is_quiet
from shared.events import Category, Channel, Language, Urgency

__all__ = ["Fit", "PublishVerdict", "Subscriber", "fit", "judge_size"]


class Fit(StrEnum):
    FITS = "fits"
    OTHER_CATEGORY = "other_category"
    TOO_LOW = "too_low"
    QUIET_HOURS = "quiet_hours"


class PublishVerdict(StrEnum):
    TOLD = "told"
    TOO_MANY = "too_many_recipients"
    """Only a warning, with its second person, may tell so many."""
    NO_PLACE = "no_place"
    """Nobody can say who is around."""
    NOBODY = "nobody_subscribed"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A confirmed subscription whose area was hit. No categories mean all of them."""

    subscription_id: str
    channel: Channel
    language: Language
    masked: str
    categories: frozenset[Category]
    least_urgency: Urgency
    quiet_hours: tuple[QuietHours, ...]


def fit(subscriber: Subscriber, category: Category, urgency: Urgency, local: datetime) -> Fit:
    """`local` is now in the city's time. Critical passes quiet hours."""
    if subscriber.categories and category not in subscriber.categories:
        return Fit.OTHER_CATEGORY
    if not urgency.at_least(subscriber.least_urgency):
        return Fit.TOO_LOW
    if urgency is not Urgency.CRITICAL and is_quiet(subscriber.quiet_hours, local):
        return Fit.QUIET_HOURS
    return Fit.FITS


def judge_size(count: int, most: int) -> PublishVerdict:
    if count == 0:
        return PublishVerdict.NOBODY
    return PublishVerdict.TOO_MANY if count > most else PublishVerdict.TOLD
