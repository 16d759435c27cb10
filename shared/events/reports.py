"""Residents' reports and what the classifier made of them."""

from typing import Annotated, Literal

from pydantic import Field

from shared.events.base import Event, Record
from shared.events.vocabulary import Category, Language, Urgency

__all__ = ["Assessment", "Explanation", "Mark", "ReportAssessed", "ReportReceived", "Rule"]


class ReportReceived(Event):
    """A report as it came in at the edge. Who wrote it stays in ingest's database."""

    report_id: str
    text: str
    lat: float | None = None
    lon: float | None = None
    address: str | None = None
    language: Language | None = None
    category_hint: Category | None = None
    photos: tuple[str, ...] = ()
    client: str
    """A keyed hash of who sent it: tells independent witnesses apart, names nobody."""
    outside_city: bool = False


class Mark(Record):
    """A place in the text that mattered: offsets in characters, points added to (or taken from) the score."""

    start: int
    end: int
    text: str
    kind: str
    points: float


class Rule(Record):
    """A rule that changed the score whatever the phrases say, such as a safety floor."""

    code: str
    text: str
    points: float


class Explanation(Record):
    """Why: `points_sum` = `base` + the points of all phrases, modifiers and rules."""

    base: float
    phrases: tuple[Mark, ...] = ()
    modifiers: tuple[Mark, ...] = ()
    rules: tuple[Rule, ...] = ()
    points_sum: float


class Assessment(Record):
    """What a report is about and how soon somebody has to act.

    `score` is 0–100; `probability` the calibrated chance that the stated urgency is right.
    """

    category: Category
    also: tuple[Category, ...] = ()
    urgency: Urgency
    score: Annotated[float, Field(ge=0, le=100)]
    probability: Annotated[float, Field(ge=0, le=1)]
    raises_alert: bool
    needs_review: bool
    tier: Literal["fast", "full"]
    model: str
    explanation: Explanation


class ReportAssessed(Event):
    """Every report, raised or not, with its explanation."""

    report_id: str
    reason: str
    """Why it raises an alert or not, e.g. `urgent_enough` or `asks_for_nothing`."""
    assessment: Assessment
