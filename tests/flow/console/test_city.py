"""The city, its sensors, its numbers, and the page."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.console.core.roles import Role
from shared.events import (
    AlertState,
    Assessment,
    Category,
    Explanation,
    QuantityState,
    ReadingReceived,
    ReportAssessed,
    SensorChanged,
    SensorState,
    Urgency,
)
from shared.pack import CityPack
from shared.topics import ASSESSED, READINGS, SENSORS
from tests.console_builders import CITY, NOON, Console, an_alert, record

COMMON: dict[str, Any] = {"city": CITY, "occurred_at": NOON, "received_at": NOON}


def _sensor(sensor_id: str, state: SensorState, value: float, **changes: Any) -> SensorChanged:
    level = QuantityState(quantity="water_level", unit="cm", state=state, value=value, at=NOON, since=NOON)
    given = COMMON | {"event_id": f"{sensor_id}-{value}", "sensor_id": sensor_id, "name": "San"} | changes
    return SensorChanged(quantities={"water_level": level}, **given)


def _reading(number: int) -> ReadingReceived:
    at = NOON + timedelta(minutes=number)
    given = COMMON | {"occurred_at": at, "event_id": f"reading-{number}", "sensor_id": "san-przemysl-1"}
    return ReadingReceived(quantity="water_level", value=number, unit="cm", **given)


async def _get(console: Console, path: str) -> Any:
    async with console.client(Role.VIEWER) as client:
        response = await client.get(path)
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_sensor_that_was_never_heard_is_silent_and_one_the_pack_does_not_know_unregistered(
    console: Console, pack: CityPack
) -> None:
    before = {one["sensor_id"]: one for one in (await _get(console, "/v1/sensors"))["sensors"]}
    assert (before["san-przemysl-1"]["state"], before["san-przemysl-1"]["value"]) == ("silent", None)
    await console.take(
        record(_sensor("san-przemysl-1", SensorState.WARNING, 500), 1, SENSORS),
        record(_sensor("san-przemysl-1", SensorState.ALARM, 640), 2, SENSORS),
        record(_sensor("stranger", SensorState.OK, 1, registered=False), 3, SENSORS),
    )
    after = {(one["sensor_id"], one["quantity"]): one for one in (await _get(console, "/v1/sensors"))["sensors"]}
    assert (after["san-przemysl-1", "water_level"]["state"], after["san-przemysl-1", "water_level"]["value"]) == (
        "alarm",
        640,
    )
    assert after["stranger", "water_level"]["state"] == "unregistered"
    assert len(after) == len(pack.sensors) + 1


async def test_sensors_come_in_pages(console: Console, pack: CityPack) -> None:
    first = await _get(console, "/v1/sensors?limit=2")
    seen = first["sensors"]
    while first["next_cursor"]:
        first = await _get(console, f"/v1/sensors?limit=2&cursor={first['next_cursor']}")
        seen += first["sensors"]
    assert len(seen) == len({(one["sensor_id"], one["quantity"]) for one in seen}) == len(pack.sensors)


async def test_recent_readings_come_in_order_once_each_and_in_pages(console: Console) -> None:
    readings = [record(_reading(number), number, READINGS) for number in range(10)]
    again = record(_reading(4), 10, READINGS)
    await console.take(*readings, again, stage="console.archive")
    path = "/v1/sensors/san-przemysl-1/readings?since=2026-11-24T12:03:00Z&limit=4"
    first = await _get(console, path)
    second = await _get(console, f"{path}&cursor={first['next_cursor']}")
    assert [one["value"] for one in first["readings"] + second["readings"]] == [3, 4, 5, 6, 7, 8, 9]
    assert second["next_cursor"] is None


async def test_a_silent_sensor_has_no_readings_and_an_unknown_one_is_not_found(console: Console) -> None:
    assert (await _get(console, "/v1/sensors/san-przemysl-1/readings"))["readings"] == []
    async with console.client(Role.VIEWER) as client:
        assert (await client.get("/v1/sensors/nowhere/readings")).status_code == 404
        assert (await client.get("/v1/sensors/san-przemysl-1/readings?since=2026-11-24T12:00:00")).status_code == 422


async def test_old_readings_are_forgotten(console: Console) -> None:
    await console.take(*[record(_reading(number), number, READINGS) for number in range(10)], stage="console.archive")
    await console.parts.sensors.forget(readings_before=NOON + timedelta(minutes=6), reports_before=NOON)
    found = await _get(console, "/v1/sensors/san-przemysl-1/readings")
    assert [one["value"] for one in found["readings"]] == [6, 7, 8, 9]


async def test_statistics_count_what_is_there_and_leave_exercises_out(console: Console) -> None:
    acknowledged: dict[str, Any] = {"state": AlertState.ACKNOWLEDGED, "acknowledged_by": "ola"}
    await console.take(
        record(an_alert("a", acknowledged_at=NOON + timedelta(seconds=30), **acknowledged), 1),
        record(an_alert("b", acknowledged_at=NOON + timedelta(seconds=90), urgency=Urgency.LOW, **acknowledged), 2),
        record(an_alert("c", category=Category.GAS), 3),
        record(an_alert("d", exercise=True), 4),
    )
    await console.take(
        *[record(_assessed(str(number), raises=number > 0), number, ASSESSED) for number in range(3)],
        stage="console.archive",
    )
    found = await _get(console, "/v1/statistics?since=2026-11-24T00:00:00Z")
    assert (found["alerts"], found["acknowledged"], found["median_seconds_to_acknowledge"]) == (3, 2, 60)
    assert found["by_state"] == {"open": 1, "acknowledged": 2, "resolved": 0, "dismissed": 0}
    assert (found["by_category"]["fire"], found["by_category"]["gas"]) == (2, 1)
    assert found["by_urgency"]["low"] == 1
    assert found["reports"] == {"assessed": 3, "raised": 2, "no_action": 1, "needs_review": 0}


def _assessed(report_id: str, *, raises: bool) -> ReportAssessed:
    assessment = Assessment(
        category=Category.FIRE,
        urgency=Urgency.HIGH if raises else Urgency.NONE,
        score=50,
        probability=0.9,
        raises_alert=raises,
        needs_review=False,
        tier="fast",
        model="test",
        explanation=Explanation(base=0, points_sum=0),
    )
    return ReportAssessed(event_id=report_id, report_id=report_id, reason="test", assessment=assessment, **COMMON)


async def test_the_city_is_said_as_geojson(console: Console, pack: CityPack) -> None:
    city = await _get(console, "/v1/city")
    assert (city["id"], city["name"], city["languages"]) == ("przemysl", "Przemyśl", ["pl", "uk", "en"])
    assert city["boundary"]["type"] in {"Polygon", "MultiPolygon"}
    assert [one["id"] for one in city["districts"]] == [one.id for one in pack.city.districts]


async def test_without_a_built_page_the_address_says_what_to_do(console: Console) -> None:
    async with console.client() as client:
        response = await client.get("/")
    assert response.status_code == 503
    assert "make web" in response.text


async def test_the_page_is_served_under_a_strict_policy_and_cached_by_its_hash(tmp_path: Path, pack: CityPack) -> None:
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html><title>Hejnał</title>")
    (web / "assets" / "index-1a2b.js").write_text("export {}")
    console = Console(f"sqlite+aiosqlite:///{tmp_path}/console.db", pack, web_dir=web)
    await console.start()
    async with console.client() as client:
        page, script = await client.get("/"), await client.get("/assets/index-1a2b.js")
        missing, documents = await client.get("/assets/none.js"), await client.get("/docs")
    await console.stop()
    assert "Hejnał" in page.text
    assert page.headers["cache-control"] == "no-cache"
    assert "immutable" in script.headers["cache-control"]
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert documents.status_code == 200
    scripts = documents.headers["content-security-policy"].split("script-src ")[1].split(";")[0]
    assert "'sha256-" in scripts
    assert "unsafe" not in scripts
    assert not re.search(r"(src|href)=\"https?://", documents.text)


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/openapi.json", "/asyncapi"])
async def test_probes_and_documents_are_open(console: Console, path: str) -> None:
    async with console.client() as client:
        assert (await client.get(path)).status_code == 200
