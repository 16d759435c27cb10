"""Rosters as iCalendar (RFC 5545): what a calendar program writes, and what it can subscribe to.

An event is a shift: its SUMMARY the name of a person on the duty list, repeated by RRULE and changed by EXDATE and RECURRENCE-ID as in any
calendar. An event in the category OVERRIDE takes the place of whatever else runs at that time.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

import icalendar
import recurring_ical_events

from services.notifier.plan.core.roster import Shift
from shared.errors import Invalid

__all__ = ["read_roster", "write_roster"]

_OVERRIDE = "OVERRIDE"
_MOST_SHIFTS = 50_000


def read_roster(
    content: bytes, team: str, people: Iterable[str], zone: tzinfo, *, begins: datetime, ends: datetime
) -> list[Shift]:
    """Every shift between `begins` and `ends`. Times without a zone are the city's (`zone`).

    Raises Invalid: not a calendar, an event without an end, a name that is not on the duty list, or more than 50,000 shifts.
    """
    known = frozenset(people)
    try:
        calendar = icalendar.Calendar.from_ical(content)
        events = recurring_ical_events.of(calendar).between(begins, ends)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid("not_a_calendar", f"this is not an iCalendar file (RFC 5545): {error}") from error
    if len(events) > _MOST_SHIFTS:
        raise Invalid("too_many_shifts", f"{len(events)} shifts in that time: at most {_MOST_SHIFTS}")
    return sorted((_shift(event, team, known, zone) for event in events), key=lambda shift: (shift.begins, shift.name))


def write_roster(shifts: Sequence[Shift], now: datetime) -> bytes:
    """One event for each shift, all in UTC."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Hejnal//rosters//EN")
    calendar.add("version", "2.0")
    for shift in shifts:
        event = icalendar.Event()
        event.add("uid", f"{shift.team}-{shift.begins:%Y%m%dT%H%M%SZ}-{shift.name}@hejnal")
        event.add("dtstamp", now)
        event.add("dtstart", shift.begins)
        event.add("dtend", shift.ends)
        event.add("summary", shift.name)
        if shift.overrides:
            event.add("categories", [_OVERRIDE])
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _shift(event: Any, team: str, known: frozenset[str], zone: tzinfo) -> Shift:
    name = str(event.get("SUMMARY", "")).strip()
    begins, ends = _instant(event.start, zone), _instant(event.end, zone)
    if name not in known:
        raise Invalid(
            "unknown_person", f"nobody on the duty list is named {name!r} (event at {begins:%Y-%m-%d %H:%M} UTC)"
        )
    if ends <= begins:
        raise Invalid("no_end", f"the shift of {name!r} at {begins:%Y-%m-%d %H:%M} UTC does not end after it begins")
    return Shift(team, name, begins, ends, _OVERRIDE in _categories(event))


def _categories(event: Any) -> set[str]:
    found = event.get("CATEGORIES")
    lists = found if isinstance(found, list) else [found] if found else []
    return {str(category).upper() for each in lists for category in each.cats}


def _instant(value: datetime | date, zone: tzinfo) -> datetime:
    """A whole day begins at the city's midnight; a time without a zone is the city's."""
    at = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
