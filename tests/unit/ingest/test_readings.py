import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.ingest.bodies import ReadingBody
from services.ingest.core.gateway_keys import KEY_BYTES, issue
from services.ingest.core.readings import Refusal, sort_readings
from services.ingest.reading_bodies import parse_readings
from shared.errors import Invalid
from shared.events import format_time

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
KEY = issue("gateway", ("san-*",), bytes(KEY_BYTES), NOW).kept
AHEAD = timedelta(minutes=5)


def reading(**changes: Any) -> dict[str, Any]:
    fields = {
        "sensor_id": "san-przemysl-1",
        "quantity": "water_level",
        "value": 312.5,
        "at": format_time(NOW),
        "seq": 7,
    }
    return {name: value for name, value in (fields | changes).items() if value is not ...}


def body(**changes: Any) -> ReadingBody:
    return ReadingBody.model_validate_json(json.dumps(reading(**changes)))


def test_good_readings_go_on_and_each_bad_one_is_named() -> None:
    readings = [
        body(),
        body(sensor_id="other-1"),
        body(at=format_time(NOW + AHEAD)),
        body(at=format_time(NOW + AHEAD + timedelta(seconds=1))),
    ]
    taken = sort_readings(list(enumerate(readings)), KEY, "przemysl", NOW, AHEAD)
    assert [event.occurred_at for event in taken.accepted] == [NOW, NOW + AHEAD]
    assert [(one.index, one.reason) for one in taken.refused] == [
        (1, Refusal.SENSOR_NOT_ALLOWED),
        (3, Refusal.FROM_THE_FUTURE),
    ]


def test_same_sensor_time_and_seq_make_the_same_event() -> None:
    def event_id(**changes: Any) -> str:
        return sort_readings([(0, body(**changes))], KEY, "przemysl", NOW, AHEAD).accepted[0].event_id

    assert event_id() == event_id(value=1, at="2026-11-24T19:00:00+01:00")
    assert (
        len({event_id(), event_id(seq=8), event_id(seq=...), event_id(quantity="flow"), event_id(sensor_id="san-2")})
        == 5
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"value": "1"},
        {"value": float("nan")},
        {"value": None},
        {"value": True},
        {"at": 1_700_000_000},
        {"at": "1700000000"},
        {"at": "2026-11-24T18:00:00"},
        {"at": "2026-11-24"},
        {"at": "1999-12-31T23:59:59Z"},
        {"lat": 49.7},
        {"lat": 91, "lon": 0},
        {"lat": 0, "lon": -180.1},
        {"sensor_id": ""},
        {"sensor_id": "a/b"},
        {"sensor_id": "a\nb"},
        {"sensor_id": "x" * 101},
        {"quantity": "#"},
        {"unit": "\x00"},
        {"unit": "x" * 21},
        {"seq": -1},
        {"seq": 1.5},
        {"seq": 2**63},
        {"unknown": 1},
        {"quantity": ...},
    ],
)
def test_reading_that_is_not_valid_is_refused_and_its_neighbours_are_not(changes: dict[str, Any]) -> None:
    parsed = parse_readings(json.dumps({"readings": [reading(), reading(**changes), reading(seq=8)]}).encode())
    assert [index for index, _ in parsed.valid] == [0, 2]
    assert [one.index for one in parsed.refused] == [1]
    assert parsed.refused[0].reason is Refusal.NOT_VALID
    with pytest.raises(ValidationError):
        parse_readings(json.dumps(reading(**changes)).encode())


@pytest.mark.parametrize("items", [[5], [None], ["x"], [[]]])
def test_items_that_are_no_readings_are_refused_one_by_one(items: list[Any]) -> None:
    parsed = parse_readings(json.dumps({"readings": [*items, reading()]}).encode())
    assert [index for index, _ in parsed.valid] == [1]


@pytest.mark.parametrize("count", [0, 1001])
def test_batch_holds_one_to_a_thousand(count: int) -> None:
    with pytest.raises(Invalid) as error:
        parse_readings(json.dumps({"readings": [reading(seq=seq) for seq in range(count)]}).encode())
    assert error.value.reason == "number_of_readings"
    assert (
        len(parse_readings(json.dumps({"readings": [reading(seq=seq) for seq in range(1000)]}).encode()).valid) == 1000
    )


def test_too_many_bad_items_are_refused_as_a_whole() -> None:
    with pytest.raises(Invalid):
        parse_readings(b'{"readings":[' + b",".join([b"{}"] * 300_000) + b"]}")
    with pytest.raises(Invalid):
        parse_readings(json.dumps({"readings": [1] * 1001}).encode())


@pytest.mark.parametrize(
    "bad", [b"", b"null", b"[]", b'{"readings":1}', b'{"readings":[],"x":1}', b"\xff", b"[" * 100_000]
)
def test_request_that_can_not_be_read_is_refused_whole(bad: bytes) -> None:
    with pytest.raises((ValidationError, Invalid)):
        parse_readings(bad)


def test_single_reading_may_speak_of_readings() -> None:
    assert parse_readings(json.dumps(reading(unit="readings")).encode()).valid
