"""What a gateway sees."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.events import format_time
from tests.ingest_fakes import NOW, House

READING = {
    "sensor_id": "san-przemysl-1",
    "quantity": "water_level",
    "value": 312.5,
    "unit": "cm",
    "at": format_time(NOW),
    "seq": 1,
}


async def post(http: httpx.AsyncClient, key: str, body: Any) -> httpx.Response:
    return await http.post("/v1/readings", json=body, headers={"Authorization": f"Bearer {key}"})


async def test_single_reading_is_accepted(house: House, http: httpx.AsyncClient) -> None:
    answer = await post(http, house.keys.make(), READING)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "rejected": []})
    (event,) = house.log.sensor_readings
    assert (event.sensor_id, event.value, event.received_at) == ("san-przemysl-1", 312.5, NOW)


async def test_batch_is_accepted_but_for_those_named(house: House, http: httpx.AsyncClient) -> None:
    bad = [
        READING | {"value": "high"},
        READING | {"sensor_id": "wiar-1"},
        READING | {"at": format_time(NOW + timedelta(minutes=6))},
    ]
    answer = await post(
        http, house.keys.make("san-*"), {"readings": [bad[0], READING, bad[1], READING | {"seq": 2}, bad[2]]}
    )
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    assert [(one["index"], one["reason"]) for one in answer.json()["rejected"]] == [
        (0, "not_valid"),
        (2, "sensor_not_allowed"),
        (4, "from_the_future"),
    ]
    assert [event.seq for event in house.log.sensor_readings] == [1, 2]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (READING | {"sensor_id": "wiar-1"}, "/sensor_id"),
        ({"readings": [READING | {"sensor_id": "wiar-1"}]}, "/readings/0/sensor_id"),
        ({"readings": [READING | {"value": None}]}, "/readings/0/value"),
        (READING | {"value": None}, "/value"),
        ({"readings": []}, "/readings"),
        ({"readings": [READING] * 1001}, "/readings"),
        ({"readings": 5}, "/readings"),
        ({"readings": [READING], "more": 1}, "/more"),
    ],
)
async def test_request_without_one_good_reading_is_not_valid(
    house: House, http: httpx.AsyncClient, body: Any, pointer: str
) -> None:
    answer = await post(http, house.keys.make("san-*"), body)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert not house.log.sensor_readings


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Basic aGVqOm5hbA==", "Bearer hjg_000000000000_" + "B" * 43]
)
async def test_who_has_no_key_is_told_before_anything_else(
    house: House, http: httpx.AsyncClient, header: str | None
) -> None:
    house.keys.make()
    answer = await http.post("/v1/readings", json={}, headers={"Authorization": header} if header is not None else {})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_broker_away_is_told_and_over_when_it_is_back(house: House, http: httpx.AsyncClient) -> None:
    key = house.keys.make()
    house.log.away = True
    assert (await post(http, key, READING)).status_code == 503
    house.log.away = False
    assert (await post(http, key, READING)).status_code == 202


async def test_key_has_a_limit_counted_in_readings() -> None:
    house = House(readings_per_key=10)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app()), base_url="http://ingest") as http:
        key = house.keys.make()
        assert (await post(http, key, {"readings": [READING] * 8})).status_code == 202
        refused = await post(http, key, {"readings": [READING] * 8})
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert (await post(http, house.keys.make(), READING)).status_code == 202
