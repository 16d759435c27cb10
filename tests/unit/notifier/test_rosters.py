"""Whose turn it is, from a calendar as people keep it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.plan.core.duty import Contact, DutyPerson, recipients
from services.notifier.plan.core.roster import Shift, turns
from services.notifier.rostering import read_roster, write_roster
from shared.errors import Invalid
from shared.events import Category, Channel, Language, Urgency

WARSAW = ZoneInfo("Europe/Warsaw")
TEAM = "crisis-centre"
BEGINS, ENDS = datetime(2026, 10, 19, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC)
NIGHTS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:nights
DTSTAMP:20261001T000000Z
DTSTART;TZID=Europe/Warsaw:20261019T190000
DTEND;TZID=Europe/Warsaw:20261020T070000
RRULE:FREQ=DAILY;INTERVAL=2
EXDATE;TZID=Europe/Warsaw:20261023T190000
SUMMARY:Anna
END:VEVENT
BEGIN:VEVENT
UID:holiday
DTSTAMP:20261001T000000Z
DTSTART;VALUE=DATE:20261101
DTEND;VALUE=DATE:20261102
CATEGORIES:override
SUMMARY:Jan
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n").encode()


def read(content: bytes = NIGHTS, people: tuple[str, ...] = ("Anna", "Jan")) -> list[Shift]:
    return read_roster(content, TEAM, people, WARSAW, begins=BEGINS, ends=ENDS)


def on(at: datetime) -> frozenset[str]:
    return turns(read(), frozenset({TEAM}), at).by_team.get(TEAM, frozenset())


def warsaw(day: int, hour: int, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=WARSAW).astimezone(UTC)


def test_a_repeated_shift_keeps_its_hour_when_the_clocks_change() -> None:
    assert on(warsaw(19, 19)) == on(warsaw(31, 19)) == {"Anna"}  # the 25th is when summer time ends
    assert on(warsaw(31, 18)) == frozenset()
    assert on(warsaw(20, 7)) == frozenset(), "the end is not part of a shift"


def test_what_the_calendar_takes_out_is_out() -> None:
    assert on(warsaw(23, 20)) == frozenset()
    assert on(warsaw(25, 20)) == {"Anna"}


def test_an_override_takes_the_place_of_what_else_runs_and_a_day_begins_at_the_citys_midnight() -> None:
    assert on(warsaw(1, 0, 11)) == {"Jan"}, "Anna's night of the 31st runs on, and does not count"
    assert on(warsaw(31, 23)) == {"Anna"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe nothing of the kind", "not_a_calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "not_a_calendar"),
        (NIGHTS.replace(b"SUMMARY:Jan", b"SUMMARY:Nobody"), "unknown_person"),
        (NIGHTS.replace(b"20261020T070000", b"20261019T190000"), "no_end"),
    ],
)
def test_a_calendar_that_cannot_be_used_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(content)
    assert refused.value.reason == reason


def test_what_is_written_is_read_as_it_was() -> None:
    shifts = read()
    assert read(write_roster(shifts, BEGINS)) == shifts


def person(name: str, *teams: str) -> DutyPerson:
    contact = Contact(name, Channel.SMS, name)
    at = warsaw(19, 20)
    off = turns(read(), frozenset({TEAM}), at).off(name)
    return DutyPerson(name, Language.PL, (contact,), frozenset(teams), off=off)


def test_only_who_has_the_turn_is_told_for_that_team_and_other_teams_are_told_as_ever() -> None:
    people = [person("Anna"), person("Jan"), person("Ola", "water")]
    told = {TEAM: frozenset({Channel.SMS}), "water": frozenset({Channel.SMS})}
    chosen = recipients(told, people, Category.FIRE, Urgency.CRITICAL)
    assert {(each.recipient_id, each.team) for each in chosen} == {("Anna", TEAM), ("Jan", "water"), ("Ola", "water")}


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20), st.sampled_from("abc"), st.booleans()), max_size=12))
def test_a_gap_tells_all_and_never_nobody(drawn: list[tuple[int, int, str, bool]]) -> None:
    shifts = [
        Shift(TEAM, name, BEGINS + timedelta(hours=at), BEGINS + timedelta(hours=at + hours), overrides)
        for at, hours, name, overrides in drawn
    ]
    for hour in range(62):
        now = turns(shifts, frozenset({TEAM}), BEGINS + timedelta(hours=hour))
        off = [name for name in "abc" if TEAM in now.off(name)]
        assert len(off) < len("abc"), "somebody is always told"
        assert (TEAM in now.gaps) == (not off and TEAM not in now.by_team)
