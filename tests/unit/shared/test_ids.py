"""Ids: ordered when new, the same again when derived."""

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import _EVENTS, derived_event_id, derived_id, new_id

TIMES = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))


@given(TIMES, TIMES)
def test_new_ids_are_version_7_and_sort_by_time(first: datetime, second: datetime) -> None:
    """RFC 9562: the time is in front."""
    early, late = sorted((first, second))
    one, other = new_id(early), new_id(late + timedelta(milliseconds=1))
    assert uuid.UUID(one).version == 7
    assert uuid.UUID(one).variant == uuid.RFC_4122
    assert one < other


@given(st.text(), st.text(), TIMES)
def test_a_derived_id_is_the_same_for_the_same_cause(cause: str, step: str, at: datetime) -> None:
    """A redelivery finds the entity that the first delivery made."""
    assert derived_id(cause, step, at) == derived_id(cause, step, at)
    assert uuid.UUID(derived_id(cause, step, at)).version == 7
    assert derived_id(cause, step, at) != derived_id(cause, step + "'", at)
    assert derived_event_id(cause, step) != derived_event_id(cause + "'", step)


@given(st.text(), st.text())
def test_an_events_id_is_a_uuid5(cause: str, step: str) -> None:
    assert derived_event_id(cause, step) == str(uuid.uuid5(_EVENTS, f"{cause}|{step}"))


def test_two_new_ids_of_one_millisecond_differ() -> None:
    """74 random bits."""
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert len({new_id(now) for _ in range(1000)}) == 1000
