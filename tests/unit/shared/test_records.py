"""Reading records: nothing of a record is trusted before it is decoded."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import TypeAdapter

from shared.errors import Invalid
from shared.events import ReadingReceived, format_time, signals
from shared.kafka.dead_letters import dead_letter
from shared.kafka.records import decode, encode
from shared.topics import SERVICES, TOPICS

NOW = datetime(2026, 11, 24, 18, 0, 0, 123_000, tzinfo=UTC)
READING = ReadingReceived(
    event_id="e", city="przemysl", occurred_at=NOW, received_at=NOW, sensor_id="s", quantity="water_level", value=1
)
CARRIES = TypeAdapter(ReadingReceived)


@dataclass
class Raw:
    value: bytes | None = encode(READING)
    key: bytes | None = b"s"
    headers: Any = ()
    topic: str = "readings.received.v1"
    partition: int = 3
    offset: int = 7
    timestamp: int = 1


def test_a_record_comes_back_as_it_was_written() -> None:
    """With its key, place and trace."""
    received = decode(Raw(headers=(("traceparent", b"00-a-b-01"),)), CARRIES)
    assert (received.event, received.key, received.partition, received.offset) == (READING, "s", 3, 7)
    assert received.trace == "00-a-b-01"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Raw(value=None), "empty_record"),
        (Raw(key=None), "missing_key"),
        (Raw(key=b"\xff"), "undecodable_header"),
        (Raw(headers=(("traceparent", b"\xff"),)), "undecodable_header"),
        (Raw(headers=(("traceparent", None),)), "undecodable_header"),
        (Raw(value=b"{"), "not_json"),
        (Raw(value=b"\xff\xfe"), "not_json"),
        (Raw(value=b"{}"), "not_valid"),
        (Raw(value=encode(READING).replace(b"1.0", b'"x"')), "not_valid"),
        (Raw(value=encode(READING).replace(b"123Z", b"123")), "not_valid"),
    ],
)
def test_a_bad_record_is_refused_with_its_reason(record: Raw, reason: str) -> None:
    """The same word goes to the dead letter, the log and the metric."""
    with pytest.raises(Invalid) as refused:
        decode(record, CARRIES)
    assert refused.value.reason == reason


def test_headers_of_others_do_no_harm() -> None:
    """Only ours are read."""
    assert decode(Raw(headers=(("x", None), ("y", b"\xff"))), CARRIES).trace is None


def test_a_new_optional_field_keeps_the_version() -> None:
    """An older reader ignores what it does not know."""
    assert decode(Raw(value=encode(READING).replace(b"{", b'{"new":1,', 1)), CARRIES).event == READING


def test_a_dead_letter_keeps_every_byte() -> None:
    """Bytes that are no text too."""
    record = Raw(value=b"\x00\xff", key=None, headers=(("h", b"\xfe"), ("n", None)))
    letter = dead_letter("classifier.readings", record, Invalid("not_json", "x"), NOW)
    again = type(letter).model_validate_json(encode(letter))
    assert (again.record_value, again.record_key, again.record_headers) == (
        b"\x00\xff",
        None,
        [("h", b"\xfe"), ("n", None)],
    )


def test_times_are_written_in_utc_with_milliseconds() -> None:
    """Whatever zone they came in."""
    warsaw = NOW.astimezone(timezone(timedelta(hours=1)))
    assert format_time(warsaw) == "2026-11-24T18:00:00.123Z"
    assert b'"occurred_at":"2026-11-24T18:00:00.123Z"' in encode(READING.model_copy(update={"occurred_at": warsaw}))


def test_every_kind_of_signal_is_told_apart_by_its_type() -> None:
    """A type nobody knows is a bad record, not a guess."""
    with pytest.raises(ValueError, match="union_tag_invalid|does not match any"):
        signals.validate_json('{"type":"rumour"}')


def test_the_registry_names_known_services_and_unique_topics() -> None:
    """A misspelt reader would get no access rules and no AsyncAPI entry."""
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
    for topic in TOPICS:
        assert {*topic.written_by, *topic.read_by} <= {*SERVICES, "hejnal"}
        assert topic.partitions == (3 if "dead-letters" in topic.name else 12)
