"""The numbers of a time, each true of what the console knows."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

from shared.events import AlertState, Category, Record, Urgency, UtcTime

__all__ = ["ReportNumbers", "Statistics", "median_seconds"]


class ReportNumbers(Record):
    """Reports whose assessment has come: `raised` an alert (or joined one), or asked for nothing."""

    assessed: int
    raised: int
    no_action: int
    needs_review: int


class Statistics(Record):
    """Alerts that opened since `since`; exercises are left out."""

    since: UtcTime
    alerts: int
    by_state: dict[AlertState, int]
    by_category: dict[Category, int]
    by_urgency: dict[Urgency, int]
    acknowledged: int
    median_seconds_to_acknowledge: float | None
    reports: ReportNumbers


def median_seconds(spans: Sequence[timedelta]) -> float | None:
    return median(span.total_seconds() for span in spans) if spans else None
