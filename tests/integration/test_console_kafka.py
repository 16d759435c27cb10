"""The console on a real broker: no gap, no double, whatever goes away and comes back."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from hejnal.stack.kafka import KafkaNode
from services.console.adapters.tables import READ_MODEL
from services.console.core.roles import Role
from services.console.rebuilding import rebuild_model
from services.console.settings import Settings
from shared.database import Database
from shared.events import (
    AlertState,
    Category,
    Channel,
    Language,
    NotificationRequested,
    NotificationSettled,
    NotificationState,
    QuantityState,
    ReadingReceived,
    ReportReceived,
    SensorChanged,
    SensorState,
    Urgency,
)
from shared.kafka.administration import create_topics
from shared.pack import CityPack, load_pack
from shared.topics import READINGS, REPORTS, REQUESTED, SENSORS, SETTLED, TOPICS
from tests.console_builders import CITY, NOON, an_alert
from tests.console_server import City, StreamClient, client, ready, server, until
from tests.postgres import _postgres_server, postgres_url  # noqa: F401 — fixtures

pytestmark = pytest.mark.kafka
FOR_EVER = {"readings_keep_hours": 10**6, "reports_keep_days": 10**5}
"""The tests' noon is long ago by now."""


@pytest.fixture(scope="module")
def pack() -> CityPack:
    return load_pack(Path("cities/przemysl"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/console.db"


def _everything(versions: dict[str, int]) -> Callable[[StreamClient], bool]:
    def enough(one: StreamClient) -> bool:
        seen = {alert_id: version for _, alert_id, version in one.alerts}
        return seen == versions

    return enough


async def test_a_client_that_loses_the_line_resumes_without_gap_or_double(
    topics: str, url: str, pack: CityPack
) -> None:
    async with City(topics) as city, server(url, topics, pack) as address:
        await ready(address)
        one = StreamClient(address, after="-1")
        for round_ in range(4):
            reading = asyncio.create_task(one.read_until(lambda read: len(read.alerts) > 10))
            for number in range(20):
                await city.say(an_alert(f"alert-{number}", round_ + 1))
            await reading
            one.alerts, earlier = [], one.alerts
            positions = [position for position, _, _ in earlier]
            assert positions == sorted(set(positions))
            last = positions[-1]
            await city.say(an_alert(f"between-{round_}"))
            await one.read_until(lambda read: any(name.startswith("between") for _, name, _ in read.alerts))
            assert all(position > last for position, _, _ in one.alerts)
            assert one.alerts[-1][1] == f"between-{round_}"
            one.alerts = []
    assert "reset" not in one.others


async def test_two_consoles_on_one_postgresql_tell_the_same(
    topics: str,
    postgres_url: str,  # noqa: F811
    pack: CityPack,
) -> None:
    async with (
        City(topics) as city,
        server(postgres_url, topics, pack) as first,
        server(postgres_url, topics, pack) as second,
    ):
        await ready(first)
        await ready(second)
        one, other = StreamClient(first, after="-1"), StreamClient(second, after="-1")
        versions = {f"alert-{number}": 3 for number in range(10)}
        reading = [asyncio.create_task(each.read_until(_everything(versions))) for each in (one, other)]
        for version in (1, 2, 3):
            for alert_id in versions:
                await city.say(an_alert(alert_id, version))
        await asyncio.gather(*reading)
        assert [each for each in one.alerts if each[2] == 3] == [each for each in other.alerts if each[2] == 3]
        # What one console said is where the other goes on.
        await city.say(an_alert("new"))
        moved = StreamClient(second, after=one.last)
        await moved.read_until(lambda read: bool(read.alerts))
        assert [name for _, name, _ in moved.alerts] == ["new"]
        async with client(first) as here, client(second) as there:
            body = {"kind": "acknowledge", "if_version": 1}
            taken = (await here.post("/v1/alerts/new/decisions", json=body)).json()["decision_id"]

            async def applied() -> bool:
                return bool((await there.get(f"/v1/decisions/{taken}")).json()["state"] == "applied")

            await until(applied)


async def test_of_two_operators_at_once_the_first_in_the_log_wins_and_both_are_told(
    topics: str, url: str, pack: CityPack
) -> None:
    async with City(topics) as city, server(url, topics, pack) as address, client(address) as http:
        await ready(address)
        await city.say(an_alert())

        async def shown() -> bool:
            return (await http.get("/v1/alerts/alert-1")).status_code == 200

        await until(shown)
        bodies = [{"kind": "resolve", "if_version": 1}, {"kind": "dismiss", "if_version": 1}]
        answers = await asyncio.gather(*(http.post("/v1/alerts/alert-1/decisions", json=body) for body in bodies))
        taken = [one.json()["decision_id"] for one in answers if one.status_code == 202]
        assert {one.status_code for one in answers} <= {202, 409}

        async def settled() -> bool:
            states = [(await http.get(f"/v1/decisions/{one}")).json()["state"] for one in taken]
            return "pending" not in states

        await until(settled)
        outcomes = [(await http.get(f"/v1/decisions/{one}")).json() for one in taken]
        assert [one["state"] for one in outcomes].count("applied") == 1
        third = await http.post("/v1/alerts/alert-1/decisions", json=bodies[0])
        assert third.status_code == 409
        assert third.json()["alert"]["version"] == 2
        assert third.json()["alert"]["state"] in {"resolved", "dismissed"}


async def test_the_broker_goes_away_and_comes_back(
    url: str, pack: CityPack, kafka_node: Callable[..., AbstractContextManager[KafkaNode]]
) -> None:
    with kafka_node() as node:
        await create_topics(node.bootstrap_servers, TOPICS)
        async with (
            City(node.bootstrap_servers) as city,
            server(url, node.bootstrap_servers, pack, produce_timeout_s=1) as address,
            client(address) as http,
        ):
            await ready(address)
            await city.say(an_alert())
            one = StreamClient(address, after="-1")
            await one.read_until(lambda read: bool(read.alerts))
            await asyncio.to_thread(node.stop)
            body, key = {"kind": "acknowledge", "if_version": 1}, {"Idempotency-Key": "once"}
            refused = await http.post("/v1/alerts/alert-1/decisions", json=body, headers=key)
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) > 0
            assert (await http.get("/v1/alerts")).json()["alerts"][0]["state"] == "open"
            assert (await http.get("/readyz")).status_code == 503
            await asyncio.to_thread(node.start)
            await ready_again(http, body, key)
            await one.read_until(lambda read: (read.alerts[-1][1:]) == ("alert-1", 2))
            await ready(address)


async def ready_again(http: httpx.AsyncClient, body: dict[str, Any], key: dict[str, str]) -> None:
    async def accepted() -> bool:
        return (await http.post("/v1/alerts/alert-1/decisions", json=body, headers=key)).status_code == 202

    await until(accepted)


async def test_reading_the_log_again_makes_the_same_model(topics: str, url: str, pack: CityPack) -> None:
    async with City(topics) as city, server(url, topics, pack, **FOR_EVER) as address:
        await ready(address)
        await _tell_everything(city)

        async def complete() -> bool:
            rows = await _model(url)
            return (
                all(rows.values())
                and len(rows["alert_versions"]) == 3
                and rows["notifications"][0]["state"] == "delivered"
            )

        await until(complete)
        before = await _model(url)
        database = Database(url)
        settings = Settings(database_url=url, kafka_bootstrap_servers=topics)
        counts = await rebuild_model(settings, database, print)
        await database.stop()
        assert await _model(url) == before
        assert counts == {name: len(rows) for name, rows in before.items()}
        # The console that went on running serves it, and follows on.
        await city.say(an_alert("later"))
        one = StreamClient(address, after="-1")
        await one.read_until(lambda read: any(name == "later" for _, name, _ in read.alerts))
        async with client(address, Role.VIEWER) as http:
            detail = (await http.get("/v1/alerts/alert-1")).json()
            sensors = (await http.get("/v1/sensors")).json()["sensors"]
            readings = (await http.get("/v1/sensors/san-przemysl-1/readings?since=2026-11-24T12:00:00Z")).json()
        assert detail["notifications"][0]["recipient"] == "Dyżurny"
        assert [(one["state"], one["value"]) for one in sensors if one["sensor_id"] == "san-przemysl-1"] == [
            ("alarm", 640.0)
        ]
        assert [one["value"] for one in readings["readings"]] == [640.0]


async def _model(url: str) -> dict[str, list[dict[str, Any]]]:
    database = Database(url)
    async with database.read() as connection:
        found = {
            table.name: [
                dict(row) for row in (await connection.execute(select(table).order_by(*table.primary_key))).mappings()
            ]
            for table in READ_MODEL
        }
    await database.stop()
    return found


async def _tell_everything(city: City) -> None:
    common: dict[str, Any] = {"city": CITY, "occurred_at": NOON, "received_at": NOON}
    await city.say(an_alert())
    await city.say(an_alert(version=2, state=AlertState.ACKNOWLEDGED, report_count=2))
    await city.say(an_alert("alert-2"))
    told: dict[str, Any] = {
        "notification_id": "n-1",
        "purpose": "alert",
        "alert_id": "alert-1",
        "recipient_id": "r-1",
        "recipient": "Dyżurny",
        "channel": Channel.SMS,
        "urgency": Urgency.CRITICAL,
        "step": 1,
    }
    requested = NotificationRequested(
        event_id="n-1-requested",
        language=Language.PL,
        category=Category.FIRE,
        subject="",
        body="Pożar",
        expires_at=NOON,
        **common,
        **told,
    )
    settled = NotificationSettled(
        event_id="n-1-settled",
        state=NotificationState.DELIVERED,
        reason="receipt",
        attempts=1,
        changed_at=NOON,
        **common,
        **told,
    )
    await city.send(REQUESTED[Channel.SMS], "r-1", requested)
    await city.send(SETTLED, "n-1", settled)
    level = QuantityState(quantity="water_level", unit="cm", state=SensorState.ALARM, value=640, at=NOON, since=NOON)
    sensor = SensorChanged(
        event_id="s-1", sensor_id="san-przemysl-1", name="San", quantities={"water_level": level}, **common
    )
    await city.send(SENSORS, "san-przemysl-1", sensor)
    reading = ReadingReceived(
        event_id="reading-1", sensor_id="san-przemysl-1", quantity="water_level", value=640, unit="cm", **common
    )
    await city.send(READINGS, "san-przemysl-1", reading)
    report = ReportReceived(event_id="r", report_id="report-of-alert-1", text="Pali się", client="x", **common)
    await city.send(REPORTS, "report-of-alert-1", report)
