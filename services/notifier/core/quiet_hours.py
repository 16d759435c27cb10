"""When a resident does not want to be woken."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

__all__ = ["QuietHours", "is_quiet"]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """On these `days` (1 Monday – 7 Sunday) from `begins` to `ends`; an end that is not later than the beginning is on the next day."""

    days: frozenset[int]
    begins: time
    ends: time


def is_quiet(hours: tuple[QuietHours, ...], local: datetime) -> bool:
    """`local` is in the city's time. A night that began yesterday is yesterday's."""
    return any(_covers(each, local) for each in hours)


def _covers(hours: QuietHours, local: datetime) -> bool:
    clock = local.timetz().replace(tzinfo=None)
    today, yesterday = local.isoweekday(), (local - timedelta(days=1)).isoweekday()
    if hours.begins < hours.ends:
        return today in hours.days and hours.begins <= clock < hours.ends
    return (today in hours.days and clock >= hours.begins) or (yesterday in hours.days and clock < hours.ends)
